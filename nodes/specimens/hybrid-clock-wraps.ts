/**
 * Wrong on purpose (kind 12 of 25): a last-writer-wins register on a hybrid logical clock whose counter has 4 bits, and starts
 * from 0 again after 15. Where the wall clocks stand still behind the time last seen and more than 16 writes follow one
 * another, the 17th is taken for older than what it overwrites, and is gone. All agree on that; `specification` fails (the
 * value shown had been overwritten).
 *
 * In the wild: Calimero, whose counter of 16 bits was read through a mask of 4, and so began again after every 16 events
 * of a stalled clock (github.com/calimero-network/core/issues/2661).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { lwwRegisterType, type Register } from "../types/lww-register.ts";

const HIGHEST_COUNTER = 0xf;

export const hybridClockWraps: ReplicaDefinition = stateBased<Register>({
	...lwwRegisterType,
	mutate(register, operation, context) {
		const mutated = lwwRegisterType.mutate(register, operation, context);
		if (!("state" in mutated) || mutated.state === null) return mutated;
		const { value, written } = mutated.state;
		const counter = written.counter & HIGHEST_COUNTER;
		return { state: lwwRegisterType.merge(register, { value, written: { ...written, counter } }) };
	},
});
