/**
 * A range of a campaign's schedules, played one after the other until one fails: the unit of work that workers get. Plain data
 * in and out. Pure apart from the definition: the same range has the same result, whoever plays it.
 */

import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import type { Json, Manifest, ReplicaSource, Scenario } from "../scenarios/scenario.ts";
import { type Coverage, markConfiguration } from "./coverage.ts";
import { checkDeterminism, isPlayedTwice } from "./determinism.ts";
import { type FaultKind, noFaults } from "./faults.ts";
import { checkFully, isFullyChecked } from "./full-check.ts";
import { generate, type RandomStrategy, type Sizes } from "./generate.ts";
import type { Violation } from "./judge.ts";
import type { LawFinding } from "./law-finding.ts";
import { harvestAndExamine, isHarvested } from "./laws.ts";
import { operationMix } from "./operations.ts";
import { play } from "./play.ts";
import type { Playable } from "./playable.ts";
import type { Schedule } from "./schedule.ts";

/** What is explored: of a scenario what a schedule needs. */
export interface Subject {
	source: Extract<ReplicaSource, { kind: "built-in" | "module" }>;
	/** Judges by this type's specification. */
	type: string;
	options: Record<string, Json>;
	/** Null: what the definition claims. */
	delivers: Manifest | null;
	mix: Record<string, number> | null;
	/** What the checker is to judge; null: all that applies. */
	checks: string[] | null;
	/** Of the scenario; those of the replicas' own come besides. */
	invariants: Scenario["invariants"];
}

export interface Range {
	strategy: RandomStrategy;
	sizes: Sizes;
	seed: number;
	/** Index of the first schedule. */
	from: number;
	count: number;
	/** A property to report before others. */
	wanted: string | null;
}

export interface RangeResult {
	from: number;
	/** How many were played; fewer than asked for after a failure. */
	schedules: number;
	/** Of those, how many accepted an update, so that there was something to judge. */
	judged: number;
	/** Of those, how many the ordinary checker judged too. */
	fullyChecked: number;
	/** Of the wanted property, where one is wanted. */
	failure: Failure | null;
	/** The first of another property than the wanted one; it ends nothing. */
	otherFailure: Failure | null;
	difference: Difference | null;
	/** Of the few schedules whose laws were examined. */
	laws: LawFinding[];
	faults: Record<FaultKind, number>;
}

export interface Failure {
	index: number;
	schedule: Schedule;
	violation: Violation;
	/** Only the ordinary checker finds it. */
	byChecker: boolean;
}

/** A schedule that was played twice and did not come out the same. */
export interface Difference {
	index: number;
	whose: "replica" | "harness";
	reason: string;
}

/**
 * Options, manifest and invariants of the scenario, put into the definition: whatever creates or judges a replica gets those.
 * @param invariants of the scenario, loaded
 */
export function bindDefinition(
	definition: ReplicaDefinition,
	{ source, options, delivers }: Subject,
	seed: number,
	invariants: NonNullable<ReplicaDefinition["invariants"]>,
): Playable {
	const all = { ...definition.invariants, ...invariants };
	return {
		...definition,
		...(Object.keys(all).length > 0 && { invariants: all }),
		// Built-in replicas are known to leave alone what they have sent and persisted.
		copies: source.kind !== "built-in",
		seed,
		delivers: delivers ?? definition.delivers,
		create(context, persisted) {
			const { id, replicas, incarnation } = context;
			const now = () => context.now();
			const random = () => context.random();
			return definition.create({ id, replicas, incarnation, options, now, random }, persisted);
		},
	};
}

export function searchRange(
	definition: Playable,
	subject: Subject,
	range: Range,
	coverage: Coverage,
): RangeResult {
	const { type, mix } = subject;
	const operations = operationMix(definition, mix);
	const result: RangeResult = {
		from: range.from,
		schedules: 0,
		judged: 0,
		fullyChecked: 0,
		failure: null,
		otherFailure: null,
		difference: null,
		laws: [],
		faults: noFaults(),
	};
	for (let index = range.from; index < range.from + range.count; index++) {
		const { replicas, choose } = generate(
			definition,
			operations,
			range.strategy,
			range.sizes,
			range.seed,
			index,
		);
		const outcome = play(
			definition,
			type,
			{ replicas, choose },
			{
				wanted: range.wanted,
				checks: subject.checks,
				onConfiguration: (hash) => markConfiguration(coverage, hash),
			},
		);
		result.schedules += 1;
		if (outcome.kind !== "invalid") result.judged += 1;
		countFaults(outcome.schedule, result.faults);
		if (isHarvested(index)) {
			const again = (watched: ReplicaDefinition) => void play(watched, type, outcome.schedule);
			const finding = harvestAndExamine(definition, again, { seed: range.seed });
			if (finding !== null) result.laws.push(finding);
		}
		if (isPlayedTwice(index) || (outcome.kind === "violated" && result.otherFailure === null)) {
			const again = checkDeterminism(definition, (watched) => void play(watched, type, outcome.schedule));
			if (again.kind === "different") {
				result.difference = { index, whose: again.whose, reason: again.reason };
				return result;
			}
		}
		if (outcome.kind === "violated") {
			const { schedule, violation } = outcome;
			const failure: Failure = { index, schedule, violation, byChecker: false };
			if (range.wanted === null || violation.property === range.wanted) {
				result.failure = failure;
				return result;
			}
			result.otherFailure ??= failure;
		}
		if (outcome.kind === "invalid" || !isFullyChecked(definition, type, range.seed, index)) continue;
		result.fullyChecked += 1;
		const violation = checkFully(definition, outcome.schedule, { ...subject, wanted: range.wanted });
		if (violation !== null) {
			result.failure = { index, schedule: outcome.schedule, violation, byChecker: true };
			return result;
		}
	}
	return result;
}

function countFaults({ replicas, steps }: Schedule, counts: Record<FaultKind, number>): void {
	/** The highest number that has arrived, by link. */
	const highest: number[] = [];
	const seen = new Set<number>();
	for (const step of steps) {
		switch (step.kind) {
			case "deliver": {
				const link = step.from * replicas + step.to;
				const before = highest[link] ?? 0;
				const message = link * 1_000_000 + step.number;
				if (seen.has(message)) counts.duplicate += 1;
				else if (step.number < before) counts.reorder += 1;
				seen.add(message);
				highest[link] = Math.max(before, step.number);
				break;
			}
			case "crash":
				counts[step.disk === "keep" ? "crash" : step.disk] += 1;
				break;
			case "drop":
			case "clock":
			case "tick":
				counts[step.kind] += 1;
				break;
			default:
		}
	}
}
