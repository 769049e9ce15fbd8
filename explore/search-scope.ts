/**
 * The strategy `exhaustive` of a campaign: every schedule of a small scope, in a worker, which an interruption or the bound
 * of time ends at once. What is told then is that nothing was completed.
 */
import { Tinypool } from "tinypool";
import { builtEntry } from "../controller/definition.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { problemOf } from "./exhaustive/from-scenario.ts";
import type { ExhaustiveJob } from "./exhaustive-worker.ts";
import type { Playable } from "./playable.ts";
import type { Subject } from "./search-range.ts";
import { type ExhaustiveSearch, searchExhaustively } from "./strategies/exhaustive.ts";

export interface ScopeSearchOptions {
	/** With the campaign's seed. */
	scenario: Scenario;
	subject: Subject;
	/** Searched in this thread; null: loaded in a worker. */
	definition: Playable | null;
	/** Of each replica; undefined: as many as can be completed in moments. */
	operations: number | undefined;
	signal: AbortSignal;
}

/** Two replicas with three operations, or three with two, take about a second. */
const FEASIBLE_OPERATIONS = 6;

/** @returns null when it was ended before it was through */
export async function searchScope(options: ScopeSearchOptions): Promise<ExhaustiveSearch | null> {
	const { scenario, subject, definition, signal } = options;
	const replicas = scenario.replicas.names.length;
	const operations = options.operations ?? Math.max(1, Math.floor(FEASIBLE_OPERATIONS / replicas));
	if (signal.aborted) return null;
	if (definition !== null) {
		return searchExhaustively(problemOf(scenario, definition, { operations }), () => performance.now());
	}
	const pool = new Tinypool({
		filename: builtEntry("explore/exhaustive-worker.ts"),
		minThreads: 1,
		maxThreads: 1,
	});
	try {
		const job: ExhaustiveJob = { scenario, subject, operations };
		return (await pool.run(job, { signal })) as ExhaustiveSearch;
	} catch (error) {
		if (signal.aborted) return null;
		throw error;
	} finally {
		await pool.destroy();
	}
}
