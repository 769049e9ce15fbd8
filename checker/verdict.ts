/**
 * What the checker says. Verdicts are three-valued: `unknown` wherever there was nothing to judge, something
 * could not be read, or a check threw; composed as fail > unknown > pass.
 */
import type { Json } from "../history/events.ts";

export type Verdict = "pass" | "fail" | "unknown";

export interface PropertyVerdict {
	/** One of the names of contracts section 2. */
	name: string;
	verdict: Verdict;
	/** One plain sentence that names replicas, updates, moment, path. */
	reason: string;
	evidence: Evidence;
}

/** Whatever shows it; the fields that have a common meaning are named. All optional, all JSON. */
export interface Evidence {
	replicas?: string[];
	/** Update ids, `r1:5`. */
	updates?: string[];
	/** Operation ids, `c1-17`. */
	operations?: string[];
	/** Indexes of the history events that show it, in order: the space-time diagram of the evidence draws these. */
	events?: number[];
	/** Nanoseconds since the start: the moment it first showed. */
	time?: number;
	/** Where two views first differ, e.g. `items.milk` or `[3]`; empty: at the root. */
	path?: string;
	expected?: Json;
	found?: Json;
	/** Canonical views side by side, by replica; at most a few. */
	views?: Record<string, Json>;
	/** Why it failed, where that can be told. */
	explanation?: Explanation;
	/** What was looked at, in numbers (observations compared, groups, operations). */
	examined?: Record<string, number>;
	[more: string]: Json | undefined;
}

/** The few updates that matter for a failure, and what became of them. Plain JSON. */
export type Explanation = {
	/** In plain words, e.g. `r3 applied r1:4 (remove "milk") before r2:2 (add "milk"), the add that it removes, …`. */
	sentence: string;
	/** In the order in which clients asked for them. */
	updates: {
		/** `r1:5`; the operation's id where it has no number. */
		update: string;
		operation: string;
		f: string;
		value: Json;
		/** Those of the others that its replica had applied when it accepted it. */
		hadSeen: string[];
	}[];
	firstDisagreement: { time: number; replicas: string[]; events: number[] };
	/** By replica the updates that it had applied by then, in its order; empty: nobody knows. */
	deliveries: Record<string, string[]>;
	/** Where the views differ; empty: at the root. */
	path: string;
};

export interface Statistics {
	replicas: number;
	operations: number;
	ok: number;
	fail: number;
	info: number;
	faults: number;
	/** From the heal phase to the moment from which all views stayed equal; null when they never did. */
	convergedAfterMs: number | null;
	/** Share of operations that completed `ok`, of those invoked; null without operations. */
	availability: number | null;
	[more: string]: number | null;
}

export interface CheckResult {
	verdict: Verdict;
	properties: PropertyVerdict[];
	stats: Statistics;
	/** Things a reader should know that decide nothing: a torn last line, no delivered sets, … */
	warnings: string[];
}

export function compose(verdicts: readonly Verdict[]): Verdict {
	if (verdicts.includes("fail")) return "fail";
	return verdicts.length === 0 || verdicts.includes("unknown") ? "unknown" : "pass";
}
