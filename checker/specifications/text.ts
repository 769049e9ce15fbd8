/**
 * Texts, by what the replies say: an insert's characters, and those that a delete's reply says it removed (`result`).
 * A character is shown at most as often as it was inserted less what was surely deleted (the deletes of one
 * replica never take the same one twice; concurrent ones may), and at least as often as inserted less all deletes.
 * Inserted strings of which nothing was deleted are shown in their order. It leaves out on purpose where
 * in the text a string belongs among others: that is `list-order`. Characters are UTF-16 units, as indexes are.
 */
import type { Json } from "../../history/events.ts";
import { show } from "../words.ts";
import { type Mismatch, type Model, nameOf, unknownOperation } from "./model.ts";
import type { Update } from "./update.ts";

/** How much text may be gone through for the order of inserted strings, in each view. */
const MAX_ORDER_STEPS = 5_000_000;

type Counts = Map<string, number>;

export function textModel(): Model {
	const inserts: Update[] = [];
	const inserted: Counts = new Map();
	const maybeInserted: Counts = new Map();
	const deleted: Counts = new Map();
	const deletedBy = new Map<string, Counts>();
	const deletes: Update[] = [];
	/** Characters deleted of which nobody knows which ones. */
	let blindDeletes = 0;

	function apply(update: Update): void {
		const { operation, certain } = update;
		if (operation.f === "insert") {
			addAll(certain ? inserted : maybeInserted, insertedText(update));
			if (certain) inserts.push(update);
			return;
		}
		if (operation.f !== "delete") unknownOperation("text", operation);
		deletes.push(update);
		const removed = removedText(update);
		if (removed === null) {
			blindDeletes += deletedCount(update);
			return;
		}
		addAll(deleted, removed);
		if (!certain) return;
		const ofReplica = deletedBy.get(update.replica) ?? new Map<string, number>();
		deletedBy.set(update.replica, ofReplica);
		addAll(ofReplica, removed);
	}

	function judge(view: Json, _happened: unknown, thorough: boolean): Mismatch | null {
		if (typeof view !== "string") return malformed(view);
		const shown: Counts = new Map();
		addAll(shown, view);
		for (const [character, times] of shown) {
			const sure = inserted.get(character) ?? 0;
			const most = sure + (maybeInserted.get(character) ?? 0);
			let gone = 0;
			for (const counts of deletedBy.values()) gone = Math.max(gone, counts.get(character) ?? 0);
			if (times > most - gone) return tooMany(character, times, most, gone, view);
		}
		let missing = 0;
		for (const [character, times] of inserted) {
			const least = times - (deleted.get(character) ?? 0);
			const lacking = least - (shown.get(character) ?? 0);
			if (lacking > 0) missing += lacking;
			if (missing > blindDeletes) return tooFew(character, least, shown.get(character) ?? 0, view);
		}
		return thorough ? outOfOrder(view) : null;
	}

	function outOfOrder(view: string): Mismatch | null {
		if (blindDeletes > 0 || view.length * inserts.length > MAX_ORDER_STEPS) return null;
		for (const update of inserts) {
			const text = insertedText(update);
			if ([...units(text)].some((character) => deleted.has(character)) || isSubsequence(text, view)) continue;
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

	function tooMany(character: string, times: number, most: number, gone: number, view: string): Mismatch {
		const because =
			most === 0 ? "nobody inserted" : `was inserted ${most} and deleted at least ${gone} times`;
		return {
			kind: most === 0 ? "phantom" : times > most ? "duplicated" : "resurrected",
			words: `shows ${show(character)} ${times} times, which ${because}`,
			path: `[${view.lastIndexOf(character)}]`,
			expected: `at most ${most - gone} of ${show(character)}`,
			found: view,
			operations: touching(character),
		};
	}

	function tooFew(character: string, least: number, times: number, view: string): Mismatch {
		return {
			kind: "lost",
			words: `shows ${show(character)} ${times} times, but ${least} were inserted and never deleted`,
			path: "",
			expected: `at least ${least} of ${show(character)}`,
			found: view,
			operations: touching(character),
		};
	}

	function touching(character: string) {
		const those = [
			...inserts.filter((update) => insertedText(update).includes(character)),
			...deletes.filter((update) => removedText(update)?.includes(character) === true),
		];
		return those.map((update) => update.operation);
	}
	return { needsCausality: true, ignoresNumbers: true, apply, judge };
}

function insertedText({ operation }: Update): string {
	const { value } = operation;
	if (typeof value === "object" && value !== null && !Array.isArray(value)) {
		const text = value["text"] ?? value["value"];
		if (typeof text === "string") return text;
	}
	throw new Error(`${operation.id} inserts ${show(value)}; an insert takes {"index", "text"}`);
}

/** What its reply says; null: nothing. */
function removedText({ operation }: Update): string | null {
	const result = operation.completion?.result;
	return typeof result === "string" ? result : null;
}

function deletedCount({ operation }: Update): number {
	const { value } = operation;
	if (typeof value === "object" && value !== null && !Array.isArray(value)) {
		const count = value["count"] ?? 1;
		if (typeof count === "number") return count;
	}
	throw new Error(`${operation.id} deletes ${show(value)}; a delete takes {"index", "count"}`);
}

function malformed(view: Json): Mismatch {
	const words = `shows ${show(view)}, which is no text`;
	return { kind: "malformed", words, path: "", expected: "", found: view, operations: [] };
}

function addAll(counts: Counts, text: string): void {
	for (const character of units(text)) counts.set(character, (counts.get(character) ?? 0) + 1);
}

function* units(text: string): Generator<string, void, void> {
	for (let index = 0; index < text.length; index++) yield text[index] as string;
}

function isSubsequence(part: string, whole: string): boolean {
	let at = -1;
	for (const character of units(part)) {
		at = whole.indexOf(character, at + 1);
		if (at === -1) return false;
	}
	return true;
}
