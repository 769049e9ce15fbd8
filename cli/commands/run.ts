/** `pakka run`: scenarios to verdicts, pages and one exit code; a few at once. */
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { refusals } from "../../controller/refuse.ts";
import type { RunResult } from "../../reports/result.ts";
import { writeIndex } from "../../reports/write-index.ts";
import { formatProblem } from "../../scenarios/index.ts";
import type { RuntimeName } from "../../scenarios/scenario.ts";
import { execute } from "../execute.ts";
import { composeExitCodes, EXIT, exitCodeOf, UsageError } from "../exit-codes.ts";
import { loadScenarios } from "../load-scenarios.ts";
import { findOnPath } from "../on-path.ts";
import type { Reporter, Run, Skipped, Summary } from "../reporters/reporter.ts";
import { type Selection, selectRuns } from "../selection.ts";

export interface RunCommandOptions extends Selection {
	runtime: RuntimeName;
	bail: boolean;
	/** Scenarios at the same time; undefined: as many as there are cores, at most {@link MOST_JOBS}. */
	jobs?: number;
	out: string;
	/** Print what would be run, run nothing. */
	list: boolean;
}

/** Beyond that runs disturb one another's timing more than they save. */
const MOST_JOBS = 4;
/** Refusals of where replicas come from, not of what is done to them. */
const HOSTING: readonly string[] = ["replicas.command", "replicas.image", "replicas.maelstrom"];

export async function run(
	paths: readonly string[],
	options: RunCommandOptions,
	reporters: readonly Reporter[],
	signal: AbortSignal,
): Promise<number> {
	const selected = selectRuns(await loadScenarios(paths), options).map((scenario, key) => ({
		key,
		scenario,
	}));
	if (options.list) {
		for (const { scenario } of selected) {
			process.stdout.write(`${scenario.name}  seed ${scenario.seed}  ${scenario.file ?? ""}\n`);
		}
		return EXIT.met;
	}
	const skipped = [
		...selected.flatMap((run) => skipWithoutPrograms(run)),
		...(await skipUnhosted(selected, paths, options.runtime)),
	];
	const runs = selected.filter((run) => !skipped.some((other) => other.run === run));
	await refuseWhatCannotRun(runs, options.runtime);
	// Once, before anything starts, instead of by every run.
	if (options.runtime === "docker" && runs.length > 0) await requireDocker();
	for (const reporter of reporters) for (const one of skipped) reporter.skipped?.(one);
	const summary = { ...(await runAll(runs, options, reporters, signal)), skipped };
	for (const reporter of reporters) await reporter.finished?.(summary);
	// Nothing has been judged: that is no success.
	if (runs.length === 0) return EXIT.unknown;
	return composeExitCodes([...summary.results.map(exitCodeOf), ...summary.broken.map(() => EXIT.harness)]);
}

function skipWithoutPrograms(run: Run): Skipped[] {
	const missing = run.scenario.requires.filter((program) => findOnPath(program) === null);
	return missing.length === 0
		? []
		: [
				{
					run,
					reason: `it requires ${missing.join(", ")}, which ${missing.length === 1 ? "is" : "are"} not on PATH`,
				},
			];
}

/**
 * A folder's scenarios are for several runtimes: those whose replicas this one can't host at all (a program on this machine, in
 * `docker`) are left out, and said to be. One that was named itself is refused like any other mistake.
 */
async function skipUnhosted(
	runs: readonly Run[],
	paths: readonly string[],
	runtime: RuntimeName,
): Promise<Skipped[]> {
	const named = new Set(paths.map((path) => resolve(path)));
	const skipped = await Promise.all(
		runs.map(async (run) => {
			if (run.scenario.file === null || named.has(run.scenario.file)) return [];
			const refused = await refusals(run.scenario, runtime);
			const isUnhosted = refused.some(({ path }) => HOSTING.includes(path));
			return isUnhosted ? [{ run, reason: refused.map(({ message }) => message).join("; ") }] : [];
		}),
	);
	return skipped.flat();
}

/** @throws Error that says which engine was asked and what to do */
async function requireDocker(): Promise<void> {
	const { probeEngine } = await import("../../controller/runtimes/docker/probe.ts");
	await probeEngine(process.env);
}

/** @throws UsageError naming everything that some run would need and the runtime can't do: nothing has started yet */
async function refuseWhatCannotRun(runs: readonly Run[], runtime: RuntimeName): Promise<void> {
	const scenarios = [
		...new Map(runs.map(({ scenario }) => [scenario.file ?? scenario.name, scenario])).values(),
	];
	const lines = await Promise.all(
		scenarios.map(async (scenario) =>
			(await refusals(scenario, runtime)).map((refusal) =>
				formatProblem({ file: scenario.file ?? scenario.name, line: null, column: null, ...refusal }),
			),
		),
	);
	if (lines.flat().length > 0) throw new UsageError(lines.flat().join("\n"));
}

async function runAll(
	runs: readonly Run[],
	options: RunCommandOptions,
	reporters: readonly Reporter[],
	signal: AbortSignal,
): Promise<Omit<Summary, "skipped">> {
	const startedAt = Date.now();
	const waiting = [...runs];
	const results = new Map<number, RunResult>();
	const broken: Summary["broken"] = [];
	let bailed = false;
	const worker = async (): Promise<void> => {
		while (!bailed && !signal.aborted) {
			const next = waiting.shift();
			if (next === undefined) return;
			const good = await runOne(next, options, reporters, signal, results, broken);
			if (!good && options.bail) bailed = true;
		}
	};
	const jobs = options.jobs ?? Math.min(availableParallelism(), MOST_JOBS);
	await Promise.all(Array.from({ length: Math.min(jobs, runs.length) }, worker));
	await finishFolder(options.out, [...results.values()]);
	return {
		results: [...results].sort(([left], [right]) => left - right).map(([, result]) => result),
		broken,
		notRun: waiting.length,
		durationMs: Date.now() - startedAt,
		outDir: options.out,
	};
}

/** @returns whether the expectation was met */
async function runOne(
	run: Run,
	options: RunCommandOptions,
	reporters: readonly Reporter[],
	signal: AbortSignal,
	results: Map<number, RunResult>,
	broken: Summary["broken"],
): Promise<boolean> {
	for (const reporter of reporters) reporter.started?.(run);
	try {
		const result = await execute(run.scenario, {
			runtime: options.runtime,
			outDir: options.out,
			signal,
			onProgress: (progress) => {
				for (const reporter of reporters) reporter.progressed?.(run, progress);
			},
		});
		results.set(run.key, result);
		for (const reporter of reporters) reporter.ended?.(run, result);
		return result.met;
	} catch (thrown) {
		const error = thrown instanceof Error ? thrown : new Error(String(thrown));
		broken.push({ run, error });
		for (const reporter of reporters) reporter.broke?.(run, error);
		return false;
	}
}

async function finishFolder(outDir: string, results: readonly RunResult[]): Promise<void> {
	const newest = results.at(-1);
	if (newest === undefined) return;
	await pointLatest(outDir, basename(newest.folder));
	await writeIndex(outDir);
}

/** Replaces the link in one step: somebody may be following it right now. */
async function pointLatest(outDir: string, target: string): Promise<void> {
	await mkdir(outDir, { recursive: true });
	const temporary = join(outDir, `.latest-${process.pid}`);
	await rm(temporary, { force: true });
	await symlink(target, temporary);
	await rename(temporary, join(outDir, "latest"));
}
