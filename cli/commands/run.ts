/** `pakka run`: scenarios to verdicts, pages and one exit code; a few at once. */
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { refusals } from "../../controller/refuse.ts";
import type { RunResult } from "../../reports/result.ts";
import { writeIndex } from "../../reports/write-index.ts";
import { formatProblem, placeOf } from "../../scenarios/index.ts";
import type { RuntimeName, Scenario } from "../../scenarios/scenario.ts";
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
	const withoutProgram = selected.flatMap((run) => skipWithoutPrograms(run));
	const present = without(selected, withoutProgram);
	const ofOtherRuntimes = await skipOrRefuse(present, options.runtime);
	const runnable = without(present, ofOtherRuntimes);
	// Once, before anything starts, instead of by every run.
	const ofOtherMachines =
		options.runtime === "docker" && runnable.length > 0 ? await requireDocker(runnable) : [];
	const runs = without(runnable, ofOtherMachines);
	const skipped = [...withoutProgram, ...ofOtherRuntimes, ...ofOtherMachines];
	for (const reporter of reporters) for (const one of skipped) reporter.skipped?.(one);
	const summary = { ...(await runAll(runs, options, reporters, signal)), skipped };
	for (const reporter of reporters) await reporter.finished?.(summary);
	// Nothing has been judged: that is no success.
	if (runs.length === 0) return EXIT.unknown;
	return composeExitCodes([...summary.results.map(exitCodeOf), ...summary.broken.map(() => EXIT.harness)]);
}

function without(runs: readonly Run[], skipped: readonly Skipped[]): Run[] {
	const gone = new Set(skipped.map(({ run }) => run));
	return runs.filter((run) => !gone.has(run));
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
 * @returns programs of this machine that its engine can't run, where there is something else to run
 * @throws Error that says which engine was asked and what to do
 */
async function requireDocker(runs: readonly Run[]): Promise<Skipped[]> {
	const { probeEngine, whyNoCommands } = await import("../../controller/runtimes/docker/probe.ts");
	await probeEngine(process.env);
	const commands = runs.filter(({ scenario }) => isProgram(scenario));
	if (commands.length === 0 || commands.length === runs.length) return [];
	const reason = await whyNoCommands(process.env);
	return reason === null ? [] : commands.map((run) => ({ run, reason }));
}

function isProgram({ replicas: { source } }: Scenario): boolean {
	return source.kind === "command" || source.kind === "maelstrom";
}

/** Kinds of replicas that a runtime may not be able to bring; faults that it can't inject are never left out. */
const REPLICAS_OF_OTHER_RUNTIMES = /^replicas\.(command|image|maelstrom)$/;

/**
 * What the runtime can't do, before anything starts. Among several scenarios one whose replicas belong to another runtime is
 * skipped in words; everything else is a mistake.
 * @throws UsageError naming each
 */
async function skipOrRefuse(runs: readonly Run[], runtime: RuntimeName): Promise<Skipped[]> {
	const refused = await Promise.all(
		[...groupByScenario(runs)].map(async ([first, all]) => ({
			all,
			scenario: first,
			refused: await refusals(first, runtime),
		})),
	);
	const bad = refused.filter(({ refused }) => refused.length > 0);
	const skippable = ({ refused }: (typeof bad)[number]): boolean =>
		bad.length < groupByScenario(runs).size &&
		refused.every(({ path }) => REPLICAS_OF_OTHER_RUNTIMES.test(path));
	const mistakes = await Promise.all(
		bad
			.filter((one) => !skippable(one))
			.flatMap(({ scenario: { file, name }, refused }) =>
				refused.map(async (refusal) =>
					formatProblem({ file: file ?? name, ...(await placeOf(file, refusal.path)), ...refusal }),
				),
			),
	);
	if (mistakes.length > 0) throw new UsageError(mistakes.join("\n"));
	return bad.flatMap(({ all, refused }) =>
		all.map((run) => ({ run, reason: refused.map(({ message }) => message).join("; ") })),
	);
}

/** A scenario that is run with several seeds is looked at once. */
function groupByScenario(runs: readonly Run[]): Map<Scenario, Run[]> {
	const byFile = new Map<string, { first: Scenario; all: Run[] }>();
	for (const run of runs) {
		const key = run.scenario.file ?? run.scenario.name;
		const group = byFile.get(key) ?? { first: run.scenario, all: [] };
		group.all.push(run);
		byFile.set(key, group);
	}
	return new Map([...byFile.values()].map(({ first, all }) => [first, all]));
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
