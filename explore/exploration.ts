/** What a campaign tells: `exploration.json` (contracts section 2), and its progress meanwhile. */
import type { PropertyVerdict } from "../checker/verdict.ts";
import type { FaultKind } from "./faults.ts";

export type Strategy = "random" | "pct" | "exhaustive";

export interface Exploration {
	scenario: string;
	strategy: Strategy;
	seed: number;
	/** That were played; up to the failing one, when there is one. */
	schedules: number;
	seconds: number;
	/** The scope was exhausted: what was not found does not exist in it. */
	complete: boolean;
	/** What was searched, in words. */
	scope: string;
	found: Found | null;
	/** Plays of one schedule that came out differently: nothing that is found could be replayed then. */
	nondeterminism: { whose: "replica" | "harness"; reason: string } | null;
	/** Whether the type keeps the laws that make it converge, on what some of the schedules reached. */
	laws: PropertyVerdict;
	/**
	 * What the search found and the checker did not confirm: the replica does not behave the same each time, or the harness is
	 * mistaken; in several lines.
	 */
	unconfirmed: string | null;
	/** It was ended from outside, or by its bound of time. */
	interrupted: boolean;
	/** Of the schedules those that accepted an update; without any, nothing was judged. */
	judged: number;
	/** Of those, how many the ordinary checker judged with all that it knows; the others only the fast check. */
	fullyChecked: number;
	/** Different configurations: what each replica had delivered. Estimated. */
	configurations: number;
	faults: Record<FaultKind, number>;
	timeToFirstFailureMs: number | null;
	/** Where this and the counterexample stand. */
	folder: string;
}

export interface Found {
	property: string;
	reason: string;
	/** Why, in plain words, where the checker can tell. */
	explanation: string | null;
	/** Path of the counterexample's scenario file. */
	counterexample: string;
	operations: number;
	replicas: number;
	/** The failing schedule was this one, counted from 1. */
	afterSchedules: number;
	/** Types that again. */
	replay: string;
}

export interface ExplorationProgress {
	phase: "search" | "shrink" | "done";
	schedules: number;
	schedulesPerSecond: number;
	configurations: number;
	faults: Record<FaultKind, number>;
	timeToFirstFailureMs: number | null;
}

/** What the expectation of the scenario says to that. */
export function verdictOf(
	{ found, judged, laws, nondeterminism, unconfirmed }: Exploration,
	expect: "pass" | { fail: string },
): "met" | "failed" | "unknown" | "harness" {
	if (unconfirmed !== null || nondeterminism?.whose === "harness") return "harness";
	if (nondeterminism !== null) return "unknown";
	const broken = laws.verdict === "fail";
	if (expect !== "pass") {
		return found?.property === expect.fail || (broken && expect.fail === laws.name) ? "met" : "failed";
	}
	if (found !== null || broken) return "failed";
	return judged > 0 ? "met" : "unknown";
}
