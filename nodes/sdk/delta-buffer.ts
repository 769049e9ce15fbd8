/**
 * The deltas that a replica has joined into its state, newest last: the buffer D of Almeida, Shoker, Baquero 2018,
 * "Delta state replicated data types", Algorithm 2. A delta-interval is the join of all deltas from one point on;
 * a receiver may join it only if it has all that the sender had at that point (the causal delta-merging
 * condition). Points are delivered sets where the paper has sequence numbers: they mean the same to sender and
 * receiver, and still do after either was restarted.
 */
import { covers, type DeliveredSet } from "./delivered.ts";
import type { DeliveredJson } from "./replica.ts";

export interface DeltaBuffer<S> {
	readonly entries: { before: DeliveredJson; delta: S }[];
}

/** Older deltas are forgotten; who lacks them gets the full state. */
const MAXIMUM_BUFFERED_DELTAS = 256;

export interface DeltaInterval<S> {
	/** What the receiver must have delivered. */
	requires: DeliveredJson;
	delta: S;
	/** How many deltas were joined. */
	length: number;
}

export function createDeltaBuffer<S>(): DeltaBuffer<S> {
	return { entries: [] };
}

export function copyDeltaBuffer<S>({ entries }: DeltaBuffer<S>): DeltaBuffer<S> {
	return { entries: entries.slice() };
}

/** @param before what the replica had delivered before it joined the delta */
export function bufferDelta<S>(buffer: DeltaBuffer<S>, before: DeliveredJson, delta: S): void {
	buffer.entries.push({ before, delta });
	if (buffer.entries.length > MAXIMUM_BUFFERED_DELTAS) buffer.entries.shift();
}

/**
 * The shortest interval that a peer can join.
 * @param maximumLength a longer one is not worth its joins
 * @returns null when there is none: it takes the full state
 */
export function intervalFor<S>(
	buffer: DeltaBuffer<S>,
	known: DeliveredSet,
	join: (a: S, b: S) => S,
	maximumLength = MAXIMUM_BUFFERED_DELTAS,
): DeltaInterval<S> | null {
	const { entries } = buffer;
	for (let start = entries.length - 1; start >= Math.max(0, entries.length - maximumLength); start--) {
		const entry = entries[start] as { before: DeliveredJson; delta: S };
		if (!covers(known, entry.before)) continue;
		let { delta } = entry;
		for (const later of entries.slice(start + 1)) delta = join(delta, later.delta);
		return { requires: entry.before, delta, length: entries.length - start };
	}
	return null;
}
