/** What a reporter is told of a `run`; each shows or writes it in its own way. */
import type { Progress } from "../../controller/run.ts";
import type { RunResult } from "../../reports/result.ts";
import type { Scenario } from "../../scenarios/scenario.ts";

/** One scenario with one seed. `key` tells apart what runs at the same time. */
export interface Run {
	key: number;
	scenario: Scenario;
}

export interface Skipped {
	run: Run;
	/** Why, in words. */
	reason: string;
}

export interface Summary {
	results: RunResult[];
	/** Runs that the harness itself could not bring to an end. */
	broken: { run: Run; error: Error }[];
	/** Selected, but a program that they require is not on this machine. */
	skipped: Skipped[];
	/** Selected but never started: after `--bail` or an interrupt. */
	notRun: number;
	durationMs: number;
	outDir: string;
}

export interface Reporter {
	skipped?(skipped: Skipped): void;
	started?(run: Run): void;
	progressed?(run: Run, progress: Progress): void;
	ended?(run: Run, result: RunResult): void;
	broke?(run: Run, error: Error): void;
	finished?(summary: Summary): void | Promise<void>;
}
