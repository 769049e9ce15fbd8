/**
 * What a node does with the messages of one sender before its replica sees them: it notes which are late or came
 * before, and holds the transport to what the replica's manifest was promised. Pure.
 *
 * `order: any, duplicates: true`: everything passes as it comes. `duplicates: false`: a sequence passes once.
 * `fifo` and `causal`: in sequence; what came early is held back until the gap closes, or is given up. Order
 * *across* links, which `causal` asks for too, is not made here: a replica that needs it brings a causal buffer
 * along (`opBased` does).
 */
import type { Manifest } from "../replica.ts";

/** Held back behind a gap at most so many, and so long; then the gap is given up. */
export const MAX_HELD_MESSAGES = 1_000;
export const HOLD_BACK_MS = 5_000;
/** Remembered beyond the first gap of a sender's sequences. */
const MAX_REMEMBERED = 20_000;
/** Remembered incarnations of a sender; messages of older ones are too late for every promise. */
const MAX_INCARNATIONS = 4;

export interface Arrival<T> {
	incarnation: number;
	sequence: number;
	/** The sender sends nothing below any more. */
	lowest: number;
	message: T;
}

export interface Judged<T> {
	/** A higher sequence of the same incarnation came before. */
	overtaken: boolean;
	/** This sequence came before. */
	duplicate: boolean;
	/** What the replica is to receive now, in this order. */
	ready: T[];
}

export interface Inbox<T> {
	accept(arrival: Arrival<T>, nowMs: number): Judged<T>;
	/** Gives up gaps that lasted too long. */
	expire(nowMs: number): T[];
}

interface Seen {
	highest: number;
	/** All up to here were seen, or are no longer remembered. */
	floor: number;
	beyond: Set<number>;
}

export function createInbox<T>(manifest: Pick<Manifest, "order" | "duplicates">): Inbox<T> {
	const seenBy = new Map<number, Seen>();
	const line: Line<T> = { incarnation: -1, expected: 1, held: new Map() };
	return {
		accept(arrival, nowMs) {
			const { sequence, incarnation, message } = arrival;
			const seen = seenBy.get(incarnation) ?? firstSeen(seenBy, incarnation);
			const overtaken = seen.highest > sequence;
			const duplicate = !remember(seen, sequence);
			if (manifest.order !== "any") {
				return { overtaken, duplicate, ready: queueUp(line, arrival, nowMs) };
			}
			const passes = manifest.duplicates || !duplicate;
			return { overtaken, duplicate, ready: passes ? [message] : [] };
		},
		expire: (nowMs) => closeOldGaps(line, nowMs),
	};
}

function firstSeen(seenBy: Map<number, Seen>, incarnation: number): Seen {
	const seen: Seen = { highest: 0, floor: 0, beyond: new Set() };
	seenBy.set(incarnation, seen);
	if (seenBy.size > MAX_INCARNATIONS) seenBy.delete(Math.min(...seenBy.keys()));
	return seen;
}

/** @returns whether it is new */
function remember(seen: Seen, sequence: number): boolean {
	if (sequence <= seen.floor || seen.beyond.has(sequence)) return false;
	seen.highest = Math.max(seen.highest, sequence);
	seen.beyond.add(sequence);
	while (seen.beyond.delete(seen.floor + 1)) seen.floor += 1;
	if (seen.beyond.size > MAX_REMEMBERED) forgetLowerHalf(seen);
	return true;
}

/** By halves, so that the cost is shared among many messages. */
function forgetLowerHalf(seen: Seen): void {
	const sorted = [...seen.beyond].sort((a, b) => a - b);
	const kept = sorted.splice(sorted.length / 2);
	seen.floor = sorted.at(-1) ?? seen.floor;
	seen.beyond = new Set(kept);
	while (seen.beyond.delete(seen.floor + 1)) seen.floor += 1;
}

interface Line<T> {
	incarnation: number;
	/** The next sequence that may pass. */
	expected: number;
	held: Map<number, { message: T; sinceMs: number }>;
}

function queueUp<T>(line: Line<T>, arrival: Arrival<T>, nowMs: number): T[] {
	const ready: T[] = [];
	if (arrival.incarnation < line.incarnation) return ready;
	if (arrival.incarnation > line.incarnation) {
		passHeld(line, Number.POSITIVE_INFINITY, ready);
		line.incarnation = arrival.incarnation;
		line.expected = Math.max(1, arrival.lowest);
	}
	if (arrival.sequence >= line.expected && !line.held.has(arrival.sequence)) {
		line.held.set(arrival.sequence, { message: arrival.message, sinceMs: nowMs });
	}
	// Nothing below `lowest` will come any more, so whatever is missing there is lost.
	passHeld(line, arrival.lowest, ready);
	line.expected = Math.max(line.expected, arrival.lowest);
	passInSequence(line, ready);
	while (line.held.size > MAX_HELD_MESSAGES) skipGap(line, ready);
	return ready;
}

function closeOldGaps<T>(line: Line<T>, nowMs: number): T[] {
	const ready: T[] = [];
	for (;;) {
		const oldest = Math.min(...[...line.held.values()].map((held) => held.sinceMs));
		if (line.held.size === 0 || nowMs - oldest < HOLD_BACK_MS) return ready;
		skipGap(line, ready);
	}
}

function skipGap<T>(line: Line<T>, ready: T[]): void {
	line.expected = Math.min(...line.held.keys());
	passInSequence(line, ready);
}

function passInSequence<T>(line: Line<T>, ready: T[]): void {
	for (;;) {
		const held = line.held.get(line.expected);
		if (held === undefined) return;
		line.held.delete(line.expected);
		line.expected += 1;
		ready.push(held.message);
	}
}

/** Everything held below `end`, in sequence, gaps or not. */
function passHeld<T>(line: Line<T>, end: number, ready: T[]): void {
	const sequences = [...line.held.keys()].filter((sequence) => sequence < end).sort((a, b) => a - b);
	for (const sequence of sequences) {
		const held = line.held.get(sequence);
		line.held.delete(sequence);
		line.expected = sequence + 1;
		if (held !== undefined) ready.push(held.message);
	}
}
