/**
 * Delivered sets: which updates a replica had delivered, as runs of update numbers by the replica that accepted them.
 * Always in normal form (runs sorted, apart, none empty; a replica with nothing is absent), so `[[1,5]]` is `5`
 * and 0 is absence. The checker's own; replicas have theirs.
 */
import type { Delivered } from "../history/events.ts";
import { byCodePoint } from "./canonical.ts";

/** Runs as a flat list: first, last, first, last, … */
export type Runs = readonly number[];
export type DeliveredSet = ReadonlyMap<string, Runs>;

export const NOTHING_DELIVERED: DeliveredSet = new Map();
const NO_RUNS: Runs = [];

/** Cost: the number of runs, times a logarithm where they came unsorted. */
export function parseDelivered(json: Delivered): DeliveredSet {
	return new RunsTable().parse(json);
}

/** Parses sets of one history: of the runs that begin at 1, nearly all, equal ones are one object. */
export class RunsTable {
	readonly #upTo = new Map<number, Runs>();

	parse(json: Delivered): DeliveredSet {
		const set = new Map<string, Runs>();
		for (const replica in json) {
			const given = json[replica] as Delivered[string];
			if (typeof given === "number") {
				if (given > 0) set.set(replica, this.#runUpTo(given));
				continue;
			}
			const runs = normal(given);
			if (runs.length > 0) set.set(replica, runs);
		}
		return set;
	}

	#runUpTo(last: number): Runs {
		let runs = this.#upTo.get(last);
		if (runs === undefined) {
			runs = [1, last];
			this.#upTo.set(last, runs);
		}
		return runs;
	}
}

export function setOf(updates: Iterable<{ replica: string; number: number }>): DeliveredSet {
	const byReplica = new Map<string, [number, number][]>();
	for (const { replica, number } of updates) {
		const those = byReplica.get(replica);
		if (those === undefined) byReplica.set(replica, [[number, number]]);
		else those.push([number, number]);
	}
	return new Map([...byReplica].map(([replica, those]) => [replica, normal(those)]));
}

/** Equal texts: equal sets. Made for each view that is judged, so without lists in between. */
export function deliveredKey(set: DeliveredSet): string {
	let key = "";
	for (const replica of inOrder(set)) {
		const runs = set.get(replica) as Runs;
		key += `${JSON.stringify(replica)}:${runs.length === 2 ? `${runs[0]},${runs[1]}` : runs.join()};`;
	}
	return key;
}

/** Sorted by code points; most sets come that way. */
function inOrder(set: DeliveredSet): Iterable<string> {
	let before: string | null = null;
	for (const replica of set.keys()) {
		if (before !== null && byCodePoint(before, replica) > 0) return [...set.keys()].sort(byCodePoint);
		before = replica;
	}
	return set.keys();
}

export function hasDelivered(set: DeliveredSet, replica: string, number: number): boolean {
	const runs = set.get(replica);
	return runs !== undefined && runIncluding(runs, number) !== -1;
}

/** How many updates. */
export function sizeOf(set: DeliveredSet): number {
	let size = 0;
	for (const runs of set.values()) {
		for (let at = 0; at < runs.length; at += 2) size += (runs[at + 1] as number) - (runs[at] as number) + 1;
	}
	return size;
}

/** Everything in `part` is in `whole`. */
export function covers(whole: DeliveredSet, part: DeliveredSet): boolean {
	for (const [replica, runs] of part) {
		const has = whole.get(replica);
		if (has === undefined) return false;
		if (has === runs) continue;
		// Nearly always: one run each.
		if (has.length === 2 && runs.length === 2) {
			if ((has[0] as number) > (runs[0] as number) || (has[1] as number) < (runs[1] as number)) return false;
			continue;
		}
		for (let at = 0; at < runs.length; at += 2) {
			const run = runIncluding(has, runs[at] as number);
			if (run === -1 || (has[run + 1] as number) < (runs[at + 1] as number)) return false;
		}
	}
	return true;
}

