/**
 * Texts and lists, exactly: what a replica shows right after an operation of its own is what it showed right before it, and the
 * operation done to that. Equal items and unknown names don't matter here, since a place is an index. From a view at a
 * known delivered set on, or from the empty one, a replica's operations are followed as long as nothing else arrives between them; where
 * a view is known at the delivered set that is reached, both must be equal. A delete that says what it took must have
 * found that there.
 * Attiya et al. 2016, definition 3.1, part 1(c): an inserted element stands at the index that was asked for, at the
 * end where that is beyond the end.
 *
 * It leaves out what it can't be sure of: places within a surrogate pair, deletes, sets and moves of what isn't there (who accepts them does
 * what he likes), runs in which numbers were given twice.
 */
import type { Json } from "../../history/events.ts";
import { type KnownUpdate, knownUpdates } from "../causal-order.ts";
import { deliveredKey, NOTHING_DELIVERED, setOf, subtract } from "../delivered.ts";
import { type Observation, once, type Run } from "../run.ts";
import { show } from "../words.ts";
import type { Mismatch } from "./model.ts";
import { type Item, itemsOf, joinItems, membersOf, type SequenceType, shownItems } from "./sequence-items.ts";

/** Items that may be gone through in all. */
const MAX_ITEMS_FOLLOWED = 200_000_000;
/** How much of a text or list is shown around a place. */
const SHOWN_AROUND = 12;

export interface Followed {
	first: { observation: Observation; mismatch: Mismatch } | null;
	/** Operations after which a view was known. */
	steps: number;
}

/** Cost: O(operations × length), bounded. */
export function followSteps(run: Run, type: SequenceType): Followed {
	const followed: Followed = { first: null, steps: 0 };
	if (run.reused.length > 0) return followed;
	const observed = viewsByDelivered(run);
	let budget = MAX_ITEMS_FOLLOWED;
	for (const updates of byReplica(once(run, knownUpdates)).values()) {
		let reached: { key: string; items: Item[] } | null = { key: deliveredKey(NOTHING_DELIVERED), items: [] };
		for (const update of updates) {
			const base = deliveredKey(subtract(update.seen, setOf([update])));
			const items: Item[] | null = reached?.key === base ? reached.items : itemsAt(type, base, observed);
			reached = null;
			if (items === null) continue;
			budget -= items.length;
			if (budget < 0) return followed;
			const done = perform(type, update, items);
			if (done === "unsure") continue;
			if (done !== null) {
				note(followed, observationOf(update), done);
				continue;
			}
			const key = deliveredKey(update.seen);
			reached = { key, items };
			for (const after of observed.get(key) ?? []) {
				const shown = shownItems(type, after.view.json);
				if (shown === null) continue;
				followed.steps += 1;
				const mismatch = compare(type, update, items, shown);
				if (mismatch !== null) note(followed, after, mismatch);
			}
		}
	}
	return followed;
}

function note(followed: Followed, observation: Observation, mismatch: Mismatch): void {
	if (followed.first !== null && followed.first.observation.index <= observation.index) return;
	followed.first = { observation, mismatch };
}

/** The different views at equal delivered sets; right replicas have one. */
function viewsByDelivered(run: Run): Map<string, Observation[]> {
	const result = new Map<string, Observation[]>();
	for (const observation of run.observations) {
		if (observation.delivered === null) continue;
		const key = deliveredKey(observation.delivered);
		const those = result.get(key);
		if (those === undefined) result.set(key, [observation]);
		else if (those.every(({ view }) => view.key !== observation.view.key)) those.push(observation);
	}
	return result;
}

/** The reply, as a moment at which the replica said something. */
function observationOf({ operation, seen }: KnownUpdate): Observation {
	const { completion, replica } = operation;
	const json = completion?.result ?? null;
	const view = { key: operation.id, json };
	const { index = 0, time = 0 } = completion ?? {};
	return { index, time, replica, source: "read", view, delivered: seen };
}

function itemsAt(
	type: SequenceType,
	key: string,
	observed: ReadonlyMap<string, Observation[]>,
): Item[] | null {
	const [observation] = observed.get(key) ?? [];
	if (observation !== undefined) return shownItems(type, observation.view.json);
	return key === "" ? [] : null;
}

