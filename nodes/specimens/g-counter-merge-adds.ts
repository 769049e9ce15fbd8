/**
 * Wrong on purpose (kind 1 of 25): a grow-only counter whose join adds what both states count instead of taking the maximum. A
 * state holds all that the one before it held, so that counts twice, and what comes back from a peer again. The join
 * isn't idempotent (`laws`); replicas that have delivered the same updates show different numbers, `strong-convergence` fails.
 *
 * In the wild: DefraDB's counters, which added an increment once more where it came on a second path
 * (github.com/sourcenetwork/defradb/issues/5135).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { gCounterType } from "../types/g-counter.ts";

export const gCounterMergeAdds: ReplicaDefinition = stateBased({
	...gCounterType,
	merge(a, b) {
		const sums = { ...a };
		for (const [actor, sum] of Object.entries(b)) sums[actor] = (sums[actor] ?? 0) + sum;
		return sums;
	},
});
