/**
 * Wrong on purpose (kind 7 of 25): an or-set that keeps no tombstones, as ours, but without the causal delivery that
 * this rests on. Where a remove overtakes the add that it has seen, it finds nothing to remove, and the add then stays for
 * good: replicas that have delivered the same updates show different sets, `strong-convergence` fails.
 * It takes a workload whose set stays sparse (32 keys or more, more removes than adds): in a full one the add that is too
 * many doesn't show.
 *
 * In the wild: CRDT-Redis, whose removes need a causal delivery that the network below did not give
 * (github.com/elem-azar-unis/CRDT-Redis/issues/2).
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "../sdk/causal-broadcast.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { orSet, orSetType } from "../types/or-set.ts";

export const orSetNoTombstone: ReplicaDefinition = {
	...orSet,
	create: (context, persisted) => {
		const behaviour = { ...HONEST_BROADCAST, causalBuffer: false };
		return createBroadcastReplica(orSetType, behaviour, context, persisted);
	},
};
