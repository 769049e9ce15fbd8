/**
 * JSON documents, op-based: nested maps, lists, values and counters. After Kleppmann & Beresford 2017, "A conflict-free
 * replicated JSON datatype", IEEE TPDS 28(10), sections 4.2 and 5; counters and the choice of what is shown are our own.
 *
 * The document is a map. `path` leads through it: text is a key of a map, an integer an index of a list.
 * - `set` { path, value } overwrites what its origin saw there, to any depth. A map or list as value is taken apart.
 * - `delete` { path } takes away what its origin saw there, to any depth. Updates concurrent with either survive,
 *   nested ones too: the maps and items on their path are then there again, with what survived alone. Deleting a key
 *   that isn't there is an update without effect.
 * - `insert` { path, index?, value } puts an item into the list at `path`, by default at its end. Lists are Fugue's.
 * - `increment` { path, by } adds an integer to the number at `path`.
 * Keys on the path that hold nothing become maps, a list for `insert`, 0 for `increment`. A map or list is there as long as the
 * update that set it was not overwritten or deleted, or something is in it; concurrently made maps, or lists, of one
 * place are one. What concurrent updates left at one place beside one another: of a value (or increments), a map and a
 * list the kind with the latest update in it shows, of several values the latest, by Lamport's timestamps. To a
 * number that shows, or 0 where no value stands, the increments that stand beside it are added.
 * Refused, by what the origin shows: a path through something else than maps and lists (`not-a-map`, `not-a-list`), an
 * index beyond the end (`out-of-range`), an increment of what is no number (`not-a-number`).
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Draw, Json, Operation, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue, type Rejection } from "../sdk/replicated-type.ts";
import { type FuguePlace, fugue } from "./fugue.ts";
import {
	canonicalSlot,
	clear,
	copySlot,
	emptySlot,
	entryOf,
	increment,
	insertItems,
	itemsOf,
	kindOf,
	type Slot,
	shownItems,
	updatesIn,
	viewOf,
	write,
} from "./json-slot.ts";
import { A_VALUE, isValue } from "./json-value.ts";
import { type ElementId, elementOf, emptySequence, placeAfter } from "./sequence.ts";
import { isCount, membersOf } from "./sequence-type.ts";

export interface Document {
	root: Slot;
	/** Lamport's clock: the latest time seen. */
	time: number;
}

/** A key of a map, or an item of a list. */
type Step = string | ElementId;

type Change =
	| { kind: "set"; value: Json }
	| { kind: "delete" }
	| { kind: "insert"; place: FuguePlace; value: Json }
	| { kind: "increment"; by: number };

export interface JsonEffect {
	steps: Step[];
	time: number;
	/** Updates whose traces at the path and below it go, as far as the origin had seen them. */
	overwrites: string[];
	change: Change;
}

const LONGEST_PATH_STEPS = 32;
const A_PATH = `path: 1 to ${LONGEST_PATH_STEPS} keys and indexes`;

const OPERATIONS: OpBasedType<Document, JsonEffect>["operations"] = {
	set: { kind: "update", weight: 4, generate: generateSet },
	delete: { kind: "update", weight: 2, generate: (draw) => ({ path: generatePath(draw) }) },
	insert: { kind: "update", weight: 3, generate: generateInsert },
	increment: {
		kind: "update",
		weight: 3,
		generate: (draw) => ({ path: [draw.key(), "count"], by: draw.integer(-9, 9) }),
	},
};

export const jsonType: OpBasedType<Document, JsonEffect> = {
	type: "json",
	operations: OPERATIONS,
	initial: () => ({ root: emptySlot(), time: 0 }),
	prepare({ root, time }, operation) {
		const { path } = membersOf(operation.value);
		if (!isPath(path)) return badValue(operation, `{ ${A_PATH} }`);
		const found = locate(root, path, operation);
		if ("reject" in found) return found;
		const change = changeOf(found.slot, operation);
		if ("reject" in change) return change;
		const overwriting = change.kind === "set" || change.kind === "delete";
		const overwrites = overwriting ? [...updatesIn(found.slot)] : [];
		return { effect: { steps: found.steps, time: time + 1, overwrites, change } };
	},
	apply(document, { steps, time, overwrites, change }, { origin, number }) {
		document.time = Math.max(document.time, time);
		let slot = document.root;
		for (const step of steps) slot = follow(slot, step);
		const stamp = { time, origin, number };
		clear(slot, new Set(overwrites));
		if (change.kind === "set") write(slot, change.value, stamp);
		else if (change.kind === "insert") insertItems(slot, change.place, [change.value], stamp);
		else if (change.kind === "increment") increment(slot, change.by, stamp);
		return document;
	},
	view: ({ root }) => viewOf(root, "map"),
	canonical: ({ root, time }) => [time, canonicalSlot(root)],
	clone: ({ root, time }) => ({ root: copySlot(root), time }),
};

