/**
 * The search of a campaign: schedules 0, 1, 2, … in ranges, in this thread at first (most defects show at once), then over
 * workers. What it finds depends on the seed alone, not on how many workers there are: ranges are handed out in order, and
 * after a failure all that were handed out before it are waited for, so that the failing schedule with the smallest
 * index is the one that is reported. Only a bound of time, or an interruption, makes a difference to that.
 *
 * Memory stays flat: results are summed up at once, and workers are replaced after {@link RANGES_UNTIL_RECYCLED} ranges.
 */
import { availableParallelism } from "node:os";
import { Tinypool } from "tinypool";
import { builtEntry } from "../controller/definition.ts";
import { type Coverage, countConfigurations, createCoverage } from "./coverage.ts";
import { FAULT_KINDS, type FaultKind, noFaults } from "./faults.ts";
import type { LawFinding } from "./law-finding.ts";
import type { Playable } from "./playable.ts";
import {
	type Difference,
	type Failure,
	type Range,
	type RangeResult,
	type Subject,
	searchRange,
} from "./search-range.ts";
import type { Job } from "./worker.ts";

export interface SearchOptions {
	subject: Subject;
	/** With the scenario's options bound in; its `load` is done. */
	definition: Playable;
	range: Omit<Range, "from" | "count">;
	runs: number;
	/** Undefined: as many as there are cores, once it takes longer; 0: none, everything in this thread. */
	workers?: number | undefined;
	/** Aborted by whoever has had enough, and when the time is over. */
	signal: AbortSignal;
	onRange(sum: SearchSum): void;
}

export interface SearchSum {
	schedules: number;
	judged: number;
	fullyChecked: number;
	/** Of the wanted property, or, where that was never violated, of another one. */
	failure: Failure | null;
	difference: Difference | null;
	laws: LawFinding[];
	faults: Record<FaultKind, number>;
	configurations(): number;
	timeToFirstFailureMs: number | null;
	elapsedMs: number;
}

/** Before that workers cost more than they bring. */
const ALONE_MS = 400;
const FIRST_RANGE_SCHEDULES = 32;
/** A range is to take about so long: progress is shown, and an interruption heard, between two of them. */
const RANGE_MS = 150;
const LONGEST_RANGE_SCHEDULES = 10_000;
const RANGES_UNTIL_RECYCLED = 400;

/** @throws what loading the module in a worker throws */
export async function search(options: SearchOptions): Promise<SearchSum> {
	const { subject, definition, range, signal } = options;
	const startedAtMs = performance.now();
	const coverage = createCoverage();
	const sum = emptySum(coverage);
	let next = 0;
	let size = FIRST_RANGE_SCHEDULES;
	const lawsByRange: Pick<RangeResult, "from" | "laws">[] = [];
	/** Nothing beyond the smallest index that failed is of interest. */
	let end = options.runs;
	let otherFailure: Failure | null = null;

	const isOver = (): boolean => next >= end || signal.aborted;
	const takeRange = (): Range => {
		const count = Math.min(size, end - next);
		const taken = { ...range, from: next, count };
		next += count;
		return taken;
	};
	const merge = (result: RangeResult, tookMs: number): void => {
		const perSchedule = tookMs / Math.max(1, result.schedules);
		size = Math.max(1, Math.min(LONGEST_RANGE_SCHEDULES, Math.round(RANGE_MS / Math.max(perSchedule, 1e-3))));
		const stop = result.failure?.index ?? result.difference?.index;
		if (stop !== undefined && stop < end) {
			end = stop;
			sum.failure = result.failure;
			sum.difference = result.difference;
		}
		const other = result.otherFailure;
		if (other !== null && other.index < (otherFailure?.index ?? Infinity)) otherFailure = other;
		sum.schedules += result.schedules;
		sum.judged += result.judged;
		sum.fullyChecked += result.fullyChecked;
		if (result.laws.length > 0) lawsByRange.push({ from: result.from, laws: result.laws });
		for (const kind of FAULT_KINDS) sum.faults[kind] += result.faults[kind];
		sum.elapsedMs = performance.now() - startedAtMs;
		if (stop !== undefined) sum.timeToFirstFailureMs ??= sum.elapsedMs;
		options.onRange(sum);
	};
	const run = async (play: (range: Range) => RangeResult | Promise<RangeResult>): Promise<void> => {
		const beganAtMs = performance.now();
		const result = await play(takeRange());
		merge(result, performance.now() - beganAtMs);
	};

	const aloneUntilMs = options.workers === undefined ? ALONE_MS : options.workers === 0 ? Infinity : 0;
	while (!isOver() && performance.now() - startedAtMs < aloneUntilMs) {
		await run((next) => searchRange(definition, subject, next, coverage));
		await breathe();
	}
	if (!isOver()) await searchWithWorkers();
	// What was played beyond the failing schedule is luck: it depends on who was faster.
	const failedAt = sum.failure?.index ?? sum.difference?.index;
	if (failedAt !== undefined) sum.schedules = failedAt + 1;
	sum.failure ??= sum.difference === null ? otherFailure : null;
	sum.laws = lawsByRange
		.filter(({ from }) => from <= end)
		.sort((a, b) => a.from - b.from)
		.flatMap(({ laws }) => laws);
	sum.elapsedMs = performance.now() - startedAtMs;
	return sum;

	async function searchWithWorkers(): Promise<void> {
		const count = options.workers ?? availableParallelism();
		const pool = new Tinypool({
			filename: builtEntry("explore/worker.ts"),
			minThreads: count,
			maxThreads: count,
			concurrentTasksPerWorker: 1,
		});
		try {
			while (!isOver()) {
				let ranges = RANGES_UNTIL_RECYCLED;
				const drive = async (): Promise<void> => {
					while (!isOver() && ranges-- > 0) {
						await run(
							(next) => pool.run({ subject, range: next, coverage } satisfies Job) as Promise<RangeResult>,
						);
					}
				};
				await Promise.all(Array.from({ length: count }, drive));
				if (!isOver()) await pool.recycleWorkers();
			}
		} finally {
			await pool.destroy();
		}
	}
}

function emptySum(coverage: Coverage): SearchSum {
	return {
		schedules: 0,
		judged: 0,
		fullyChecked: 0,
		failure: null,
		difference: null,
		laws: [],
		faults: noFaults(),
		configurations: () => countConfigurations(coverage),
		timeToFirstFailureMs: null,
		elapsedMs: 0,
	};
}

/** Lets timers and signals of this thread have their turn. */
function breathe(): Promise<void> {
	return new Promise((resolve) => {
		setImmediate(resolve);
	});
}
