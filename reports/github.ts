/**
 * What GitHub shows of a run: annotations (workflow commands on standard output) and a summary in Markdown for the
 * file that `GITHUB_STEP_SUMMARY` names.
 */
import { relative } from "node:path";
import type { RunResult } from "./run-result.ts";
import { metWords, summaryExplanation, summaryReason } from "./summary.ts";
import { shortened, visible } from "./visible.ts";

const MAX_REASON_LENGTH = 400;
/** GitHub shows no more of one kind for a step. */
const MAX_ANNOTATIONS = 10;

/**
 * `::error file=…,line=1,title=…::…`, one line for each run that did not come as expected; undecided runs warn.
 * @param root of the repository: file names are relative to it
 */
export function githubAnnotations(results: readonly RunResult[], root = process.cwd()): string {
	const unmet = results.filter(({ met }) => !met);
	const lines = unmet.slice(0, MAX_ANNOTATIONS).map((result) => annotation(result, root));
	return lines.map((line) => `${line}\n`).join("");
}

/** A table of all runs, and the reason and replay command of each that did not come as expected. */
export function githubStepSummary(results: readonly RunResult[]): string {
	const unmet = results.filter(({ met }) => !met);
	const headline = unmet.length === 0 ? "all came as expected" : `${unmet.length} did not come as expected`;
	return [
		`## Pakka: ${results.length} ${results.length === 1 ? "run" : "runs"}, ${headline}`,
		"",
		"| | Scenario | Verdict | Seed | Runtime | Duration |",
		"|---|---|---|---:|---|---:|",
		...results.map(row),
		...unmet.flatMap(unmetLines),
		"",
	].join("\n");
}

function annotation(result: RunResult, root: string): string {
	const command = result.verdict === "unknown" ? "warning" : "error";
	const file =
		result.scenarioFile === undefined ? "" : `file=${property(relative(root, result.scenarioFile))},line=1,`;
	const why = summaryExplanation(result);
	const message = `${summaryReason(result)}${why === null ? "" : `\n${why}`}\nReplay: ${result.replay}\nPage: ${result.folder}/report.html`;
	return `::${command} ${file}title=${property(`${result.scenario}: ${metWords(result)}`)}::${data(message)}`;
}

function data(text: string): string {
	return visible(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
	return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

function row(result: RunResult): string {
	const sign = result.met ? "✓" : result.verdict === "unknown" ? "?" : "✗";
	const cells = [
		sign,
		markdown(result.scenario),
		markdown(metWords(result)),
		String(result.seed),
		markdown(result.runtime),
		`${(result.durationMs / 1_000).toFixed(1)} s`,
	];
	return `| ${cells.join(" | ")} |`;
}

function unmetLines(result: RunResult): string[] {
	const why = summaryExplanation(result);
	return [
		"",
		`### ${markdown(result.scenario)} (seed ${result.seed})`,
		"",
		markdown(shortened(summaryReason(result), MAX_REASON_LENGTH)),
		"",
		...(why === null ? [] : [markdown(shortened(why, MAX_REASON_LENGTH)), ""]),
		// A fence longer than any run of backquotes can't be closed from within; line feeds would end it.
		"````",
		visible(result.replay).replaceAll("\n", " ").replaceAll("````", ""),
		"````",
	];
}

/** Text that Markdown and the HTML in it leave alone. */
function markdown(text: string): string {
	return visible(text)
		.replaceAll(/\s+/g, " ")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll(/[\\`*_{}[\]()#+!|~@$]/g, (character) => `\\${character}`)
		.replaceAll("://", ":&#47;&#47;");
}
