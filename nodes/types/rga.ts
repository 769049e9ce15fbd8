/**
 * RGA, the replicated growable array: an element goes right behind the one that it was inserted after, and among
 * several behind the same one the latest comes first. That is the order of a tree whose nodes are read before their
 * children, the latest child first; a child is later than its parent, so to skip the subtrees of later siblings it is
 * enough to skip what is later.
 * Source: Roh, Jeon, Kim, Lee 2011, "Replicated abstract data types: Building blocks for collaborative applications", section
 * 5.3; as a tree: Attiya et al. 2016, "Specification and complexity of collaborative text editing", section 4. Text that two
 * replicas type backwards at one place, each character before the last one, may interleave (see `fugue.ts`).
 */
import type { Element, ElementId, SequenceAlgorithm } from "./sequence.ts";
import { compareIds, elementOf } from "./sequence.ts";

export interface RgaPlace {
	/** Null: the start of the list. */
	after: ElementId | null;
	/** Lamport's: greater than that of all elements that the origin had seen. */
	time: number;
}

/** The latest time seen. */
export interface LamportClock {
	time: number;
}

export const rga: SequenceAlgorithm<RgaPlace, LamportClock> = {
	index: () => ({ time: 0 }),
	copyIndex: ({ time }) => ({ time }),
	placeAfter: ({ order, index }, position) => ({ after: order[position]?.id ?? null, time: index.time + 1 }),
	integrate(sequence, run) {
		const { order, index } = sequence;
		const first = run[0] as Element<RgaPlace>;
		const { after, time } = first.place;
		index.time = Math.max(index.time, time);
		let position = after === null ? 0 : order.indexOf(elementOf(sequence, after)) + 1;
		while (position < order.length && isLater(order[position] as Element<RgaPlace>, first)) position++;
		return position;
	},
};

/** Concurrent updates may have one time: the greater identity counts as later then. */
function isLater(a: Element<RgaPlace>, b: Element<RgaPlace>): boolean {
	return (a.place.time - b.place.time || compareIds(a.id, b.id)) > 0;
}
