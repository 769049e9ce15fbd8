/**
 * A slot of a JSON document (`json.ts`): what a map has under a key, or a list at an element. It remembers the updates
 * that put something right here and were not overwritten since (marks), and has room for entries and items at once,
 * since concurrent updates may make a map, a list and a value of one slot. Slots are never dropped: that something is
 * there says a mark here or below.
 */
import type { UpdateMeta } from "../sdk/op-based-type.ts";
import type { Json } from "../sdk/replica.ts";
import { type FuguePlace, type FugueTree, fugue } from "./fugue.ts";
import { byCodePoint } from "./json-value.ts";
import {
	canonicalSequence,
	copySequence,
	type Element,
	emptySequence,
	insertRun,
	type Sequence,
} from "./sequence.ts";

/** When an update was made, by Lamport's clock, and which one it was. */
export interface Stamp extends UpdateMeta {
	time: number;
}

type Scalar = null | boolean | number | string;

/** What an update put right here. */
type Put =
	| { kind: "value"; value: Scalar }
	| { kind: "increment"; by: number }
	| { kind: "map" }
	| { kind: "list" };

type Mark = Stamp & Put;

/** An increment belongs to the kind `value`. */
export type Kind = "value" | "map" | "list";

export interface Slot {
	/** By stamp, ascending. */
	marks: Mark[];
	entries: Map<string, Slot>;
	items: Items | null;
}

export interface Items {
	sequence: Sequence<FuguePlace, FugueTree>;
	slots: Map<Element<FuguePlace>, Slot>;
}

const KINDS: readonly Kind[] = ["value", "map", "list"];
const FIRST_PLACE: FuguePlace = { parent: null, side: "right" };

export function emptySlot(): Slot {
	return { marks: [], entries: new Map(), items: null };
}

/** What is shown where concurrent updates left several kinds: the one with the latest update. Null: nothing is here. */
export function kindOf(slot: Slot): Kind | null {
	const kinds = KINDS.filter((kind) => isThere(slot, kind));
	if (kinds.length < 2) return kinds[0] ?? null;
	const byAge = kinds.map((kind) => ({ kind, latest: latestOf(slot, kind) as Stamp }));
	return byAge.sort((a, b) => compareStamps(a.latest, b.latest)).at(-1)?.kind ?? null;
}

/** The items that are shown, in order. */
export function shownItems({ items }: Slot): Element<FuguePlace>[] {
	if (items === null) return [];
	return items.sequence.order.filter((element) => isAlive(items.slots.get(element) as Slot));
}

export function viewOf(slot: Slot, kind = kindOf(slot)): Json {
	if (kind === "map") return mapView(slot);
	if (kind === "list")
		return shownItems(slot).map((element) => viewOf(slot.items?.slots.get(element) as Slot));
	const written = slot.marks.findLast((mark) => mark.kind === "value")?.value;
	if (written !== undefined && typeof written !== "number") return written;
	// Added up exactly, so that the order doesn't matter beyond 2^53 either.
	let sum = 0n;
	for (const mark of slot.marks) if (mark.kind === "increment") sum += BigInt(mark.by);
	return (written ?? 0) + Number(sum);
}

/** The updates that put something here or below. */
export function updatesIn(slot: Slot, into = new Set<string>()): Set<string> {
	for (const mark of slot.marks) into.add(nameOf(mark));
	for (const below of slotsBelow(slot)) updatesIn(below, into);
	return into;
}

/** Takes away what these updates put here and below. */
export function clear(slot: Slot, updates: ReadonlySet<string>): void {
	if (updates.size === 0) return;
	slot.marks = slot.marks.filter((mark) => !updates.has(nameOf(mark)));
	for (const below of slotsBelow(slot)) clear(below, updates);
}

/** Puts a value here, beside what is here already. */
export function write(slot: Slot, value: Json, stamp: Stamp): void {
	if (typeof value !== "object" || value === null) return mark(slot, { ...stamp, kind: "value", value });
	if (Array.isArray(value)) {
		mark(slot, { ...stamp, kind: "list" });
		insertItems(slot, FIRST_PLACE, value, stamp);
		return;
	}
	mark(slot, { ...stamp, kind: "map" });
	for (const [key, item] of Object.entries(value)) write(entryOf(slot, key), item, stamp);
}

