/**
 * Wrong on purpose (kind 14 of 25): a map of maps whose delete empties the key where it arrives, whatever is in it by then, and
 * not what its origin saw. A nested update that is concurrent goes with it where it came before the delete, and makes the map
 * anew where it comes after: replicas that have delivered the same show different documents, `strong-convergence` fails.
 *
 * In the wild: Riak's maps, where the removal of a field could win over a concurrent update of it
 * (github.com/basho/riak_kv/pull/761).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { jsonType } from "../types/json.ts";
import { updatesIn } from "../types/json-slot.ts";

export const jsonDeleteUnseen: ReplicaDefinition = opBased({
	...jsonType,
	apply(document, effect, meta) {
		if (effect.change.kind !== "delete") return jsonType.apply(document, effect, meta);
		// Everything that the whole document consists of now: what of that is at the path goes.
		return jsonType.apply(document, { ...effect, overwrites: [...updatesIn(document.root)] }, meta);
	},
});
