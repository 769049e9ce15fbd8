/**
 * The run on a terminal: one line per scenario when it ends, on a TTY with live lines below for what is running;
 * at the end a table of verdicts. Without a TTY no cursor movement and no colour codes beyond what picocolors allows.
 */
import pc from "picocolors";
import type { Progress } from "../../controller/run.ts";
import type { RunResult } from "../../reports/result.ts";
import { metWords, summaryExplanation, summaryReason } from "../../reports/summary.ts";
import { cleanText, printDuration, truncate } from "../terminal-text.ts";
import { liveLines } from "./live-lines.ts";
import type { Output } from "./output.ts";
import type { Reporter, Run, Summary } from "./reporter.ts";

export function listReporter(output: Output): Reporter {
	const live = liveLines(output);
	return {
		skipped: ({ run, reason }) =>
			live.print(`${pc.yellow("–")} ${run.scenario.name}  ${pc.dim(`skipped: ${reason}`)}\n`),
		started: (run) => live.set(run.key, `${run.scenario.name}  ${pc.dim(`seed ${run.scenario.seed}`)}`),
		progressed: (run, progress) => live.set(run.key, printProgress(run, progress)),
		ended: (run, result) => {
			live.remove(run.key);
			live.print(printResult(result));
		},
		broke: (run, error) => {
			live.remove(run.key);
			live.print(printBroken(run, error));
		},
		finished: (summary) => {
			live.end();
			output.write(printSummary(summary));
		},
	};
}

function printProgress({ scenario }: Run, progress: Progress): string {
	const faults = progress.faults.length === 0 ? "" : `  ${progress.faults.join(", ")}`;
	const differ = progress.distinctViews > 1 ? `  ${progress.distinctViews} views` : "";
	return `${scenario.name}  ${pc.dim(`seed ${scenario.seed}  ${progress.phase}  ${progress.completed}/${progress.planned}${faults}${differ}`)}`;
}

function printResult(result: RunResult): string {
	const head = `${mark(result)} ${result.scenario}  ${pc.dim(`seed ${result.seed}  ${printDuration(result.durationMs)}`)}`;
	if (result.met && result.expect === "pass") return `${head}\n`;
	if (result.met && result.expect !== "pass") {
		return `${head}  ${pc.dim(`caught: ${result.expect.fail}`)}\n`;
	}
	const explanation = summaryExplanation(result);
	const why = explanation === null ? [] : [`why     ${cleanText(explanation)}`];
	const lines = [
		whyNotMet(result),
		...why,
		`page    ${result.folder}/report.html`,
		`replay  ${result.replay}`,
	];
	return `${head}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

function mark({ met, verdict }: RunResult): string {
	if (met) return pc.green("✓");
	return verdict === "unknown" ? pc.yellow("?") : pc.red("✗");
}

/** A specimen that was not caught for its reason needs both: what was wanted, and what came. */
function whyNotMet(result: RunResult): string {
	const reason = cleanText(summaryReason(result));
	return result.expect === "pass" || result.verdict === "pass" ? reason : `${metWords(result)}: ${reason}`;
}

function printBroken({ scenario }: Run, error: Error): string {
	return `${pc.red("!")} ${scenario.name}  ${pc.dim(`seed ${scenario.seed}`)}\n    the harness failed: ${cleanText(error.message)}\n`;
}

function printSummary({ results, broken, skipped, notRun, durationMs, outDir }: Summary): string {
	const rows = results.map((result) => [
		result.met ? "met" : "NOT MET",
		result.verdict,
		truncate(result.scenario, 40),
		String(result.seed),
		String(result.stats.operations),
		String(result.stats.faults),
		result.stats.convergedAfterMs === null ? "–" : `${Math.round(result.stats.convergedAfterMs)} ms`,
	]);
	const table = printTable(
		["", "verdict", "scenario", "seed", "operations", "faults", "converged after"],
		rows,
	);
	const met = results.filter((result) => result.met).length;
	const total = results.length + broken.length + notRun;
	const rest = [
		broken.length > 0 ? `${broken.length} broken` : "",
		notRun > 0 ? `${notRun} not run` : "",
		skipped.length > 0 ? `${skipped.length} skipped` : "",
	].filter((text) => text !== "");
	const line = `${met} of ${total} met${rest.length > 0 ? ` (${rest.join(", ")})` : ""} in ${printDuration(durationMs)}`;
	return `\n${table}\n${line} · pages: ${outDir}/index.html\n`;
}

function printTable(head: string[], rows: string[][]): string {
	const widths = head.map((title, column) =>
		Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
	);
	const rightAligned = new Set([3, 4, 5, 6]);
	const printRow = (row: string[]): string =>
		row
			.map((cell, column) =>
				rightAligned.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
			)
			.join("  ")
			.trimEnd();
	return `${[pc.dim(printRow(head)), ...rows.map(printRow)].join("\n")}\n`;
}