export function union(left: DeliveredSet, right: DeliveredSet): DeliveredSet {
	if (covers(left, right)) return left;
	// Nothing is copied where a set grew: there are as many of them as events.
	if (covers(right, left)) return right;
	const result = new Map(left);
	for (const [replica, runs] of right) {
		const has = result.get(replica);
		result.set(replica, has === undefined ? runs : unite(has, runs));
	}
	return result;
}

/** What of `left` is not in `right`. */
export function subtract(left: DeliveredSet, right: DeliveredSet): DeliveredSet {
	const result = new Map<string, Runs>();
	for (const [replica, runs] of left) {
		const without = right.get(replica);
		if (without === runs) continue;
		const rest = without === undefined ? runs : subtractRuns(runs, without);
		if (rest.length > 0) result.set(replica, rest);
	}
	return result;
}

/** The updates one by one, as ids, at most `limit` of them. */
export function listUpdates(set: DeliveredSet, limit: number): string[] {
	const ids: string[] = [];
	for (const replica of inOrder(set)) {
		for (const [first, last] of pairs(set.get(replica) as Runs)) {
			for (let number = first; number <= last; number++) {
				if (ids.length === limit) return ids;
				ids.push(`${replica}:${number}`);
			}
		}
	}
	return ids;
}

/** @returns the replica and the number of an id like `r1:5`; the replica's own id may hold colons */
export function splitUpdateId(id: string): { replica: string; number: number } {
	const colon = id.lastIndexOf(":");
	return { replica: id.slice(0, colon), number: Number(id.slice(colon + 1)) };
}

export function* pairs(runs: Runs): Generator<[first: number, last: number], void, void> {
	for (let at = 0; at < runs.length; at += 2) yield [runs[at] as number, runs[at + 1] as number];
}

/** Where the run that includes the number begins in the list; -1: none does. */
function runIncluding(runs: Runs, number: number): number {
	let low = 0;
	let high = runs.length / 2 - 1;
	while (low <= high) {
		const middle = (low + high) >> 1;
		if (number < (runs[2 * middle] as number)) high = middle - 1;
		else if (number > (runs[2 * middle + 1] as number)) low = middle + 1;
		else return 2 * middle;
	}
	return -1;
}

/** What is in either. */
export function unite(left: Runs, right: Runs): Runs {
	const [first, last] = left as [number, number];
	const [begin, end] = right as [number, number];
	// Nearly always: one run each, one going on from the other.
	if (left.length === 2 && right.length === 2 && begin <= last + 1 && first <= end + 1) {
		if (begin <= first && end >= last) return right;
		if (first <= begin && last >= end) return left;
		return [Math.min(first, begin), Math.max(last, end)];
	}
	return normal([...pairs(left), ...pairs(right)]);
}

function normal(given: Iterable<readonly [first: number, last: number]>): number[] {
	const runs: number[] = [];
	for (const [first, last] of [...given].sort((left, right) => left[0] - right[0])) {
		const end = runs.at(-1);
		if (end !== undefined && first <= end + 1) runs[runs.length - 1] = Math.max(end, last);
		else runs.push(first, last);
	}
	return runs;
}

/** What of the runs is not in the others. */
export function subtractRuns(runs: Runs, without: Runs): Runs {
	// Nearly always: one run each, from 1 on.
	if (runs.length === 2 && without.length === 2 && (without[0] as number) <= (runs[0] as number)) {
		const first = Math.max(runs[0] as number, (without[1] as number) + 1);
		return first > (runs[1] as number) ? NO_RUNS : [first, runs[1] as number];
	}
	const rest: number[] = [];
	let at = 0;
	for (const [first, last] of pairs(runs)) {
		let start = first;
		while (at < without.length && (without[at + 1] as number) < start) at += 2;
		let cut = at;
		while (cut < without.length && (without[cut] as number) <= last) {
			if ((without[cut] as number) > start) rest.push(start, (without[cut] as number) - 1);
			start = (without[cut + 1] as number) + 1;
			cut += 2;
		}
		if (start <= last) rest.push(start, last);
	}
	return rest;
}
