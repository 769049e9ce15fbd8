/**
 * Where inserted elements stood at their origin, told from a later view: what that view shows and the origin had delivered stood
 * there too, in the same order (nothing deleted comes back, and there is one order of all elements, the deleted ones among
 * them). So an element that was inserted at index k has at most k such elements before it, and behind it no more than the
 * origin showed but for k; what was inserted at once has none of them in between. Elements deleted since then, equal ones and those of unknown outcome leave play; without
 * any of them the place is exact.
 * Attiya et al. 2016, definition 3.1, parts 1(b), 1(c) and 2. As a model for `walk.ts`, whose observations are the inserts: the
 * view of each is the insert's id.
 */
import type { Json } from "../../history/events.ts";
import type { ViewElements } from "../elements.ts";
import type { Operation } from "../run.ts";
import { count, show } from "../words.ts";
import type { Mismatch, Model } from "./model.ts";
import { itemsOf, membersOf, type SequenceType, shownItems } from "./sequence-items.ts";
import type { Update } from "./update.ts";

/** A later view, of whose elements each stands at its index there. */
export type Reference = ReadonlyMap<string, number>;

export function placesModel(
	type: SequenceType,
	reference: Reference,
	elements: ViewElements,
	inserts: ReadonlyMap<string, Operation>,
): Model {
	const tree = new Tally(reference.size);
	/** How much was inserted, and how much of that was surely deleted. */
	let [inserted, gone] = [0, 0];
	const here = new Set<string>();
	const deleted = new Set<string>();

	function apply({ operation, certain }: Update): void {
		if (operation.f === "insert") {
			for (const item of itemsOf(type, operation)) {
				inserted += 1;
				if (!certain || !elements.unique.has(item)) continue;
				here.add(item);
				if (deleted.has(item)) gone += 1;
				const at = reference.get(item);
				if (at !== undefined) tree.add(at);
			}
		} else if (operation.f === "delete" && certain) {
			const result = operation.completion?.result;
			for (const item of (result === undefined ? null : shownItems(type, result)) ?? []) {
				if (!elements.unique.has(item) || deleted.has(item)) continue;
				deleted.add(item);
				if (here.has(item)) gone += 1;
			}
		}
	}

	function judge(id: Json): Mismatch | null {
		const operation = inserts.get(id as string) as Operation;
		const index = membersOf(operation.value)["index"] as number;
		const items = itemsOf(type, operation);
		const run = items.filter((item) => reference.has(item));
		const places = run.map((item) => reference.get(item) as number);
		const twisted = places.findIndex((place, at) => at > 0 && place < (places[at - 1] as number));
		if (twisted !== -1) {
			const [left, right] = [run[twisted - 1] as string, run[twisted] as string];
			return mismatch(operation, `${nameOf(right)} stands before the ${nameOf(left)} of one insert`);
		}
		const [first, last] = [places[0], places.at(-1)];
		if (first === undefined || last === undefined) return null;
		const between = tree.below(last) - tree.below(first) - (run.length - 1);
		if (between > 0) {
			const words = `${count(between, "element")} that it had delivered ${between === 1 ? "stands" : "stand"} between the ${nameOf(run[0] as string)} and the ${nameOf(run.at(-1) as string)} of one insert`;
			return mismatch(operation, words);
		}
		const before = tree.below(first);
		if (before > index) {
			const words = `${count(before, "element")} that it had delivered ${before === 1 ? "stands" : "stand"} before the ${nameOf(run[0] as string)} that ${operation.id} inserted there at index ${index}`;
			return mismatch(operation, words);
		}
		const behind = tree.size - tree.below(last + 1);
		const most = Math.max(0, inserted - gone - items.length - index);
		if (behind > most) {
			const words = `${count(behind, "element")} that it had delivered ${behind === 1 ? "stands" : "stand"} behind the ${nameOf(run.at(-1) as string)} that ${operation.id} inserted there at index ${index}, where there were at most ${most} to stand behind it`;
			return mismatch(operation, words);
		}
		return null;
	}

	function nameOf(element: string): string {
		return show(elements.valueOf(element));
	}
	return { needsCausality: true, ignoresNumbers: true, apply, judge };
}

function mismatch(operation: Operation, words: string): Mismatch {
	return { kind: "wrong", words, path: "", expected: null, found: null, operations: [operation] };
}

/** How many of the places 0 to n are taken up to one of them: a binary indexed tree (Fenwick 1994). Cost: O(log n). */
class Tally {
	readonly #sums: Int32Array;
	size = 0;

	constructor(places: number) {
		this.#sums = new Int32Array(places + 1);
	}

	add(place: number): void {
		this.size += 1;
		for (let at = place + 1; at < this.#sums.length; at += at & -at) {
			this.#sums[at] = (this.#sums[at] as number) + 1;
		}
	}

	below(place: number): number {
		let sum = 0;
		for (let at = place; at > 0; at -= at & -at) sum += this.#sums[at] as number;
		return sum;
	}
}
