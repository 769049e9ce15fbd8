/**
 * List whose elements can be moved and set anew, op-based. An element is apart from its places: a move makes a new place, and
 * which of its places an element stands at is a register that the last writer wins, as is its value. So an element that
 * two move at once is there once. A delete is for good, whatever is done to the element concurrently.
 * Source: Kleppmann 2020, "Moving elements in list CRDTs", PaPoC, section 3; places are ordered by Fugue, writers by Lamport's
 * timestamps. Left out: moving ranges (section 4). Places that nothing stands at any more are kept.
 *
 * `insert` { index, value }, `delete` { index, count }, `set` { index, value }, `move` { from, to }, where `to` is
 * the index that the element has afterwards. Cost: O(places) per operation.
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType, UpdateMeta } from "../sdk/op-based-type.ts";
import type { Draw, Json, Operation, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue, type Rejection } from "../sdk/replicated-type.ts";
import { type FuguePlace, type FugueTree, fugue } from "./fugue.ts";
import { A_VALUE, byCodePoint, isValue } from "./json-value.ts";
import {
	canonicalSequence,
	copySequence,
	type Element,
	emptySequence,
	insertRun,
	placeAfter,
	type Sequence,
} from "./sequence.ts";
import { generateIndex, isCount, membersOf } from "./sequence-type.ts";

type Place = Element<FuguePlace>;

interface Stamp extends UpdateMeta {
	time: number;
}

/** Never changed: replaced. */
interface Item {
	/** The update that inserted it. */
	id: string;
	value: Json;
	set: Stamp;
	place: Place;
	moved: Stamp;
	deleted: boolean;
}

export interface MovableList {
	places: Sequence<FuguePlace, FugueTree>;
	items: Map<string, Item>;
	/** For whom a place was made. */
	madeFor: Map<Place, string>;
	/** Lamport's clock: the latest time seen. */
	time: number;
}

export type MovableListEffect =
	| { kind: "insert"; time: number; place: FuguePlace; value: Json }
	| { kind: "delete"; time: number; items: string[] }
	| { kind: "set"; time: number; item: string; value: Json }
	| { kind: "move"; time: number; item: string; place: FuguePlace };

export const movableListType: OpBasedType<MovableList, MovableListEffect> = {
	type: "movable-list",
	operations: {
		insert: {
			kind: "update",
			weight: 3,
			generate: (draw) => ({ index: generateIndex(draw), value: draw.unique() }),
		},
		delete: { kind: "update", weight: 1, generate: (draw) => ({ index: generateIndex(draw), count: 1 }) },
		set: {
			kind: "update",
			weight: 1,
			generate: (draw) => ({ index: generateIndex(draw), value: draw.unique() }),
		},
		move: { kind: "update", weight: 3, generate: generateMove },
	},
	initial: () => ({ places: emptySequence(fugue), items: new Map(), madeFor: new Map(), time: 0 }),
	prepare(list, operation) {
		const shown = shownItems(list);
		switch (operation.f) {
			case "insert":
				return prepareInsert(list, shown, operation);
			case "delete":
				return prepareDelete(list, shown, operation);
			case "set":
				return prepareSet(list, shown, operation);
			default:
				return prepareMove(list, shown, operation);
		}
	},
	apply(list, effect, { origin, number }) {
		list.time = Math.max(list.time, effect.time);
		const stamp: Stamp = { time: effect.time, origin, number };
		if (effect.kind === "insert") insertItem(list, effect, stamp);
		else if (effect.kind === "delete") {
			for (const id of effect.items) change(list, id, (item) => ({ ...item, deleted: true }));
		} else if (effect.kind === "set") {
			const { value } = effect;
			change(list, effect.item, (item) => (isLater(stamp, item.set) ? { ...item, value, set: stamp } : item));
		} else {
			const place = makePlace(list, effect.item, effect.place, stamp);
			change(list, effect.item, (item) =>
				isLater(stamp, item.moved) ? { ...item, place, moved: stamp } : item,
			);
		}
		return list;
	},
	view: (list) => shownItems(list).map(({ value }) => value),
	canonical: ({ places, items, madeFor, time }) => [
		time,
		canonicalSequence(places),
		places.order.map((place) => madeFor.get(place)),
		[...items.values()].sort((a, b) => byCodePoint(a.id, b.id)).map(({ place, ...item }) => [item, place.id]),
	],
	clone: ({ places, items, madeFor, time }) => ({
		places: copySequence(fugue, places),
		items: new Map(items),
		madeFor: new Map(madeFor),
		time,
	}),
};

