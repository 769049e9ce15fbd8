/**
 * Wrong on purpose (kind 5 of 25): an or-set whose remove names the element instead of the adds that it saw, and takes away
 * whatever is there where it arrives. An add that is concurrent with it is lost where it came first, so the set shows
 * less than its delivered updates demand: `specification` fails (and replicas differ, `strong-convergence`).
 *
 * In the wild: Riak's sets, when a client removes without sending the context that it read: additions that it had not
 * seen could go too (github.com/basho/riak/issues/354).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { mapKey } from "../types/json-value.ts";
import { orSetType } from "../types/or-set.ts";

export const orSetRemoveUnobserved: ReplicaDefinition = opBased({
	...orSetType,
	apply(state, effect, meta) {
		if (effect.add) return orSetType.apply(state, effect, meta);
		state.delete(mapKey(effect.element));
		return state;
	},
});
