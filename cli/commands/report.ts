/** `pakka report`: judges recorded runs again and rebuilds their pages. */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { check } from "../../checker/index.ts";
import { readHistory } from "../../history/read.ts";
import { type RunResult, readResult, writeResult } from "../../reports/result.ts";
import { writeIndex } from "../../reports/write-index.ts";
import { writeReport } from "../../reports/write-report.ts";
import { loadScenarioFile } from "../../scenarios/index.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { isMet, judge } from "../execute.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { knownTypes } from "../known-types.ts";

export async function report(folders: readonly string[]): Promise<number> {
	for (const folder of folders) {
		if ((await stat(join(folder, "history.jsonl")).catch(() => null)) === null) {
			throw new UsageError(`${folder} has no history.jsonl: give the folder of a run, as runs/latest`);
		}
	}
	for (const folder of folders) {
		await writeResult(folder, await judgeAgain(folder));
		process.stdout.write(`${await writeReport(folder)}\n`);
	}
	for (const parent of new Set(folders.map((folder) => dirname(folder)))) await writeIndex(parent);
	return EXIT.met;
}

/** A run that was cut off has no result yet; then all that is known stands in its history and its scenario. */
async function judgeAgain(folder: string): Promise<RunResult> {
	const historyPath = join(folder, "history.jsonl");
	const { header } = await readHistory(historyPath);
	const scenario = await readScenario(folder);
	const checked =
		scenario === null
			? await check(await readHistory(historyPath))
			: await judge(folder, historyPath, scenario);
	const before = await readResult(folder).catch(() => null);
	const expect = scenario?.expect ?? "pass";
	return {
		scenario: header.scenario,
		runtime: header.runtime,
		seed: header.seed,
		verdict: checked.verdict,
		expect,
		met: isMet(expect, checked),
		properties: checked.properties,
		stats: checked.stats,
		replay: before?.replay ?? `pakka replay ${folder}`,
		startedAt: header.startedAt,
		durationMs: before?.durationMs ?? 0,
		endReason: before?.endReason ?? "interrupted",
		warnings: checked.warnings,
		folder,
	};
}

async function readScenario(folder: string): Promise<Scenario | null> {
	const parsed = await loadScenarioFile(join(folder, "scenario.json"), { types: knownTypes() }).catch(
		() => null,
	);
	return parsed?.ok === true ? parsed.scenario : null;
}
