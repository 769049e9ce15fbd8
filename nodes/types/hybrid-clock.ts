/**
 * Hybrid logical clock: a timestamp is the largest wall-clock time seen, and a counter for what happened within it.
 * It is close to real time, and every event still comes after all that its origin had seen, also when the wall clock
 * stands still or steps back. Ties between concurrent events go to the greater actor.
 * Source: Kulkarni, Demirbas, Madappa, Avva, Leone 2014, "Logical Physical Clocks", OPODIS, figure 5. The clock is not kept apart: of the
 * timestamps seen only the one that a write must exceed matters, and that is stored with what it overwrites.
 */
import { byCodePoint } from "./json-value.ts";

export interface Timestamp {
	/** Milliseconds of some actor's wall clock. */
	time: number;
	counter: number;
	actor: string;
}

/** A timestamp after `last` (null: nothing was seen), at the wall clock's time where that is later. */
export function nextTimestamp(last: Timestamp | null, wallMs: number, actor: string): Timestamp {
	if (last === null || wallMs > last.time) return { time: wallMs, counter: 0, actor };
	return { time: last.time, counter: last.counter + 1, actor };
}

/** Total order; 0 only for one and the same event. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
	return a.time - b.time || a.counter - b.counter || byCodePoint(a.actor, b.actor);
}
