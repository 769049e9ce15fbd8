/** `pakka check`: judges a recorded history, whoever recorded it: ours, Jepsen's or Maelstrom's. */
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import pc from "picocolors";
import { combine } from "../../checker/combine.ts";
import { type Application, type CheckOptions, check as judgeHistory } from "../../checker/index.ts";
import type { CheckResult } from "../../checker/verdict.ts";
import type { HistoryHeader } from "../../history/events.ts";
import { openAnyHistory } from "../../history/jepsen/open.ts";
import type { JepsenPart } from "../../history/jepsen/read.ts";
import { ourType } from "../../history/jepsen/workload.ts";
import { loadModule } from "../../nodes/sdk/load-module.ts";
import type { RunResult } from "../../reports/result.ts";
import { isModulePath } from "../../scenarios/invariant.ts";
import { applicationNamed, declarationsOf } from "../application.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { knownTypes } from "../known-types.ts";
import { cleanText } from "../terminal-text.ts";

interface Judged {
	header: HistoryHeader;
	checked: CheckResult;
}

interface Asked {
	type?: string;
	/** Names of properties; missing: all that apply. */
	checks?: string[];
}

export async function check(path: string, options: Asked & { json: boolean }): Promise<number> {
	if (!((await stat(path).catch(() => null))?.isFile() ?? false)) {
		throw new UsageError(`${path} is not a file: give a history.jsonl, or a history.edn of Jepsen's`);
	}
	const { header, checked } = await explain(path, () => judgeFile(path, options));
	if (options.json) process.stdout.write(`${JSON.stringify(toResult(path, header, checked), null, 2)}\n`);
	else process.stdout.write(printChecked(path, checked));
	return { pass: EXIT.met, fail: EXIT.failed, unknown: EXIT.unknown }[checked.verdict];
}

async function judgeFile(path: string, { type, checks }: Asked): Promise<Judged> {
	const opened = await openAnyHistory(path, type ?? null);
	const asked = { checks: checks ?? null };
	if (opened.by === "jepsen") return judgeParts(opened.parts, asked);
	const { history } = opened;
	const claimed = type === undefined ? null : await claimedType(type);
	const checked = await judgeHistory(history, {
		...asked,
		...(claimed !== null && { type: claimed.type }),
		application: claimed?.application ?? applicationNamed(history.header.type),
	});
	return { header: history.header, checked };
}

/** A type by its name, or the module whose default export it is: what that says of itself is judged too. */
async function claimedType(given: string): Promise<{ type: string; application: Application }> {
	if (isModulePath(given)) {
		const definition = await loadModule(given);
		return { type: definition.type, application: declarationsOf(definition) };
	}
	const type = ourType(given) ?? given;
	if (knownTypes().has(type)) return { type, application: applicationNamed(type) };
	const known = [...knownTypes().keys()].join(", ");
	throw new UsageError(`--type ${given}: expected a module (.ts, .js, .mjs) or one of ${known}`);
}

/** The keys of `jepsen.independent` one by one, as Jepsen does: each is a history of its own. */
async function judgeParts(parts: JepsenPart[], asked: CheckOptions): Promise<Judged> {
	const judged: { key: string | null; checked: CheckResult }[] = [];
	for (const { key, history } of parts) judged.push({ key, checked: await judgeHistory(history, asked) });
	const [{ key, checked }] = judged as [(typeof judged)[number]];
	const { header } = (parts[0] as JepsenPart).history;
	if (key === null) return { header, checked };
	return {
		header,
		checked: combine(judged.map((part) => ({ key: `key ${part.key}`, result: part.checked }))),
	};
}

/** A history that can't be read is the user's input, not our failure. */
async function explain<T>(path: string, action: () => Promise<T>): Promise<T> {
	try {
		return await action();
	} catch (error) {
		if (error instanceof UsageError) throw error;
		throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
	}
}

function toResult(path: string, header: HistoryHeader, checked: CheckResult): Omit<RunResult, "endReason"> {
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
	const lines = properties.flatMap(({ name, verdict: found, reason, evidence }) => [
		`  ${word[found].padEnd(8)} ${name}: ${cleanText(reason)}`,
		...(evidence.explanation === undefined
			? []
			: [`           why: ${cleanText(evidence.explanation.sentence)}`]),
	]);
	const looked = `  ${stats.operations} operations (${stats.ok} ok, ${stats.fail} failed, ${stats.info} unknown), ${stats.faults} faults, ${stats.replicas} replicas`;
	return `${[`${word[verdict]} ${path}`, ...lines, ...warnings.map((text) => `  note: ${cleanText(text)}`), looked].join("\n")}\n`;
}
