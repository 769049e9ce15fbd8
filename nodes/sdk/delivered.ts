/**
 * Delivered sets: which updates a replica has delivered, by the replica that accepted them. Per replica a flat list
 * of runs `[first, last, first, last, …]`, ascending, apart from one another. Nearly always that is one run from 1,
 * a version vector, and every function has its fast path for it. There are gaps where updates are delivered out of
 * order, and where a node lost its disk: its new incarnation numbers from {@link firstUpdateNumber}, and
 * update 1000001 follows nothing.
 *
 * Changed in place (`addUpdate`, `addAll`); the JSON form is cached and never changed after it was handed out, so
 * that it can travel in messages as it is.
 */
import type { DeliveredJson, ReplicaId } from "./replica.ts";

export interface DeliveredSet {
	readonly runs: Map<ReplicaId, number[]>;
	/** Cached JSON form; null when the set has changed since. */
	json: DeliveredJson | null;
}

/** One run that is longer is not a delivered set but garbage. */
const LONGEST_RUN_UPDATES = 100_000_000;

/** A copy that shares only what is never changed. */
export function copyDelivered({ runs, json }: DeliveredSet): DeliveredSet {
	const copy = new Map<ReplicaId, number[]>();
	for (const [replica, list] of runs) copy.set(replica, list.slice());
	return { runs: copy, json };
}

/** @param replicas fixes the order in which the JSON form names them */
export function emptyDelivered(replicas: readonly ReplicaId[] = []): DeliveredSet {
	const runs = new Map<ReplicaId, number[]>();
	for (const replica of replicas) runs.set(replica, []);
	return { runs, json: null };
}

export function deliveredFromJson(json: DeliveredJson, replicas: readonly ReplicaId[] = []): DeliveredSet {
	const set = emptyDelivered(replicas);
	addAll(set, json);
	return set;
}

/** The JSON form; constant time while the set doesn't change. Not to be changed. */
export function deliveredToJson(set: DeliveredSet): DeliveredJson {
	if (set.json !== null) return set.json;
	const json: DeliveredJson = {};
	for (const [replica, runs] of set.runs) {
		if (runs.length === 2 && runs[0] === 1) json[replica] = runs[1] as number;
		else if (runs.length > 0) json[replica] = pairs(runs);
	}
	set.json = json;
	return json;
}

export function hasUpdate(set: DeliveredSet, replica: ReplicaId, number: number): boolean {
	const runs = set.runs.get(replica);
	if (runs === undefined) return false;
	for (let i = runs.length - 2; i >= 0; i -= 2) {
		if (number >= (runs[i] as number)) return number <= (runs[i + 1] as number);
	}
	return false;
}

/** @returns whether the update was not in the set before */
export function addUpdate(set: DeliveredSet, replica: ReplicaId, number: number): boolean {
	const runs = set.runs.get(replica);
	if (runs !== undefined && runs.length > 0 && runs[runs.length - 1] === number - 1) {
		runs[runs.length - 1] = number;
		set.json = null;
		return true;
	}
	return addRun(set, replica, number, number);
}

/** Adds all of `other`: union. @returns whether that changed the set */
export function addAll(set: DeliveredSet, other: DeliveredJson): boolean {
	let changed = false;
	for (const replica in other) {
		const entry = other[replica] as DeliveredJson[string];
		if (typeof entry === "number") {
			if (entry > 0 && !hasUpTo(set.runs.get(replica), entry) && addRun(set, replica, 1, entry)) {
				changed = true;
			}
		} else {
			for (const [first, last] of entry) if (addRun(set, replica, first, last)) changed = true;
		}
	}
	return changed;
}

/** Whether every update of `other` is in the set. */
export function covers(set: DeliveredSet, other: DeliveredJson): boolean {
	return other === set.json || firstMissing(set, other) === null;
}

/** The lowest update of the first replica of `other` that has one which is not in the set; null: `other` is covered. */
export function firstMissing(
	set: DeliveredSet,
	other: DeliveredJson,
): { replica: ReplicaId; number: number } | null {
	for (const replica in other) {
		const entry = other[replica] as DeliveredJson[string];
		const runs = set.runs.get(replica) ?? NO_RUNS;
		if (typeof entry === "number") {
			if (entry <= 0 || (runs[0] === 1 && (runs[1] as number) >= entry)) continue;
			return { replica, number: runs[0] === 1 ? (runs[1] as number) + 1 : 1 };
		}
		for (const [first, last] of entry) {
			const number = firstGap(runs, first, last);
			if (number !== null) return { replica, number };
		}
	}
	return null;
}

