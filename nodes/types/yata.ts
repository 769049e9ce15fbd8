/**
 * YATA: an element remembers both neighbours that it was inserted between, its origins, and goes somewhere between these. What
 * stands there already was inserted concurrently: of elements with one left origin the smaller identity comes first, each
 * with what hangs on it, and no origins' lines may cross.
 * Source: Nicolaescu, Jahns, Derntl, Klamma 2016, "Near real-time peer-to-peer shared editing on extensible data
 * types", GROUP, section 3; with the rule for different right origins that Yjs added (its INTERNALS.md, "List CRDT").
 */
import type { Element, ElementId, Sequence, SequenceAlgorithm } from "./sequence.ts";
import { compareIds, elementOf } from "./sequence.ts";

export interface YataPlace {
	/** Null: the start of the list. */
	left: ElementId | null;
	/** Null: its end. */
	right: ElementId | null;
}

type Item = Element<YataPlace>;

export const yata: SequenceAlgorithm<YataPlace, null> = {
	index: () => null,
	copyIndex: () => null,
	placeAfter: ({ order }, position) => ({
		left: order[position]?.id ?? null,
		right: order[position + 1]?.id ?? null,
	}),
	integrate(sequence, run) {
		const { order } = sequence;
		const first = run[0] as Item;
		const { left, right } = first.place;
		const start = left === null ? 0 : order.indexOf(elementOf(sequence, left)) + 1;
		const end = right === null ? order.length : order.indexOf(elementOf(sequence, right));
		/** All that was passed, and of it what came since the last element that surely precedes the new one. */
		const passed = new Set<Item | null>();
		const undecided = new Set<Item | null>();
		let position = start;
		for (let at = start; at < end; at++) {
			const other = order[at] as Item;
			const origin = leftOrigin(sequence, other);
			passed.add(other);
			undecided.add(other);
			let precedes = false;
			if (sameId(origin?.id ?? null, left)) {
				precedes = compareIds(other.id, first.id) < 0;
				if (!precedes && sameId(other.place.right, right)) break;
			} else {
				// An origin further left than the new one's: a line that must not be crossed.
				if (!passed.has(origin)) break;
				precedes = !undecided.has(origin);
			}
			if (!precedes) continue;
			position = at + 1;
			undecided.clear();
		}
		return position;
	},
};

/** Of a run's elements, apart from the first: the one before. */
function leftOrigin(sequence: Sequence<YataPlace, null>, { id, place }: Item): Item | null {
	const [origin, number, offset] = id;
	if (offset > 0) return elementOf(sequence, [origin, number, offset - 1]);
	return place.left === null ? null : elementOf(sequence, place.left);
}

function sameId(a: ElementId | null, b: ElementId | null): boolean {
	return a === null || b === null ? a === b : compareIds(a, b) === 0;
}