/** Each in the order of its numbers. */
function byReplica(updates: readonly KnownUpdate[]): Map<string, KnownUpdate[]> {
	const result = new Map<string, KnownUpdate[]>();
	for (const update of updates) {
		const those = result.get(update.replica);
		if (those === undefined) result.set(update.replica, [update]);
		else those.push(update);
	}
	for (const those of result.values()) those.sort((left, right) => left.number - right.number);
	return result;
}

/** Does it to the items, in place. @returns what is wrong with its reply */
function perform(type: SequenceType, update: KnownUpdate, items: Item[]): Mismatch | "unsure" | null {
	const { operation } = update;
	const { index, count = 1, from, to } = membersOf(operation.value);
	const length = items.length;
	switch (operation.f) {
		case "insert": {
			if (!isPlace(index) || isWithinPair(type, items, Math.min(index, length))) return "unsure";
			items.splice(Math.min(index, length), 0, ...itemsOf(type, operation));
			return null;
		}
		case "delete": {
			if (!isPlace(index) || !isPlace(count) || index + count > length) return "unsure";
			if ([index, index + count].some((place) => isWithinPair(type, items, place))) return "unsure";
			const stood = items.splice(index, count);
			const result = operation.completion?.result;
			const removed = result === undefined ? null : shownItems(type, result);
			return removed === null || same(removed, stood) ? null : wrongReply(type, update, stood, removed);
		}
		case "set": {
			if (type !== "movable-list" || !isPlace(index) || index >= length) return "unsure";
			const [item] = itemsOf(type, operation);
			if (item === undefined) return "unsure";
			items[index] = item;
			return null;
		}
		case "move": {
			if (type !== "movable-list" || !isPlace(from) || !isPlace(to) || Math.max(from, to) >= length)
				return "unsure";
			items.splice(to, 0, ...items.splice(from, 1));
			return null;
		}
		default:
			return "unsure";
	}
}

function compare(
	type: SequenceType,
	{ operation }: KnownUpdate,
	expected: Item[],
	shown: Item[],
): Mismatch | null {
	if (same(expected, shown)) return null;
	const at = expected.findIndex((item, place) => item !== shown[place]);
	const place = at === -1 ? expected.length : at;
	const [wanted, found] = [expected, shown].map((items) => excerpt(type, items, place));
	return {
		kind: "wrong",
		words: `shows ${found} from index ${startOf(place)} on right after ${operation.id} (${operation.f} ${show(operation.value)}), which makes ${wanted} of what stood there before`,
		path: `[${place}]`,
		expected: joinItems(type, expected),
		found: joinItems(type, shown),
		operations: [operation],
	};
}

function wrongReply(type: SequenceType, { operation }: KnownUpdate, stood: Item[], said: Item[]): Mismatch {
	const [expected, found] = [stood, said].map((items) => joinItems(type, items)) as [Json, Json];
	return {
		kind: "wrong",
		words: `replied to ${operation.id} (${operation.f} ${show(operation.value)}) that it removed ${show(found)}, but ${show(expected)} stood there`,
		path: "",
		expected,
		found,
		operations: [operation],
	};
}

function excerpt(type: SequenceType, items: readonly Item[], place: number): string {
	const start = startOf(place);
	return show(joinItems(type, items.slice(start, start + 2 * SHOWN_AROUND)));
}

function startOf(place: number): number {
	return Math.max(0, place - SHOWN_AROUND);
}

function isWithinPair(type: SequenceType, items: readonly Item[], place: number): boolean {
	if (type !== "text") return false;
	return isSurrogate(items[place - 1], 0xd800) && isSurrogate(items[place], 0xdc00);
}

function isSurrogate(unit: Item | undefined, first: number): boolean {
	const code = unit?.charCodeAt(0) ?? 0;
	return code >= first && code < first + 0x400;
}

function isPlace(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

function same(left: readonly Item[], right: readonly Item[]): boolean {
	return left.length === right.length && left.every((item, at) => item === right[at]);
}
