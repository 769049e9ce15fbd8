/** `pakka explore`: searches the schedules of one scenario for a counterexample; shows progress, result and exit code. */
import { join, relative } from "node:path";
import pc from "picocolors";
import { knowReplica } from "../../controller/definition.ts";
import {
	type Exploration,
	type ExplorationProgress,
	type Strategy,
	explore as search,
	verdictOf,
} from "../../explore/index.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { execute } from "../execute.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { loadScenarios } from "../load-scenarios.ts";
import { liveLines } from "../reporters/live-lines.ts";
import type { Output } from "../reporters/output.ts";
import { cleanText, printDuration } from "../terminal-text.ts";

export interface ExploreCommandOptions {
	runs?: number;
	timeMs?: number;
	seed?: number;
	strategy: Strategy;
	operations?: number;
	workers?: number;
	out: string;
	json: boolean;
}

const EXIT_CODES = {
	met: EXIT.met,
	failed: EXIT.failed,
	unknown: EXIT.unknown,
	harness: EXIT.harness,
} as const;

/** @param output for people; with `json` not stdout */
export async function explore(
	path: string,
	{ out, json, ...options }: ExploreCommandOptions,
	output: Output,
	signal: AbortSignal,
): Promise<number> {
	const scenario = await loadOne(path);
	const live = liveLines(output);
	live.set(0, scenario.name);
	try {
		const exploration = await search(scenario, {
			...options,
			outDir: out,
			signal,
			onProgress: (progress) => live.set(0, `${scenario.name}  ${pc.dim(printProgress(progress))}`),
		});
		const page = exploration.found === null ? null : await drawCounterexample(exploration, signal);
		live.end();
		if (json) process.stdout.write(`${JSON.stringify(exploration, null, 2)}\n`);
		else output.write(printExploration(exploration, scenario, page));
		return EXIT_CODES[verdictOf(exploration, scenario.expect)];
	} finally {
		live.end();
	}
}

/** Runs it once as `pakka replay` does, beside its file. @returns its page; null when somebody wants an end */
async function drawCounterexample(
	{ found, folder }: Exploration,
	signal: AbortSignal,
): Promise<string | null> {
	if (found === null || signal.aborted) return null;
	const counterexample = await loadOne(found.counterexample);
	const result = await execute(counterexample, { runtime: "sim", outDir: folder, signal });
	return join(result.folder, "report.html");
}

/**
 * @throws UsageError unless the path leads to one scenario that the simulator can run: also where the replicas' module can't be
 *   loaded, or a package that they need is not installed
 */
async function loadOne(path: string): Promise<Scenario> {
	const scenarios = await loadScenarios([path]);
	const [scenario] = scenarios;
	if (scenario === undefined || scenarios.length > 1) {
		const names = scenarios.map(({ name }) => name).join(", ");
		throw new UsageError(`${path}: expected one scenario to explore, found ${scenarios.length} (${names})`);
	}
	const { kind } = scenario.replicas.source;
	if (kind !== "built-in" && kind !== "module") {
		throw new UsageError(
			`${path} replicas.${kind}: only replicas made with the SDK (type, module) can be explored; this one runs with "pakka run"`,
		);
	}
	try {
		await knowReplica(scenario);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw new UsageError(`${path} replicas.${kind}: ${message}`);
	}
	return scenario;
}

function printProgress({ phase, ...progress }: ExplorationProgress): string {
	if (phase === "shrink") return `shrinking what failed after ${count(progress.schedules, "schedule")}`;
	const faults = Object.entries(progress.faults)
		.filter(([, times]) => times > 0)
		.map(([kind, times]) => `${kind} ${times}`);
	const figures = [
		count(progress.schedules, "schedule"),
		`${progress.schedulesPerSecond}/s`,
		`${progress.configurations} configurations`,
		...faults,
	];
	return figures.join("  ");
}

function printExploration(exploration: Exploration, scenario: Scenario, page: string | null): string {
	const { found, laws, nondeterminism, unconfirmed, seconds, scope, seed } = exploration;
	const isMet = verdictOf(exploration, scenario.expect) === "met";
	const mark = isMet ? pc.green("✓") : pc.red("✗");
	const lines = [
		`${mark} ${scenario.name}  ${pc.dim(`seed ${seed}  ${printDuration(seconds * 1_000)}`)}`,
		`  ${scope}`,
	];
	if (found !== null) {
		const size = `${count(found.operations, "operation")}, ${count(found.replicas, "replica")}`;
		lines.push(
			`  ${pc.bold(found.property)} ${cleanText(found.reason)}`,
			...whyLines(found.explanation),
			`  found in schedule ${found.afterSchedules}, shrunk to ${size}:`,
			`  ${fromHere(found.counterexample)}`,
			`  replay: ${pc.bold(found.replay)}`,
		);
		if (page !== null) lines.push(`  page: ${fromHere(page)}`);
	}
	if (laws.verdict === "fail") {
		lines.push(`  ${pc.bold(laws.name)} ${cleanText(laws.reason)}`);
		lines.push(...whyLines(laws.evidence.explanation?.sentence ?? null));
	}
	if (nondeterminism !== null) lines.push(`  ${cleanText(nondeterminism.reason)}`);
	if (unconfirmed !== null) lines.push(...unconfirmed.split("\n").map((line) => `  ${cleanText(line)}`));
	if (found === null && !isMet && scenario.expect !== "pass") {
		lines.push(`  expected a violation of ${scenario.expect.fail}; try more runs, or another --seed`);
	}
	if (exploration.judged === 0) lines.push("  no schedule accepted any update: nothing was judged");
	lines.push(`  ${pc.dim(fromHere(exploration.folder))}`);
	return `${lines.join("\n")}\n`;
}

function whyLines(explanation: string | null): string[] {
	return explanation === null ? [] : [`  why: ${cleanText(explanation)}`];
}

function fromHere(path: string): string {
	const here = relative("", path);
	return here.startsWith("..") ? path : here;
}

function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
