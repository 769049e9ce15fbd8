/** Says what an exhaustive search went through, and what it did not: claims are made in these words only. */
import { isJudgedFast } from "../full-check.ts";
import { oracleOf } from "../oracle.ts";
import { copiesOf, type ExhaustiveProblem } from "./problem.ts";

export interface Extent {
	/** Runs were gone through up to so many operations in all; null: to their ends. */
	operationsReached: number | null;
	schedules: bigint | null;
	fingerprints: boolean;
	readsClock: boolean;
	/** Ends at which replicas had not delivered the same. */
	unequalEnds: number;
	/** Why it ended before; null: nothing ended it. */
	stopped: "found" | "limit" | null;
}

export function describeScope(problem: ExhaustiveProblem, extent: Extent): string {
	const size = describeSize(problem);
	const all = extent.schedules === null ? "all" : `all ${grouped(extent.schedules)}`;
	const reached =
		extent.operationsReached === null
			? `${all} interleavings of ${size}`
			: `interleavings of ${size} as far as the first ${extent.operationsReached} operations`;
	const cut = { found: "ended at the first violation: ", limit: "not complete: ", none: "" }[
		extent.stopped ?? "none"
	];
	return `${cut}${reached} (${conditions(problem, extent).join("; ")})`;
}

function describeSize({ operations }: ExhaustiveProblem): string {
	const lengths = operations.map(({ length }) => length);
	const same = lengths.every((length) => length === lengths[0]);
	const each = same ? `× ${lengths[0]}` : `with ${lengths.join(" + ")}`;
	return `${lengths.length} replicas ${each} operation${same && lengths[0] === 1 ? "" : "s"}`;
}

function conditions(problem: ExhaustiveProblem, extent: Extent): string[] {
	const { order } = problem.definition.delivers;
	const times = { 1: "once", 2: "twice" }[copiesOf(problem)] ?? `${copiesOf(problem)} times`;
	const ordered = { any: "any order", fifo: "the order of its link", causal: "causal order" }[order];
	const said = [`each labelled message delivered ${times} in ${ordered}`, "no loss, crashes or ticks"];
	if (extent.readsClock) said.push("all clocks stand still at the same instant");
	if (!extent.fingerprints) said.push("states told apart by the messages received and by view only");
	said.push(judgedWords(problem));
	if (extent.unequalEnds > 0) {
		said.push(
			`at ${extent.unequalEnds} ends delivered sets differ, as anti-entropy is left out: convergence is not judged there`,
		);
	}
	return said;
}

/** Nothing beyond it is proven. */
function judgedWords({ definition, type }: ExhaustiveProblem): string {
	if (isJudgedFast(definition, type)) {
		return `agreement is judged, and each view by the specification of ${type}`;
	}
	if (definition.specification === undefined && oracleOf(type) !== null) {
		return `agreement is judged, and each view by the specification of ${type} but for which of concurrent writes counts`;
	}
	const what = definition.specification === undefined ? type : "its own specification";
	return `agreement alone is judged: whether the views are right (${what}) is not`;
}

/** 141,891,750, whatever the locale. */
function grouped(count: bigint): string {
	return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
