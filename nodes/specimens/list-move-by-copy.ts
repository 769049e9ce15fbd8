/**
 * Wrong on purpose (kind 17 of 25): a list that moves an element by deleting it and inserting its value anew where it is to
 * go. Of two concurrent moves of one element both insert: it is there twice. All replicas agree on that; `specification`
 * fails (duplicated).
 *
 * In the wild: what users of Automerge do for want of a move (github.com/automerge/automerge/issues/352), and what Loro's
 * movable list was built against (github.com/loro-dev/loro/pull/293).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { insertItem, movableListType } from "../types/movable-list.ts";

export const listMoveByCopy: ReplicaDefinition = opBased({
	...movableListType,
	apply(list, effect, meta) {
		if (effect.kind !== "move") return movableListType.apply(list, effect, meta);
		const { item, place, time } = effect;
		const value = list.items.get(item)?.value ?? null;
		movableListType.apply(list, { kind: "delete", time, items: [item] }, meta);
		insertItem(list, { place, value }, { ...meta, time });
		return list;
	},
});
