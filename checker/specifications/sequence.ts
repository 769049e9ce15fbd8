/**
 * Texts and lists, by counting: a text is a sequence of characters (UTF-16 units, as indexes are), a list one of values.
 * What a delete removed is known where its reply says so (`result`: the text, or an array of the values).
 *
 * An item is shown at most as often as it was inserted less what was surely deleted (the deletes of one replica never
 * take the same one twice; concurrent ones may), and at least as often as inserted less all deletes; of a delete that
 * doesn't say what it took, what it had seen, as many as it asked for. Items inserted once are so judged exactly.
 * Strings of which nothing was deleted are shown in their order. It leaves out on purpose where an item belongs
 * among others: that is `local-steps.ts` and `list-order`. Attiya et al. 2016, "Specification and complexity of collaborative text
 * editing", definition 3.1, part 1(a).
 *
 * A `movable-list` can also `move` an item and `set` one to another value. Which one that was nobody says, so a `set`
 * counts as an insert that may have been overwritten and a delete of one; and whether a delete or a concurrent move wins is
 * the replicas' business, so there only duplicates, phantoms and losses that no delete or set explains are found.
 */
import type { Json } from "../../history/events.ts";
import { show } from "../words.ts";
import { type Mismatch, type Model, nameOf, unknownOperation } from "./model.ts";
import { type Item, itemsOf, membersOf, type SequenceType, shownItems } from "./sequence-items.ts";
import { mayHaveSeen, type Update } from "./update.ts";

/** How much may be gone through for the order of inserted strings, in each view. */
const MAX_ORDER_STEPS = 5_000_000;
/** How many missing items are held against the deletes that don't say what they took, in each view. */
const MAX_MISSING_COMPARED = 200;

type Counts = Map<Item, number>;