export const movableList: ReplicaDefinition = opBased(movableListType);

/** Also for specimens: an item of its own, at a place of its own. */
export function insertItem(
	list: MovableList,
	{ place: where, value }: { place: FuguePlace; value: Json },
	stamp: Stamp,
): void {
	const id = `${stamp.origin}:${stamp.number}`;
	const place = makePlace(list, id, where, stamp);
	list.items.set(id, { id, value, set: stamp, place, moved: stamp, deleted: false });
}

function makePlace(
	{ places, madeFor }: MovableList,
	item: string,
	where: FuguePlace,
	meta: UpdateMeta,
): Place {
	const [place] = insertRun(fugue, places, where, [null], meta);
	madeFor.set(place as Place, item);
	return place as Place;
}

/** @throws Error where causal delivery has not brought it yet, which would be the broadcast's mistake */
function change({ items }: MovableList, id: string, to: (item: Item) => Item): void {
	const item = items.get(id);
	if (item === undefined)
		throw new Error(`there is no item ${id}; it must be delivered before what names it`);
	items.set(id, to(item));
}

function shownItems({ places, items, madeFor }: MovableList): Item[] {
	const shown: Item[] = [];
	for (const place of places.order) {
		const item = items.get(madeFor.get(place) as string) as Item;
		if (item.place === place && !item.deleted) shown.push(item);
	}
	return shown;
}

type Prepared = { effect: MovableListEffect } | Rejection;

function prepareInsert(list: MovableList, shown: Item[], operation: Operation): Prepared {
	const { index, value } = membersOf(operation.value);
	if (!isCount(index) || !isValue(value)) {
		return badValue(operation, `{ index: integer ≥ 0, value: ${A_VALUE} }`);
	}
	if (index > shown.length) return outOfRange(operation, shown, index);
	const place = placeAfter(fugue, list.places, shown[index - 1]?.place);
	return { effect: { kind: "insert", time: list.time + 1, place, value } };
}

function prepareDelete(list: MovableList, shown: Item[], operation: Operation): Prepared {
	const { index, count } = membersOf(operation.value);
	if (!isCount(index) || !isCount(count)) {
		return badValue(operation, "{ index: integer ≥ 0, count: integer ≥ 0 }");
	}
	if (index + count > shown.length) return outOfRange(operation, shown, index + count);
	const items = shown.slice(index, index + count);
	const result = items.map(({ value }) => value);
	const effect: MovableListEffect = { kind: "delete", time: list.time + 1, items: items.map(({ id }) => id) };
	return { effect, result } as Prepared;
}

function prepareSet(list: MovableList, shown: Item[], operation: Operation): Prepared {
	const { index, value } = membersOf(operation.value);
	if (!isCount(index) || !isValue(value)) {
		return badValue(operation, `{ index: integer ≥ 0, value: ${A_VALUE} }`);
	}
	const item = shown[index];
	if (item === undefined) return outOfRange(operation, shown, index);
	return { effect: { kind: "set", time: list.time + 1, item: item.id, value } };
}

function prepareMove(list: MovableList, shown: Item[], operation: Operation): Prepared {
	const { from, to } = membersOf(operation.value);
	if (!isCount(from) || !isCount(to)) return badValue(operation, "{ from: integer ≥ 0, to: integer ≥ 0 }");
	const item = shown[from];
	if (item === undefined || to >= shown.length) return outOfRange(operation, shown, Math.max(from, to));
	const left = shown[to > from ? to : to - 1];
	const place = placeAfter(fugue, list.places, left?.place);
	return { effect: { kind: "move", time: list.time + 1, item: item.id, place } };
}

function outOfRange({ f }: Operation, shown: Item[], found: number): Rejection {
	const message = `${f}: expected a place within the list, which has ${shown.length} elements here, found ${found}`;
	return { reject: { code: "out-of-range", message } };
}

function isLater(a: Stamp, b: Stamp): boolean {
	return (a.time - b.time || byCodePoint(a.origin, b.origin) || a.number - b.number) > 0;
}

function generateMove(draw: Draw): Json {
	return { from: generateIndex(draw), to: generateIndex(draw) };
}
