/**
 * Wrong on purpose (kind 25 of 25): a last-writer-wins register that shows the write that arrived last, whatever its timestamp, and
 * every fifth of a second sets right what it shows from its full state. Replicas that have delivered the same writes
 * differ, until the repair: all final states are equal and right. Whoever reads before the repair gets what nobody should:
 * `strong-convergence` fails, in the middle of the run only.
 *
 * In the wild: ownCloud's client, which took files for synchronised that were not; it was proposed to discover everything
 * anew at regular intervals (github.com/owncloud/client/issues/5242).
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "../sdk/causal-broadcast.ts";
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { compareTimestamps, nextTimestamp } from "../types/hybrid-clock.ts";
import { A_VALUE, isValue } from "../types/json-value.ts";
import { lwwRegisterType, type Register } from "../types/lww-register.ts";

/** At 50 ms a tick, 200 ms. */
const TICKS_BETWEEN_REPAIRS = 4;

interface State {
	latest: Register;
	shown: Register;
}

const fastPath: OpBasedType<State, NonNullable<Register>> = {
	type: lwwRegisterType.type,
	operations: lwwRegisterType.operations,
	initial: () => ({ latest: null, shown: null }),
	prepare({ latest }, operation, { actor, now }) {
		if (!isValue(operation.value)) return badValue(operation, A_VALUE);
		const written = nextTimestamp(latest?.written ?? null, now(), actor);
		return { effect: { value: operation.value, written } };
	},
	apply({ latest }, write) {
		const isLater = latest === null || compareTimestamps(latest.written, write.written) < 0;
		return { latest: isLater ? write : latest, shown: write };
	},
	view: ({ shown }) => shown?.value ?? null,
	canonical: (state) => state,
	save: ({ latest }) => latest,
	load: (saved) => ({ latest: saved as Register, shown: saved as Register }),
};

export const lwwRegisterRepaired: ReplicaDefinition = {
	...opBased(fastPath),
	create(context, persisted) {
		const replica = createBroadcastReplica(fastPath, HONEST_BROADCAST, context, persisted);
		const tick = replica.tick.bind(replica);
		let ticks = 0;
		return Object.assign(replica, {
			tick(effects: Parameters<typeof tick>[0]) {
				tick(effects);
				ticks += 1;
				if (ticks % TICKS_BETWEEN_REPAIRS === 0) replica.reload?.();
			},
		});
	},
};
