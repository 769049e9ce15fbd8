/**
 * Wrong on purpose (kind 9 of 25): an or-set without tombstones (ORSWOT) that keeps the counter of its dots in memory, so that
 * a restart counts from 1 again. The causal contexts already cover the dots that it then gives out: the join takes the
 * adds for removed ones, and the old adds under the same dots with them. All agree, and acknowledged adds are lost:
 * `specification` fails.
 *
 * In the wild: Riak, where a vnode that forgot its counter reused causal histories and lost writes
 * (github.com/basho/riak_kv/issues/679 and pull request 1094).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { deltaOrSetType, type OrSetState } from "../types/delta-or-set.ts";

interface State extends OrSetState {
	/** Dots given out since the start. A join keeps the replica's own. */
	issued: number;
}

export const orSetReusedDots: ReplicaDefinition = stateBased<State>({
	...deltaOrSetType,
	initial: (context) => ({ ...deltaOrSetType.initial(context), issued: 0 }),
	mutate(state, operation, context) {
		const issued = state.issued + 1;
		const mutated = deltaOrSetType.mutate(state, operation, { ...context, number: issued });
		if (!("state" in mutated)) return mutated;
		const { state: next, delta = next } = mutated;
		return { state: { ...next, issued }, delta: { ...delta, issued } };
	},
	merge: (a, b) => ({ ...deltaOrSetType.merge(a, b), issued: a.issued }),
});
