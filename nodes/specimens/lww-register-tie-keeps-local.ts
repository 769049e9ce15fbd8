/**
 * Wrong on purpose (kind 10 of 25): a last-writer-wins register timed by a coarse wall clock, where of two writes with
 * the same time the one that a replica already has stays. The join is not commutative: replicas that have delivered
 * the same writes keep different ones, `strong-convergence` fails.
 *
 * In the wild: CockroachDB's logical replication between clusters, where the local write wins a tie on each side
 * (github.com/cockroachdb/cockroach/issues/168541).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { lwwRegisterType } from "../types/lww-register.ts";

/** Coarse, so that ties are common. */
const CLOCK_STEP_MS = 50;

export const lwwRegisterTieKeepsLocal: ReplicaDefinition = stateBased({
	...lwwRegisterType,
	mutate(register, operation, context) {
		const mutated = lwwRegisterType.mutate(register, operation, context);
		if (!("state" in mutated) || mutated.state === null) return mutated;
		const clockMs = Math.floor(context.now() / CLOCK_STEP_MS) * CLOCK_STEP_MS;
		// A write takes effect where it is made, also when the clock stepped back.
		const time = Math.max(clockMs, register?.written.time ?? clockMs);
		return { state: { ...mutated.state, written: { time, counter: 0, actor: context.actor } } };
	},
	merge(a, b) {
		if (a === null || b === null) return a ?? b;
		return b.written.time > a.written.time ? b : a;
	},
});