export const json: ReplicaDefinition = opBased(jsonType);

/** The slot that a path leads to, and how others find it; an empty one where nothing has been yet. */
function locate(
	root: Slot,
	path: readonly (string | number)[],
	{ f }: Operation,
): { slot: Slot; steps: Step[] } | Rejection {
	let slot = root;
	const steps: Step[] = [];
	for (const [at, part] of path.entries()) {
		const kind = at === 0 ? "map" : kindOf(slot);
		const where = JSON.stringify(path.slice(0, at));
		if (typeof part === "string") {
			if (kind !== "map" && kind !== null)
				return refusal("not-a-map", `${f}: expected a map at ${where}, found a ${kind}`);
			slot = slot.entries.get(part) ?? emptySlot();
			steps.push(part);
			continue;
		}
		if (kind !== "list") {
			return refusal(
				"not-a-list",
				`${f}: expected a list at ${where}, found ${kind === null ? "nothing" : `a ${kind}`}`,
			);
		}
		const items = shownItems(slot);
		const item = items[part];
		if (item === undefined) {
			return refusal(
				"out-of-range",
				`${f}: expected an index below ${items.length} at ${where}, found ${part}`,
			);
		}
		slot = itemsOf(slot).slots.get(item) as Slot;
		steps.push(item.id);
	}
	return { slot, steps };
}

function changeOf(slot: Slot, operation: Operation): Change | Rejection {
	const { f } = operation;
	const { value, index, by } = membersOf(operation.value);
	if (f === "delete") return { kind: "delete" };
	if (f === "increment") {
		if (!Number.isSafeInteger(by)) return badValue(operation, `{ ${A_PATH}, by: integer }`);
		const kind = kindOf(slot);
		if (kind === null || typeof viewOf(slot, kind) === "number")
			return { kind: "increment", by: by as number };
		return refusal(
			"not-a-number",
			`increment: expected a number at the path, found ${kind === "value" ? "another value" : `a ${kind}`}`,
		);
	}
	if (!isValue(value)) return badValue(operation, `{ ${A_PATH}, value: ${A_VALUE} }`);
	if (f === "set") return { kind: "set", value };
	if (index !== undefined && !isCount(index)) return badValue(operation, "index: integer ≥ 0");
	const kind = kindOf(slot);
	if (kind !== "list" && kind !== null)
		return refusal("not-a-list", `insert: expected a list at the path, found a ${kind}`);
	const items = shownItems(slot);
	const at = index ?? items.length;
	if (at > items.length) {
		return refusal("out-of-range", `insert: expected an index from 0 to ${items.length}, found ${at}`);
	}
	const sequence = slot.items?.sequence ?? emptySequence(fugue);
	return { kind: "insert", place: placeAfter(fugue, sequence, items[at - 1]), value };
}

/** @throws Error where causal delivery has not brought the item yet */
function follow(slot: Slot, step: Step): Slot {
	if (typeof step === "string") return entryOf(slot, step);
	const { sequence, slots } = itemsOf(slot);
	return slots.get(elementOf(sequence, step)) as Slot;
}

function isPath(path: Json | undefined): path is (string | number)[] {
	if (!Array.isArray(path) || path.length === 0 || path.length > LONGEST_PATH_STEPS) return false;
	return path.every((part) => isCount(part) || (typeof part === "string" && isValue(part)));
}

function refusal(code: string, message: string): Rejection {
	return { reject: { code, message } };
}

/**
 * Generated documents are records { title, items, count } under the workload's keys; now and then a whole record, or a
 * value in the place of one, so that kinds conflict.
 */
function generateSet(draw: Draw): Json {
	const key = draw.key();
	switch (draw.integer(0, 9)) {
		case 0:
			return { path: [key], value: draw.unique() };
		case 1:
			return { path: [key], value: {} };
		case 2:
			return {
				path: [key],
				value: { title: draw.unique(), items: [draw.unique(), draw.unique()], count: 0 },
			};
		case 3:
			return { path: [key, "items"], value: [draw.unique()] };
		case 4:
			return { path: [key, "items", 0], value: draw.unique() };
		case 5:
			return { path: [key, "count"], value: draw.integer(0, 9) };
		default:
			return { path: [key, "title"], value: draw.unique() };
	}
}

function generatePath(draw: Draw): Json {
	const key = draw.key();
	const below: (string | number)[][] = [[], ["title"], ["items"], ["items", 0], ["count"]];
	return [key, ...(below[draw.integer(0, below.length - 1)] ?? [])];
}

function generateInsert(draw: Draw): Json {
	const item: Json = draw.integer(0, 3) === 0 ? { title: draw.unique() } : draw.unique();
	const inserted = { path: [draw.key(), "items"], value: item };
	return draw.integer(0, 1) === 0 ? inserted : { ...inserted, index: 0 };
}
