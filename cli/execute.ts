/**
 * One scenario from start to page: run it, judge what was recorded, write result.json and report.html. This is
 * the library's `run`; the commands add selection, progress and exit codes. Nothing is printed here.
 */
import { availableParallelism, release, totalmem, type } from "node:os";
import { relative } from "node:path";
import { check } from "../checker/index.ts";
import type { CheckResult } from "../checker/verdict.ts";
import type { Progress, RunOutcome } from "../controller/run.ts";
import { runScenario } from "../controller/run.ts";
import { readJournal } from "../history/journal.ts";
import { readHistory } from "../history/read.ts";
import { type RunResult, writeResult } from "../reports/result.ts";
import { writeReport } from "../reports/write-report.ts";
import type { RuntimeName, Scenario } from "../scenarios/scenario.ts";
import { applicationOf } from "./application.ts";
import { loadInvariants } from "./invariants.ts";
import { packageVersion } from "./package-version.ts";

const BYTES_PER_GIB = 2 ** 30;

export interface ExecuteOptions {
	/** Default `process`. */
	runtime?: RuntimeName;
	/** Where the run's folder is made. Default `runs`. */
	outDir?: string;
	/** Aborting ends the run early: what there is gets written, judged `unknown`, and everything is cleaned up. */
	signal?: AbortSignal;
	onProgress?: (progress: Progress) => void;
}

/**
 * @returns what the checker found; never throws for what replicas do
 * @throws when the harness itself fails, or the scenario asks what the runtime can't do
 */
export async function execute(scenario: Scenario, options: ExecuteOptions = {}): Promise<RunResult> {
	const startedAt = new Date();
	const runtime = options.runtime ?? "process";
	const outcome = await runScenario(scenario, {
		runtime,
		outDir: options.outDir ?? "runs",
		...(options.signal === undefined ? {} : { signal: options.signal }),
		...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
	});
	const checked = await judge(outcome.folder, outcome.historyPath, scenario);
	const result = toResult(scenario, runtime, outcome, checked, startedAt);
	await writeResult(outcome.folder, result);
	await writeReport(outcome.folder);
	return result;
}

/** Judges a recorded run of a known scenario: its checks, thresholds and invariants. */
export async function judge(folder: string, historyPath: string, scenario: Scenario): Promise<CheckResult> {
	const history = await readHistory(historyPath);
	return check(history, {
		application: await applicationOf(scenario),
		checks: scenario.checks,
		thresholds: scenario.thresholds,
		invariants: await loadInvariants(scenario.invariants),
		extraStats: await countMessages(`${folder}/journal.jsonl`),
	});
}

function toResult(
	scenario: Scenario,
	runtime: RuntimeName,
	outcome: RunOutcome,
	checked: CheckResult,
	startedAt: Date,
): RunResult {
	return {
		scenario: scenario.name,
		runtime,
		seed: scenario.seed,
		verdict: checked.verdict,
		expect: scenario.expect,
		met: isMet(scenario.expect, checked),
		properties: checked.properties,
		stats: checked.stats,
		replay: `pakka replay ${fromHere(outcome.folder)}`,
		startedAt: startedAt.toISOString(),
		durationMs: Date.now() - startedAt.getTime(),
		endReason: outcome.endReason,
		...(outcome.endDetail === undefined ? {} : { endDetail: outcome.endDetail }),
		warnings: checked.warnings,
		folder: outcome.folder,
		...(scenario.file === null ? {} : { scenarioFile: scenario.file }),
		environment: describeMachine(outcome),
	};
}

/** As it would be typed in the folder where `pakka` was: a CI job's absolute path helps nobody who opens its page. */
function fromHere(folder: string): string {
	const path = relative("", folder);
	return path.startsWith("..") ? folder : path;
}

/** What the page's last section shows: enough to tell two runs' machines apart, nothing that names one. */
function describeMachine({ toxiproxy }: RunOutcome): Record<string, string> {
	return {
		Pakka: packageVersion(),
		...(toxiproxy === null ? {} : { Toxiproxy: `${toxiproxy.kind} ${toxiproxy.version}` }),
		"Node.js": process.version,
		system: `${type()} ${release()} ${process.arch}`,
		cores: String(availableParallelism()),
		memory: `${(totalmem() / BYTES_PER_GIB).toFixed(1)} GiB`,
	};
}

/** A specimen is caught only by the property that its scenario names. */
export function isMet(expect: Scenario["expect"], checked: CheckResult): boolean {
	if (expect === "pass") return checked.verdict === "pass";
	return checked.properties.some(({ name, verdict }) => name === expect.fail && verdict === "fail");
}

/** Zero where a run tells nothing of its messages would be a lie, so then there is no figure at all. */
async function countMessages(journalPath: string): Promise<Record<string, number>> {
	const counts = { messages: 0, overtaken: 0, duplicated: 0 };
	for await (const message of readJournal(journalPath)) {
		counts.messages++;
		if (message.overtaken) counts.overtaken++;
		if (message.duplicate) counts.duplicated++;
	}
	return counts.messages === 0 ? {} : counts;
}
