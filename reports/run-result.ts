/**
 * What one run came to: `result.json` in the run's folder, and the objects that `--reporter json` prints. Only the
 * shape; `result.ts` reads and writes it. The page imports this file too, so it stays free of Node.
 */

import type { PropertyVerdict, Statistics, Verdict } from "../checker/verdict.ts";
import type { EndReason } from "../history/events.ts";

export interface RunResult {
	scenario: string;
	runtime: string;
	seed: number;
	/** What the checker found. */
	verdict: Verdict;
	expect: "pass" | { fail: string };
	/** Whether it came as expected. */
	met: boolean;
	properties: PropertyVerdict[];
	stats: Statistics;
	/** One command that shows it again. */
	replay: string;
	durationMs: number;
	/** ISO 8601. */
	startedAt: string;
	/** Null: the recording has no end. */
	endReason: EndReason | null;
	endDetail?: string;
	warnings: string[];
	/** Absolute path of the run's folder. */
	folder: string;
	/** Absolute path of the scenario file, where it came from one. */
	scenarioFile?: string;
	/** Versions and machine, as names and values for the page's last section. */
	environment?: Record<string, string>;
}
