/**
 * Reads of which nobody says what had been delivered before them. A read may be stale, but it shows nothing that no
 * operation wrote which had begun by then and didn't fail: sets and registers only such elements and values, counters
 * a value between the sums of such negative and positive deltas. Jepsen's counter checker bounds from below too, by what was acknowledged:
 * that asks for more than eventual consistency. Other types: not judged.
 */
import type { Json } from "../../history/events.ts";
import { plainReads } from "../black-box.ts";
import { canonical } from "../canonical.ts";
import { isUpdate, type Operation, type Run } from "../run.ts";
import { count, show } from "../words.ts";
import { integer } from "./counter.ts";
import type { Mismatch } from "./model.ts";

export interface ReadsJudged {
	/** How many. */
	judged: number;
	/** Of these, those that show anything. */
	informative: number;
	wrong: number;
	first: { read: Operation; mismatch: Mismatch } | null;
}

type Judge = (view: Json, until: number) => Mismatch | null;

const JUDGES: Readonly<Record<string, (updates: Operation[]) => Judge>> = {
	"g-set": judgeElements,
	"two-phase-set": judgeElements,
	"or-set": judgeElements,
	"rw-set": judgeElements,
	"g-counter": judgeSum,
	"pn-counter": judgeSum,
	"lww-register": judgeValue,
	"mv-register": judgeElements,
};

/** Cost: O(updates + sizes of what was read). */
export function judgeReads(run: Run): ReadsJudged {
	const result: ReadsJudged = { judged: 0, informative: 0, wrong: 0, first: null };
	const make = JUDGES[run.type ?? ""];
	if (make === undefined) return result;
	const judge = make(
		run.operations.filter((operation) => isUpdate(operation) && operation.completion?.kind !== "fail"),
	);
	const reads = plainReads(run).sort((left, right) => endOf(left) - endOf(right));
	for (const read of reads) {
		const view = read.completion?.value ?? null;
		result.judged += 1;
		if (!isInitial(view)) result.informative += 1;
		const mismatch = judge(view, endOf(read));
		if (mismatch === null) continue;
		result.wrong += 1;
		result.first ??= { read, mismatch };
	}
	return result;
}

function endOf(read: Operation): number {
	return read.completion?.index ?? 0;
}

function isInitial(view: Json): boolean {
	return view === null || view === 0 || (Array.isArray(view) && view.length === 0);
}

/** Of every value that was written, or element that was added: the first operation that began to. */
function firstWrites(updates: readonly Operation[]): Map<string, Operation> {
	const first = new Map<string, Operation>();
	for (const update of updates) {
		if (update.f === "remove") continue;
		const key = canonical(update.value);
		const known = first.get(key);
		if (known === undefined || update.invoke.index < known.invoke.index) first.set(key, update);
	}
	return first;
}

function judgeElements(updates: Operation[]): Judge {
	const first = firstWrites(updates);
	return (view, until) => {
		if (!Array.isArray(view)) {
			const words = `read ${show(view)}, which is no array`;
			return { kind: "malformed", words, path: "", expected: [], found: view, operations: [] };
		}
		const shown = new Set<string>();
		for (const element of view) {
			const key = canonical(element);
			const common = { path: "", found: element };
			const add = first.get(key);
			if (shown.has(key)) {
				const words = `read ${show(element)} more than once`;
				const expected = `${show(element)} at most once`;
				return { ...common, kind: "duplicated", words, expected, operations: add === undefined ? [] : [add] };
			}
			shown.add(key);
			if (add === undefined || add.invoke.index > until) return phantom(element, add);
		}
		return null;
	};
}

function judgeValue(updates: Operation[]): Judge {
	const first = firstWrites(updates);
	return (view, until) => {
		const write = first.get(canonical(view));
		if (view === null || (write !== undefined && write.invoke.index <= until)) return null;
		return phantom(view, write);
	};
}

function phantom(value: Json, later: Operation | undefined): Mismatch {
	const why = later === undefined ? "which nobody wrote" : `which ${later.id} began to write only later`;
	return {
		kind: "phantom",
		words: `read ${show(value)}, ${why}`,
		path: "",
		expected: `${show(value)} absent`,
		found: value,
		operations: later === undefined ? [] : [later],
	};
}

/** Must be asked in the order in which the reads ended. */
function judgeSum(updates: Operation[]): Judge {
	let [low, high, next] = [0n, 0n, 0];
	return (view, until) => {
		for (; next < updates.length && (updates[next] as Operation).invoke.index < until; next++) {
			const delta = integer((updates[next] as Operation).value) ?? 0n;
			if (delta < 0n) low += delta;
			else high += delta;
		}
		const value = integer(view);
		if (value !== null && low <= value && value <= high) return null;
		const bounds = low === high ? `is ${low}` : `is between ${low} and ${high}`;
		return {
			kind: value === null ? "malformed" : "wrong",
			words: `read ${show(view)}, but whatever had arrived of the ${count(next, "delta")} begun by then, the sum ${bounds}`,
			path: "",
			expected: `${low} to ${high}`,
			found: view,
			operations: [],
		};
	};
}