export function sequenceModel(type: SequenceType): Model {
	const inserts: Update[] = [];
	const insertedBy = new Map<Item, Update[]>();
	const inserted: Counts = new Map();
	const maybeInserted: Counts = new Map();
	const deleted: Counts = new Map();
	const deletedBy = new Map<string, Counts>();
	const deletes: Update[] = [];
	/** Deletes of which nobody knows what they took, and how much that may be in all. */
	const blind: Update[] = [];
	let blindItems = 0;

	function apply(update: Update): void {
		const { operation, certain } = update;
		switch (operation.f) {
			case "insert":
				return insert(update, certain ? inserted : maybeInserted);
			case "delete":
				return remove(update);
			case "move":
				if (type === "movable-list") return;
				break;
			case "set":
				if (type !== "movable-list") break;
				insert(update, maybeInserted);
				blind.push(update);
				blindItems += 1;
				return;
		}
		unknownOperation(type, operation);
	}

	function insert(update: Update, counts: Counts): void {
		const items = itemsOf(type, update.operation);
		addAll(counts, items);
		for (const item of new Set(items)) {
			const those = insertedBy.get(item);
			if (those === undefined) insertedBy.set(item, [update]);
			else those.push(update);
		}
		if (counts === inserted) inserts.push(update);
	}

	function remove(update: Update): void {
		deletes.push(update);
		const removed = removedItems(type, update);
		if (removed === null) {
			blind.push(update);
			blindItems += deletedCount(update);
			return;
		}
		addAll(deleted, removed);
		// A concurrent move may bring back what was deleted.
		if (!update.certain || type === "movable-list") return;
		const ofReplica = deletedBy.get(update.replica) ?? new Map<Item, number>();
		deletedBy.set(update.replica, ofReplica);
		addAll(ofReplica, removed);
	}

	function judge(view: Json, _happened: unknown, thorough: boolean): Mismatch | null {
		const items = shownItems(type, view);
		if (items === null) return malformed(type, view);
		const shown: Counts = new Map();
		addAll(shown, items);
		for (const [item, times] of shown) {
			const most = (inserted.get(item) ?? 0) + (maybeInserted.get(item) ?? 0);
			let gone = 0;
			for (const counts of deletedBy.values()) gone = Math.max(gone, counts.get(item) ?? 0);
			if (times > most - gone) return tooMany(item, times, most, gone, view, items.lastIndexOf(item));
		}
		let missing = 0;
		for (const [item, times] of inserted) {
			const least = times - (deleted.get(item) ?? 0);
			const lacking = least - (shown.get(item) ?? 0);
			if (lacking <= 0) continue;
			missing += lacking;
			const unexplained = missing > blindItems || (missing <= MAX_MISSING_COMPARED && !mayBeTaken(item));
			if (unexplained) return tooFew(item, least, shown.get(item) ?? 0, view);
		}
		return thorough && type === "text" ? outOfOrder(items, view) : null;
	}

	/** Whether one of the deletes that don't say what they took may have seen one of its inserts. */
	function mayBeTaken(item: Item): boolean {
		const those = insertedBy.get(item) ?? [];
		return blind.some((taking) => those.some((update) => mayHaveSeen(taking, update)));
	}

	function outOfOrder(items: Item[], view: Json): Mismatch | null {
		if (blindItems > 0 || items.length * inserts.length > MAX_ORDER_STEPS) return null;
		for (const update of inserts) {
			const those = itemsOf(type, update.operation);
			if (those.some((item) => deleted.has(item)) || isSubsequence(those, items)) continue;
			const text = those.join("");
			return {
				kind: "wrong",
				words: `doesn't show the ${show(text)} that ${nameOf(update)} inserted in its order`,
				path: "",
				expected: text,
				found: view,
				operations: [update.operation],
			};
		}
		return null;
	}

	function tooMany(item: Item, times: number, most: number, gone: number, found: Json, at: number): Mismatch {
		const because =
			most === 0 ? "nobody inserted" : `was inserted ${most} and deleted at least ${gone} times`;
		return {
			kind: most === 0 ? "phantom" : times > most ? "duplicated" : "resurrected",
			words: `shows ${nameItem(type, item)} ${times} times, which ${because}`,
			path: `[${at}]`,
			expected: `at most ${most - gone} of ${nameItem(type, item)}`,
			found,
			operations: touching(item),
		};
	}

	function tooFew(item: Item, least: number, times: number, found: Json): Mismatch {
		return {
			kind: "lost",
			words: `shows ${nameItem(type, item)} ${times} times, but ${least} were inserted and never deleted`,
			path: "",
			expected: `at least ${least} of ${nameItem(type, item)}`,
			found,
			operations: touching(item),
		};
	}

	function touching(item: Item) {
		const those = [
			...(insertedBy.get(item) ?? []),
			...deletes.filter((update) => removedItems(type, update)?.includes(item) === true),
		];
		return those.map((update) => update.operation);
	}
	return { needsCausality: true, ignoresNumbers: true, apply, judge };
}

/** What its reply says; null: nothing. */
function removedItems(type: SequenceType, { operation }: Update): Item[] | null {
	const result = operation.completion?.result;
	return result === undefined ? null : shownItems(type, result);
}

function deletedCount({ operation }: Update): number {
	const { value, id } = operation;
	const { count = 1 } = membersOf(value);
	if (typeof count === "number" && typeof value === "object" && value !== null) return count;
	throw new Error(`${id} deletes ${show(value)}; a delete takes {"index", "count"}`);
}

/** Values stand in their canonical form, which for JSON is how they are written. */
function nameItem(type: SequenceType, item: Item): string {
	return type === "text" ? show(item) : item;
}

function malformed(type: SequenceType, found: Json): Mismatch {
	const words = `shows ${show(found)}, which is no ${type === "text" ? "text" : "array"}`;
	return { kind: "malformed", words, path: "", expected: "", found, operations: [] };
}

function addAll(counts: Counts, items: readonly Item[]): void {
	for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
}

function isSubsequence(part: readonly Item[], whole: readonly Item[]): boolean {
	let at = -1;
	for (const item of part) {
		at = whole.indexOf(item, at + 1);
		if (at === -1) return false;
	}
	return true;
}
