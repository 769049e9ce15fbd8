/**
 * The places of a JSON document that visible updates put something in, as far as keys lead: what an update put at a place
 * stands until a `set` or `delete` that had seen it overwrites that place or one above. Items of lists have no names in
 * a history, so what is done inside of a list is kept with the list.
 */
import type { Json } from "../../history/events.ts";
import { Heads } from "./heads.ts";
import { mayHaveSeen, type Update } from "./update.ts";

export type Scalar = null | boolean | number | string;

/** What an update put right at a place. */
export type Put =
	| { kind: "value"; value: Scalar }
	| { kind: "increment"; by: number }
	| { kind: "map" | "list" };

export interface Slot {
	entries: Map<string, Slot>;
	/** Updates that put something right here, and what: never taken out. */
	puts: Map<Update, Put>;
	marks: Heads;
	/** Updates that put items into the list here, and which values. */
	items: Map<Update, Json[]>;
	itemMarks: Heads;
	/** Updates at a path through an item of the list here; of those the ones that put something there. */
	inside: Update[];
	insideMarks: Heads;
	/** Sets and deletes of this very place. */
	covers: Update[];
}

export function emptySlot(): Slot {
	return {
		entries: new Map(),
		puts: new Map(),
		marks: new Heads(),
		items: new Map(),
		itemMarks: new Heads(),
		inside: [],
		insideMarks: new Heads(),
		covers: [],
	};
}

export function slotAt(root: Slot, path: readonly string[]): Slot {
	const above = [root];
	let slot = root;
	for (const key of path) {
		let entry = slot.entries.get(key);
		if (entry === undefined) {
			entry = emptySlot();
			slot.entries.set(key, entry);
			for (const { covers } of above) for (const cover of covers) coverOne(entry, cover);
		}
		above.push(entry);
		slot = entry;
	}
	return slot;
}

/** A `set` or `delete`: what it had seen here and below goes. */
export function overwrite(slot: Slot, update: Update): void {
	slot.covers.push(update);
	coverAll(slot, update);
}

/** @param path of the slot, from the root */
export function putValue(root: Slot, path: readonly string[], value: Json, update: Update): void {
	const slot = slotAt(root, path);
	if (typeof value !== "object" || value === null) return put(slot, update, { kind: "value", value });
	if (Array.isArray(value)) {
		put(slot, update, { kind: "list" });
		return putItems(slot, value, update);
	}
	put(slot, update, { kind: "map" });
	for (const [key, item] of Object.entries(value)) putValue(root, [...path, key], item, update);
}

export function put(slot: Slot, update: Update, what: Put): void {
	slot.puts.set(update, what);
	slot.marks.add(update);
}

export function putItems(slot: Slot, values: Json[], update: Update): void {
	if (values.length === 0) return;
	slot.items.set(update, values);
	slot.itemMarks.add(update);
}

/** What may stand here. */
export function possiblePuts({ marks, puts }: Slot): { update: Update; what: Put }[] {
	return marks.possible.map((update) => ({ update, what: puts.get(update) as Put }));
}

/** What surely stands here. */
export function surePuts({ marks, puts }: Slot): { update: Update; what: Put }[] {
	return marks.sure.map((update) => ({ update, what: puts.get(update) as Put }));
}

/** Updates whose items are surely in the list as they were put. */
export function untouchedItems({ itemMarks, inside }: Slot): Update[] {
	return itemMarks.sure.filter((update) => !inside.some((other) => mayHaveSeen(other, update)));
}

export function mayHoldItems({ itemMarks, insideMarks }: Slot): boolean {
	return itemMarks.possible.length > 0 || insideMarks.possible.length > 0;
}

export function mayBeThere(slot: Slot): boolean {
	return slot.marks.possible.length > 0 || mayHoldItems(slot) || mayHoldEntries(slot);
}

export function mayHoldEntries({ entries }: Slot): boolean {
	for (const entry of entries.values()) if (mayBeThere(entry)) return true;
	return false;
}

/** An update of what surely stands here or below; null: perhaps nothing does. */
export function surelyThere(slot: Slot): Update | null {
	const here = slot.marks.sure[0] ?? untouchedItems(slot)[0];
	if (here !== undefined) return here;
	for (const entry of slot.entries.values()) {
		const below = surelyThere(entry);
		if (below !== null) return below;
	}
	return null;
}

/** All that ever put something here or below, or overwrote it. */
export function updatesOf(slot: Slot): Update[] {
	const those = new Set([...slot.puts.keys(), ...slot.items.keys(), ...slot.inside, ...slot.covers]);
	for (const entry of slot.entries.values()) for (const update of updatesOf(entry)) those.add(update);
	return [...those];
}

function coverAll(slot: Slot, update: Update): void {
	coverOne(slot, update);
	for (const entry of slot.entries.values()) coverAll(entry, update);
}

function coverOne({ marks, itemMarks, insideMarks }: Slot, update: Update): void {
	for (const heads of [marks, itemMarks, insideMarks]) heads.cover(update);
}
