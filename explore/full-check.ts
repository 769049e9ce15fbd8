/**
 * Has the ordinary checker judge a schedule, with all that it knows: what the fast check (`judge.ts`) leaves out is the order of
 * concurrent last-writer-wins writes, texts and lists, sessions and causality, specifications and settled invariants of
 * applications. That costs as much as two to five plays, so only some schedules are judged so. Which of them follows from
 * the seed and their number alone.
 */
import { type CheckResult, checkEvents } from "../checker/index.ts";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import type { Json } from "../scenarios/scenario.ts";
import type { Violation } from "./judge.ts";
import { oracleOf } from "./oracle.ts";
import { play } from "./play.ts";
import type { Outcome, Playable } from "./playable.ts";
import { replicaIds, type Schedule } from "./schedule.ts";
import { createHistoryOfPlay } from "./witness.ts";

export interface Demands {
	/** Judges by this type's specification. */
	type: string;
	/** Names of properties; null: all that apply. */
	checks: string[] | null;
	/** As the replicas have them. */
	options: Record<string, Json>;
}

/** The first so many are all judged, where the fast check leaves something out: they are small. */
const SMALL_SCHEDULES = 256;
/** Later one of so many is. */
const LATER_SCHEDULES = 8;
/** Where the fast check leaves out no more than sessions and causality. */
const EASY_SCHEDULES = 64;

/** Which of concurrent writes counts is left to the checker. */
const ARBITRATED: readonly string[] = ["lww-register", "lww-map", "or-map"];

/** Whether the schedule of this number, from 0, is judged by the checker too. */
export function isFullyChecked(
	definition: ReplicaDefinition,
	type: string,
	seed: number,
	index: number,
): boolean {
	const isEasy = isJudgedFast(definition, type) && definition.invariants === undefined;
	if (isEasy) return isTurn(seed, index, EASY_SCHEDULES);
	return index < SMALL_SCHEDULES || isTurn(seed, index, LATER_SCHEDULES);
}

/** Whether the fast check judges the whole specification of what is explored. */
export function isJudgedFast(definition: ReplicaDefinition, type: string): boolean {
	return definition.specification === undefined && oracleOf(type) !== null && !ARBITRATED.includes(type);
}

function isTurn(seed: number, index: number, every: number): boolean {
	return (index + Math.abs(seed)) % every === 0;
}

/**
 * Plays a schedule again, and lets the checker judge.
 * @returns null: it finds nothing violated, or not what is wanted
 */
export function checkFully(
	definition: Playable,
	schedule: Schedule,
	demands: Demands & { wanted: string | null },
): Violation | null {
	const { violations } = judgeFully(definition, schedule, demands);
	const { wanted } = demands;
	return violations.find(({ property }) => wanted === null || property === wanted) ?? null;
}

/** For shrinking: what a play of the schedule is to the checker, asked about one property only. */
export function playFully(
	definition: Playable,
	schedule: Schedule,
	property: string,
	demands: Demands,
): Outcome {
	const checks = property.startsWith("invariant:") ? [] : [property];
	const { outcome, violations } = judgeFully(definition, schedule, { ...demands, checks });
	const violation = violations.find((candidate) => candidate.property === property);
	const { schedule: played, events, digest } = outcome;
	if (violation === undefined) return { kind: "held", schedule: played, events, digest };
	return { kind: "violated", violation, schedule: played, events, digest };
}

function judgeFully(
	definition: Playable,
	schedule: Schedule,
	{ type, checks, options }: Demands,
): { outcome: Outcome; violations: Violation[] } {
	const ids = replicaIds(schedule.replicas);
	const { witness, history } = createHistoryOfPlay(definition, type, ids, options);
	const outcome = play(definition, type, schedule, { witness });
	const checked = checkEvents(history, { checks, application: definition });
	return { outcome, violations: violationsOf(checked, ids, schedule.steps.length) };
}

function violationsOf({ properties }: CheckResult, ids: readonly string[], stepIndex: number): Violation[] {
	return properties.flatMap(({ name, verdict, reason, evidence }) => {
		if (verdict !== "fail") return [];
		const { kind, replicas: names } = evidence;
		const cause = typeof kind === "string" ? kind : "";
		const replicas = ids.flatMap((id, index) => (names?.includes(id) === true ? [index] : []));
		return [{ property: name, cause, reason, stepIndex, replicas }];
	});
}
