/**
 * JSON documents, after Kleppmann and Beresford 2017, "A conflict-free replicated JSON datatype", section 4: `set` and
 * `delete` take away what they had seen at their path and below; whatever is concurrent stays, and keeps the maps and lists
 * on its path. A key is there while something stands at it or below. A value shown is one of those that stand; to a
 * number (0 without any) the increments that stand are added. Where a value, a map and a list stand beside one another any
 * of them may be shown.
 *
 * Lists are judged within bounds, since a history doesn't say which item an index meant: each value shown in one was put
 * into it, items that no update had seen are there, and there are no more than were inserted. What is inside of
 * items that are maps or lists themselves is left out, and so is the order.
 */
import type { Json } from "../../history/events.ts";
import { canonical, typed, userKey } from "../canonical.ts";
import { show } from "../words.ts";
import {
	emptySlot,
	mayBeThere,
	mayHoldEntries,
	mayHoldItems,
	overwrite,
	possiblePuts,
	put,
	putItems,
	putValue,
	type Slot,
	slotAt,
	surelyThere,
	surePuts,
	untouchedItems,
	updatesOf,
} from "./json-slots.ts";
import { type Chosen, type Mismatch, type Model, nameOf, unknownOperation } from "./model.ts";
import type { Update } from "./update.ts";

/** Increments that may have happened; with more any number is accepted. */
const MAX_UNSURE_INCREMENTS = 10;

/** Where a judgement is in the document, and all that it may need to say. */
interface Place {
	path: string[];
	view: Json;
	chosen: Chosen;
}

export function jsonModel(chosen: Chosen): Model {
	const root = emptySlot();
	return {
		needsCausality: true,
		ignoresNumbers: false,
		apply: (update) => applyTo(root, update),
		judge(view) {
			const place = { path: [], view, chosen };
			if (!isMap(view)) return mismatch(place, root, "malformed", `shows ${show(view)}, which is no object`);
			return judgeEntries(root, view, place);
		},
	};
}

function applyTo(root: Slot, update: Update): void {
	const { f } = update.operation;
	const { path, value, by } = argumentsOf(update);
	const keys = path.slice(0, path.findIndex((step) => typeof step !== "string") >>> 0) as string[];
	const slot = slotAt(root, keys);
	const isInside = keys.length < path.length;
	if (!["set", "delete", "insert", "increment"].includes(f)) unknownOperation("json", update.operation);
	if (isInside) {
		slot.inside.push(update);
		if (f !== "delete") slot.insideMarks.add(update);
		return;
	}
	if (f === "set" || f === "delete") overwrite(slot, update);
	if (f === "set") putValue(root, keys, value, update);
	if (f === "insert") putItems(slot, [value], update);
	if (f === "increment") put(slot, update, { kind: "increment", by });
}

function argumentsOf({ operation }: Update): { path: (string | number)[]; value: Json; by: number } {
	const given = operation.value;
	if (isMap(given)) {
		const { path, value = null, by = 0 } = given;
		if (Array.isArray(path) && path.length > 0 && typeof by === "number") {
			return { path: path as (string | number)[], value, by };
		}
	}
	throw new Error(`${operation.id} asks for ${operation.f} ${show(given)}; it takes {"path", …}`);
}

function judgeEntries(slot: Slot, shown: { [key: string]: Json }, place: Place): Mismatch | null {
	const values = new Map(Object.entries(shown).map(([key, value]) => [userKey(key), value]));
	for (const [key, value] of values) {
		const below = { ...place, path: [...place.path, key] };
		const entry = slot.entries.get(key);
		if (entry === undefined) {
			return mismatch(below, emptySlot(), "phantom", `shows ${named(below)}, where nothing was ever put`);
		}
		const found = judgeShown(entry, value, below);
		if (found !== null) return found;
	}
	for (const [key, entry] of slot.entries) {
		if (values.has(key)) continue;
		const update = surelyThere(entry);
		if (update === null) continue;
		const below = { ...place, path: [...place.path, key] };
		const words = `doesn't show ${named(below)}, where what ${nameOf(update)} put was never taken away`;
		return mismatch(below, entry, "lost", words);
	}
	return null;
}

function judgeShown(slot: Slot, shown: Json, place: Place): Mismatch | null {
	if (!mayBeThere(slot)) {
		const words = `shows ${named(place)}, although all that was put there had been seen by a set or delete`;
		return mismatch(place, slot, updatesOf(slot).length > 0 ? "resurrected" : "phantom", words);
	}
	const puts = possiblePuts(slot);
	if (isMap(shown)) {
		const isPossible = puts.some(({ what }) => what.kind === "map") || mayHoldEntries(slot);
		return isPossible ? judgeEntries(slot, shown, place) : wrongKind(slot, place, "a map");
	}
	if (Array.isArray(shown)) {
		const isPossible = puts.some(({ what }) => what.kind === "list") || mayHoldItems(slot);
		return isPossible ? judgeItems(slot, shown, place) : wrongKind(slot, place, "a list");
	}
	return typeof shown === "number" ? judgeNumber(slot, shown, place) : judgeValue(slot, shown, place);
}

function judgeValue(slot: Slot, shown: Json, place: Place): Mismatch | null {
	const key = canonical(shown);
	const showsIt = (what: { kind: string; value?: Json }) =>
		what.kind === "value" && canonical(what.value as Json) === key;
	const winners = possiblePuts(slot).filter(({ what }) => showsIt(what));
	const [winner] = winners;
	if (winner === undefined) return wrongValue(slot, shown, place, [...slot.puts.values()].some(showsIt));
	if (winners.length === 1 && winner.update.certain) {
		const others = surePuts(slot).filter(
			({ update, what }) => update !== winner.update && what.kind === "value",
		);
		place.chosen(
			place.path.join("."),
			winner.update,
			others.map(({ update }) => update),
		);
	}
	return null;
}

