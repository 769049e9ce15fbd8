/**
 * Delivered sets as replicas report them (`{"r1": 5}`), for the judge: membership, and a key that equal sets share. Not the
 * SDK's own (nodes/sdk/delivered.ts): an oracle that imports what it judges proves nothing.
 */
import type { DeliveredJson } from "../controller/runtimes/sim/cluster.ts";

export function hasDelivered(delivered: DeliveredJson, replica: string, number: number): boolean {
	const entry = delivered[replica];
	if (entry === undefined) return false;
	if (typeof entry === "number") return number <= entry;
	for (const [first, last] of entry) if (number >= first && number <= last) return true;
	return false;
}

/** Whether the first set holds all of the second. */
export function includes(delivered: DeliveredJson, other: DeliveredJson): boolean {
	return firstLacking(delivered, other) === null;
}

/** An update of the second set that the first lacks. Cost: the numbers of the second where it is not a vector. */
export function firstLacking(
	delivered: DeliveredJson,
	other: DeliveredJson,
): { replica: string; number: number } | null {
	for (const replica in other) {
		const entry = other[replica] as DeliveredJson[string];
		const mine = delivered[replica];
		if (typeof entry === "number") {
			if (entry <= 0 || (typeof mine === "number" && mine >= entry)) continue;
			for (let number = 1; number <= entry; number++) {
				if (!hasDelivered(delivered, replica, number)) return { replica, number };
			}
			continue;
		}
		for (const [first, last] of entry) {
			for (let number = first; number <= last; number++) {
				if (!hasDelivered(delivered, replica, number)) return { replica, number };
			}
		}
	}
	return null;
}

/** Integers of so many bits are fast. */
const SMALL_BITS = 30;
/** Doubles hold this many bits exactly. */
const EXACT_BITS = 52;

/**
 * @returns a function whose keys are equal exactly where the sets are: a number where all of it are small vectors,
 *   otherwise a text. It fills `lengths`, by replica, with what a vector holds, and −1 where there are gaps.
 */
export function deliveredKeys(
	ids: readonly string[],
): (delivered: DeliveredJson, lengths: number[]) => number | string {
	const bits = Math.floor(SMALL_BITS / Math.max(1, ids.length));
	const small = 2 ** bits;
	const radix = 2 ** Math.floor(EXACT_BITS / Math.max(1, ids.length));
	return (delivered, lengths) => {
		let key = 0;
		let longest = 0;
		for (let i = 0; i < ids.length; i++) {
			const length = vectorLength(delivered[ids[i] as string]);
			lengths[i] = length;
			longest = Math.max(longest, length < 0 ? Infinity : length);
			key = (key << bits) | length;
		}
		if (longest < small) return key;
		if (longest >= radix) return textKey(ids, delivered);
		// Below zero, where no small key is.
		let large = 0;
		for (const length of lengths) large = large * radix + length;
		return -large;
	};
}

/** @returns -1 where there are gaps */
function vectorLength(entry: DeliveredJson[string] | undefined): number {
	if (typeof entry === "number") return entry;
	if (entry === undefined || entry.length === 0) return 0;
	const [[first, last]] = entry as [[number, number]];
	return entry.length === 1 && first === 1 ? last : -1;
}

function textKey(ids: readonly string[], delivered: DeliveredJson): string {
	let text = "";
	for (const id of ids) {
		const length = vectorLength(delivered[id]);
		text += length >= 0 ? `${length};` : `${JSON.stringify(delivered[id])};`;
	}
	return text;
}
