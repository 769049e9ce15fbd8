/**
 * What the algorithms for lists share: elements that keep their identity, in the order of the document, with those
 * that were deleted still among them, since later elements stand relative to them. Where a new element goes is each
 * algorithm's own: `fugue.ts`, `rga.ts`, `yata.ts`. A run, the elements of one insert, stays together as inserted.
 *
 * Elements never change, so that copies of a sequence share them. Positions are found by going through arrays, which
 * for the 10,000s of elements that tests have is faster than a tree: O(elements) per operation, with a small constant.
 * Tombstones are kept for good.
 */

import type { UpdateMeta } from "../sdk/op-based-type.ts";
import type { Json, ReplicaId } from "../sdk/replica.ts";
import { byCodePoint } from "./json-value.ts";

/** The update that inserted an element, and which one of its run it is. */
export type ElementId = readonly [origin: ReplicaId, number: number, offset: number];

export interface Element<P> {
	readonly id: ElementId;
	readonly value: Json;
	/** Where its run was put. */
	readonly place: P;
}

/** @typeParam P where a run goes, as it travels. @typeParam I what the algorithm keeps besides. */
export interface Sequence<P, I> {
	/** All elements, the deleted ones too. */
	readonly order: Element<P>[];
	/** Those that are not deleted. */
	readonly shown: Element<P>[];
	readonly deleted: Set<Element<P>>;
	readonly runs: Map<string, readonly Element<P>[]>;
	readonly index: I;
}

export interface SequenceAlgorithm<P, I> {
	index(): I;
	copyIndex(index: I): I;
	/** The place right after `order[position]`, or at the start of all (-1). */
	placeAfter(sequence: Sequence<P, I>, position: number): P;
	/** Takes in a run. @returns the position in `order` at which it goes */
	integrate(sequence: Sequence<P, I>, run: readonly Element<P>[]): number;
}

/** Many more arguments than these and the engine refuses to splice them in. */
export const LONGEST_RUN_ELEMENTS = 50_000;

export function emptySequence<P, I>(algorithm: SequenceAlgorithm<P, I>): Sequence<P, I> {
	return { order: [], shown: [], deleted: new Set(), runs: new Map(), index: algorithm.index() };
}

export function copySequence<P, I>(algorithm: SequenceAlgorithm<P, I>, from: Sequence<P, I>): Sequence<P, I> {
	return {
		order: from.order.slice(),
		shown: from.shown.slice(),
		deleted: new Set(from.deleted),
		runs: new Map(from.runs),
		index: algorithm.copyIndex(from.index),
	};
}

/** @param left what the new run is to follow; undefined: nothing */
export function placeAfter<P, I>(
	algorithm: SequenceAlgorithm<P, I>,
	sequence: Sequence<P, I>,
	left: Element<P> | undefined,
): P {
	return algorithm.placeAfter(sequence, left === undefined ? -1 : sequence.order.indexOf(left));
}

/** @returns the run's elements */
export function insertRun<P, I>(
	algorithm: SequenceAlgorithm<P, I>,
	sequence: Sequence<P, I>,
	place: P,
	values: readonly Json[],
	{ origin, number }: UpdateMeta,
): readonly Element<P>[] {
	const run = values.map((value, offset): Element<P> => ({ id: [origin, number, offset], value, place }));
	if (run.length === 0) return run;
	const position = algorithm.integrate(sequence, run);
	const before = shownBefore(sequence, position);
	sequence.order.splice(position, 0, ...run);
	sequence.shown.splice(before, 0, ...run);
	sequence.runs.set(`${origin}:${number}`, run);
	return run;
}

/** Deleting what is deleted changes nothing. */
export function deleteElement<P, I>(sequence: Sequence<P, I>, id: ElementId): void {
	const element = elementOf(sequence, id);
	if (sequence.deleted.has(element)) return;
	sequence.deleted.add(element);
	sequence.shown.splice(sequence.shown.indexOf(element), 1);
}

/** @throws Error where causal delivery has not brought it yet, which would be the broadcast's mistake */
export function elementOf<P, I>(sequence: Sequence<P, I>, [origin, number, offset]: ElementId): Element<P> {
	const element = sequence.runs.get(`${origin}:${number}`)?.[offset];
	if (element !== undefined) return element;
	throw new Error(
		`there is no element ${origin}:${number}.${offset}; it must be delivered before what names it`,
	);
}

/** Total; no two elements are equal. */
export function compareIds(a: ElementId, b: ElementId): number {
	return byCodePoint(a[0], b[0]) || a[1] - b[1] || a[2] - b[2];
}

/** Identities, places and what is deleted, in order: all that later operations depend on. */
export function canonicalSequence<P, I>({ order, deleted }: Sequence<P, I>): unknown[] {
	return order.map((element) => {
		const { id, place } = element;
		return [...id, id[2] === 0 ? place : null, deleted.has(element)];
	});
}

/** How many elements that are shown stand before a position. */
function shownBefore<P, I>({ order, shown, deleted }: Sequence<P, I>, position: number): number {
	if (position === order.length) return shown.length;
	for (let at = position - 1; at >= 0; at--) {
		const element = order[at] as Element<P>;
		if (!deleted.has(element)) return shown.indexOf(element) + 1;
	}
	return 0;
}