function judgeNumber(slot: Slot, shown: number, place: Place): Mismatch | null {
	const possible = possiblePuts(slot);
	const sure = new Set(surePuts(slot).map(({ update }) => update));
	const bases = possible.flatMap(({ what }) =>
		what.kind === "value" && typeof what.value === "number" ? [what.value] : [],
	);
	const increments = possible.flatMap(({ update, what }) =>
		what.kind === "increment" ? [{ by: what.by, sure: sure.has(update) }] : [],
	);
	const isWritten = possible.some(({ update, what }) => what.kind === "value" && sure.has(update));
	if (!isWritten && increments.length > 0) bases.push(0);
	const unsure = increments.filter((increment) => !increment.sure);
	if (unsure.length > MAX_UNSURE_INCREMENTS) return null;
	let sums = [increments.reduce((sum, increment) => sum + (increment.sure ? BigInt(increment.by) : 0n), 0n)];
	for (const { by } of unsure) sums = [...new Set([...sums, ...sums.map((sum) => sum + BigInt(by))])];
	if (bases.some((base) => sums.some((sum) => base + Number(sum) === shown))) return null;
	const isOld = [...slot.puts.values()].some((what) => what.kind === "value" && what.value === shown);
	return wrongValue(slot, shown, place, isOld && increments.length === 0);
}

function judgeItems(slot: Slot, shown: Json[], place: Place): Mismatch | null {
	const { items, itemMarks, inside, insideMarks } = slot;
	// Whoever did something inside of an item keeps it, even where it was deleted.
	const holders = insideMarks.possible.length > 0 ? [...items.keys()] : itemMarks.possible;
	const most = holders.reduce((sum, update) => sum + (items.get(update) as Json[]).length, 0);
	if (shown.length > most) {
		const words = `shows ${shown.length} items at ${named(place)}, where only ${most} can be left`;
		return mismatch(place, slot, "duplicated", words);
	}
	const allowed = new Set(
		itemMarks.possible.flatMap((update) => items.get(update) as Json[]).map((value) => canonical(value)),
	);
	for (const update of insideMarks.possible) allowed.add(canonical(argumentsOf(update).value));
	const isCounting = inside.some(({ operation }) => operation.f === "increment");
	const counts = new Map<string, number>();
	for (const value of shown) {
		const key = canonical(value);
		counts.set(key, (counts.get(key) ?? 0) + 1);
		const isLeftOut =
			(typeof value === "object" && value !== null) || (isCounting && typeof value === "number");
		if (isLeftOut || allowed.has(key)) continue;
		const wasPut = [...items.values()].flat().some((other) => canonical(other) === key);
		const words = `shows ${show(value)} at ${named(place)}, ${wasPut ? "where it had been taken away" : "where nobody put it"}`;
		return mismatch(place, slot, wasPut ? "resurrected" : "phantom", words);
	}
	return missingItem(slot, counts, place);
}

/** Of the items that nobody had seen, values that are shown less often than they were put. */
function missingItem(slot: Slot, counts: ReadonlyMap<string, number>, place: Place): Mismatch | null {
	const wanted = new Map<string, number>();
	for (const update of untouchedItems(slot)) {
		for (const value of slot.items.get(update) as Json[]) {
			if (typeof value === "object" && value !== null) continue;
			const key = canonical(value);
			const times = (wanted.get(key) ?? 0) + 1;
			wanted.set(key, times);
			if ((counts.get(key) ?? 0) >= times) continue;
			const words = `doesn't show the ${show(value)} that ${nameOf(update)} put into ${named(place)} and nobody took away`;
			return mismatch(place, slot, "lost", words);
		}
	}
	return null;
}

function wrongKind(slot: Slot, place: Place, kind: string): Mismatch {
	const words = `shows ${kind} at ${named(place)}, where none can be left`;
	return mismatch(place, slot, "resurrected", words);
}

function wrongValue(slot: Slot, shown: Json, place: Place, isOld: boolean): Mismatch {
	const left = possiblePuts(slot)
		.slice(0, 4)
		.map(({ update, what }) => `${describe(what)} of ${nameOf(update)}`);
	const stands = left.length === 0 ? "no value stands there" : `only ${left.join(", ")} can stand there`;
	const why = isOld ? "which had been overwritten" : "which none of them put there";
	const words = `shows ${named(place)} = ${show(shown)}, ${why}: ${stands}`;
	return mismatch(place, slot, isOld ? "resurrected" : "wrong", words);
}

function describe(what: { kind: string; value?: Json; by?: number }): string {
	if (what.kind === "value") return `the ${show(what.value)}`;
	return what.kind === "increment" ? `the increment by ${what.by}` : `a ${what.kind}`;
}

function mismatch(place: Place, slot: Slot, kind: Mismatch["kind"], words: string): Mismatch {
	return {
		kind,
		words,
		path: place.path.join("."),
		expected: null,
		found: place.view,
		operations: updatesOf(slot).map((update) => update.operation),
	};
}

function named({ path }: Place): string {
	return path.join(".");
}

function isMap(value: Json): value is { [key: string]: Json } {
	return typeof value === "object" && value !== null && !Array.isArray(value) && typed(value) === null;
}