export function insertItems(slot: Slot, place: FuguePlace, values: readonly Json[], stamp: Stamp): void {
	const { sequence, slots } = itemsOf(slot);
	const run = insertRun(fugue, sequence, place, values.map(noValue), stamp);
	for (const [at, element] of run.entries()) {
		const item = emptySlot();
		slots.set(element, item);
		write(item, values[at] as Json, stamp);
	}
}

export function increment(slot: Slot, by: number, stamp: Stamp): void {
	mark(slot, { ...stamp, kind: "increment", by });
}

export function entryOf(slot: Slot, key: string): Slot {
	let entry = slot.entries.get(key);
	if (entry === undefined) {
		entry = emptySlot();
		slot.entries.set(key, entry);
	}
	return entry;
}

export function itemsOf(slot: Slot): Items {
	slot.items ??= { sequence: emptySequence(fugue), slots: new Map() };
	return slot.items;
}

export function copySlot({ marks, entries, items }: Slot): Slot {
	const copied: Slot = { marks: marks.slice(), entries: new Map(), items: null };
	for (const [key, entry] of entries) copied.entries.set(key, copySlot(entry));
	if (items === null) return copied;
	const slots = new Map<Element<FuguePlace>, Slot>();
	for (const [element, slot] of items.slots) slots.set(element, copySlot(slot));
	copied.items = { sequence: copySequence(fugue, items.sequence), slots };
	return copied;
}

export function canonicalSlot({ marks, entries, items }: Slot): unknown {
	const sorted = [...entries].sort(([a], [b]) => byCodePoint(a, b));
	return {
		marks,
		entries: sorted.map(([key, entry]) => [key, canonicalSlot(entry)]),
		order: items === null ? [] : canonicalSequence(items.sequence),
		items: items?.sequence.order.map((element) => canonicalSlot(items.slots.get(element) as Slot)) ?? [],
	};
}

function mapView({ entries }: Slot): Json {
	// Without a prototype, so that a key `__proto__` is a key like any other.
	const shown: Record<string, Json> = Object.create(null) as Record<string, Json>;
	for (const [key, entry] of entries) if (isAlive(entry)) shown[key] = viewOf(entry);
	return shown;
}

function isAlive(slot: Slot): boolean {
	if (slot.marks.length > 0) return true;
	for (const below of slotsBelow(slot)) if (isAlive(below)) return true;
	return false;
}

function isThere(slot: Slot, kind: Kind): boolean {
	if (slot.marks.some((mark) => isOf(mark, kind))) return true;
	for (const below of slotsBelow(slot, kind)) if (isAlive(below)) return true;
	return false;
}

function latestOf(slot: Slot, kind?: Kind): Stamp | null {
	let latest: Stamp | null = slot.marks.findLast((mark) => kind === undefined || isOf(mark, kind)) ?? null;
	for (const below of slotsBelow(slot, kind)) {
		const stamp = latestOf(below);
		if (stamp !== null && (latest === null || compareStamps(stamp, latest) > 0)) latest = stamp;
	}
	return latest;
}

/** Of one kind, or all. */
function* slotsBelow({ entries, items }: Slot, kind?: Kind): Generator<Slot, void, void> {
	if (kind === undefined || kind === "map") yield* entries.values();
	if (items !== null && (kind === undefined || kind === "list")) yield* items.slots.values();
}

function mark({ marks }: Slot, mark: Mark): void {
	marks.push(mark);
	const before = marks.at(-2);
	if (before !== undefined && compareStamps(before, mark) > 0) marks.sort(compareStamps);
}

function isOf(mark: Mark, kind: Kind): boolean {
	return (mark.kind === "increment" ? "value" : mark.kind) === kind;
}

function compareStamps(a: Stamp, b: Stamp): number {
	return a.time - b.time || byCodePoint(a.origin, b.origin) || a.number - b.number;
}

function nameOf({ origin, number }: UpdateMeta): string {
	return `${origin}:${number}`;
}

/** What an item holds says its slot. */
function noValue(): null {
	return null;
}
