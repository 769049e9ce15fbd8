/** `pakka check`: judges a recorded history, whoever recorded it. */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import pc from "picocolors";
import { check as judgeHistory } from "../../checker/index.ts";
import type { CheckResult } from "../../checker/verdict.ts";
import { readHistory } from "../../history/read.ts";
import type { RunResult } from "../../reports/result.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { knownTypes } from "../known-types.ts";
import { cleanText } from "../terminal-text.ts";

export async function check(path: string, options: { type?: string; json: boolean }): Promise<number> {
	if (!((await stat(path).catch(() => null))?.isFile() ?? false)) {
		throw new UsageError(`${path} is not a file: give a history.jsonl`);
	}
	if (options.type !== undefined && !knownTypes().has(options.type)) {
		throw new UsageError(`--type ${options.type}: expected one of ${[...knownTypes().keys()].join(", ")}`);
	}
	const history = await readOrExplain(path);
	const checked = await explain(path, () =>
		judgeHistory(history, options.type === undefined ? {} : { type: options.type }),
	);
	if (options.json)
		process.stdout.write(`${JSON.stringify(toResult(path, history.header, checked), null, 2)}\n`);
	else process.stdout.write(printChecked(path, checked));
	return { pass: EXIT.met, fail: EXIT.failed, unknown: EXIT.unknown }[checked.verdict];
}

function readOrExplain(path: string): ReturnType<typeof readHistory> {
	return explain(path, () => readHistory(path));
}

/** A history that can't be read is the user's input, not our failure. */
async function explain<T>(path: string, action: () => Promise<T>): Promise<T> {
	try {
		return await action();
	} catch (error) {
		throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
	}
}

function toResult(
	path: string,
	header: Awaited<ReturnType<typeof readHistory>>["header"],
	checked: CheckResult,
): Omit<RunResult, "endReason"> {
	return {
		scenario: header.scenario ?? basename(path),
		runtime: header.runtime,
		seed: header.seed,
		verdict: checked.verdict,
		expect: "pass",
		met: checked.verdict === "pass",
		properties: checked.properties,
		stats: checked.stats,
		replay: `pakka check ${path}`,
		startedAt: header.startedAt,
		durationMs: 0,
		warnings: checked.warnings,
		folder: dirname(path),
	};
}

export function printChecked(path: string, { verdict, properties, warnings, stats }: CheckResult): string {
	const word = { pass: pc.green("PASS"), fail: pc.red("FAIL"), unknown: pc.yellow("UNKNOWN") };
	const lines = properties.map(
		(property) => `  ${word[property.verdict].padEnd(8)} ${property.name}: ${cleanText(property.reason)}`,
	);
	const looked = `  ${stats.operations} operations (${stats.ok} ok, ${stats.fail} failed, ${stats.info} unknown), ${stats.faults} faults, ${stats.replicas} replicas`;
	return `${[`${word[verdict]} ${path}`, ...lines, ...warnings.map((text) => `  note: ${cleanText(text)}`), looked].join("\n")}\n`;
}