/** Calls `visit` for every update of `other` that is not in the set, ascending by replica. */
export function forEachMissing(
	set: DeliveredSet,
	other: DeliveredJson,
	visit: (replica: ReplicaId, number: number) => void,
): void {
	for (const replica in other) {
		const entry = other[replica] as DeliveredJson[string];
		const runs = set.runs.get(replica) ?? NO_RUNS;
		if (typeof entry === "number" && hasUpTo(runs, entry)) continue;
		const ranges = typeof entry === "number" ? [[1, entry] as const] : entry;
		for (const [first, last] of ranges) {
			for (let gap = firstGap(runs, first, last); gap !== null; ) {
				const next = runs.find((bound, index) => index % 2 === 0 && bound > (gap as number));
				const end = next === undefined ? last : Math.min(last, next - 1);
				for (let number = gap; number <= end; number++) visit(replica, number);
				gap = firstGap(runs, end + 1, last);
			}
		}
	}
}

export function equalDelivered(a: DeliveredSet, b: DeliveredSet): boolean {
	return covers(a, deliveredToJson(b)) && covers(b, deliveredToJson(a));
}

/** Whether a value from outside has the shape of a delivered set. */
export function isDeliveredJson(value: unknown): value is DeliveredJson {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
	for (const replica in value) {
		const entry = (value as Record<string, unknown>)[replica];
		if (typeof entry === "number" ? !isRun(1, entry) && entry !== 0 : !isRunList(entry)) return false;
	}
	return true;
}

const NO_RUNS: number[] = [];

/** The usual case: a single run from 1 that reaches so far. */
function hasUpTo(runs: number[] | undefined, number: number): boolean {
	return runs !== undefined && runs[0] === 1 && (runs[1] as number) >= number;
}

function isRunList(value: unknown): boolean {
	if (!Array.isArray(value)) return false;
	return value.every(
		(run: unknown) => Array.isArray(run) && run.length === 2 && isRun(run[0] as unknown, run[1] as unknown),
	);
}

function isRun(first: unknown, last: unknown): boolean {
	if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return false;
	const length = (last as number) - (first as number);
	return (first as number) >= 1 && length >= 0 && length < LONGEST_RUN_UPDATES;
}

function pairs(runs: number[]): [number, number][] {
	const list: [number, number][] = [];
	for (let i = 0; i < runs.length; i += 2) list.push([runs[i] as number, runs[i + 1] as number]);
	return list;
}

/** The lowest number of first…last that is in none of the runs. */
function firstGap(runs: number[], first: number, last: number): number | null {
	let candidate = first;
	for (let i = 0; i < runs.length && candidate <= last; i += 2) {
		if (candidate < (runs[i] as number)) break;
		if (candidate <= (runs[i + 1] as number)) candidate = (runs[i + 1] as number) + 1;
	}
	return candidate <= last ? candidate : null;
}

/** Adds first…last, joining the runs that it overlaps or touches. @returns whether that changed the set */
function addRun(set: DeliveredSet, replica: ReplicaId, first: number, last: number): boolean {
	const runs = set.runs.get(replica);
	if (runs === undefined) {
		set.runs.set(replica, [first, last]);
		set.json = null;
		return true;
	}
	let start = 0;
	while (start < runs.length && (runs[start + 1] as number) < first - 1) start += 2;
	let end = start;
	let joinedFirst = first;
	let joinedLast = last;
	while (end < runs.length && (runs[end] as number) <= last + 1) {
		joinedFirst = Math.min(joinedFirst, runs[end] as number);
		joinedLast = Math.max(joinedLast, runs[end + 1] as number);
		end += 2;
	}
	if (end === start + 2 && runs[start] === joinedFirst && runs[start + 1] === joinedLast) return false;
	runs.splice(start, end - start, joinedFirst, joinedLast);
	set.json = null;
	return true;
}
