/**
 * Wrong on purpose (kind 4 of 25): a grow-only counter that counts under the name of its node, also after the node lost its
 * disk. It then counts from 0 again under a name for which the others know more, and the join keeps the maximum: what
 * was added since is lost until it exceeds what had been added before, and that then is. All agree, `specification` fails.
 * `durability` doesn't: the updates themselves arrive everywhere, only their effect is missing.
 *
 * In the wild: Scylla's counters, whose shard starts again from a lower clock when its node crashes before the commit
 * log is written (github.com/scylladb/scylladb/issues/2169).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { gCounterType } from "../types/g-counter.ts";

export const gCounterReusedActor: ReplicaDefinition = stateBased({
	...gCounterType,
	// Right is the actor that the SDK names, another one after each loss of the disk.
	mutate: (state, operation, context) =>
		gCounterType.mutate(state, operation, { ...context, actor: context.replica }),
});
