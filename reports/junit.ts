/**
 * JUnit's XML, as CI servers read it: one suite for the invocation, one case for a scenario's run. A run that did not
 * come as expected is a failure, an undecided one an error.
 */
import type { RunResult } from "./run-result.ts";
import { metWords, summaryReason } from "./summary.ts";

/** What XML 1.0 can't hold, escaped or not (production 2, Char), lone surrogates included. */
// oxlint-disable-next-line no-control-regex -- controls are what it is about
const NOT_A_CHARACTER =
	/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const MILLISECONDS_PER_SECOND = 1_000;

/** @param suite name of the invocation */
export function junitXml(results: readonly RunResult[], suite = "pakka"): string {
	const failures = results.filter((result) => outcomeOf(result) === "failure").length;
	const errors = results.filter((result) => outcomeOf(result) === "error").length;
	const seconds = results.reduce((sum, result) => sum + result.durationMs, 0) / MILLISECONDS_PER_SECOND;
	const counts = `tests="${results.length}" failures="${failures}" errors="${errors}" skipped="0" time="${seconds.toFixed(3)}"`;
	return [
		'<?xml version="1.0" encoding="UTF-8"?>',
		`<testsuites name=${attribute(suite)} ${counts}>`,
		`\t<testsuite name=${attribute(suite)} ${counts}${timestamp(results)}>`,
		...results.map(testCase),
		"\t</testsuite>",
		"</testsuites>",
		"",
	].join("\n");
}

function testCase(result: RunResult): string {
	const name = `${result.scenario} (seed ${result.seed})`;
	const time = (result.durationMs / MILLISECONDS_PER_SECOND).toFixed(3);
	const lines = [
		`\t\t<testcase name=${attribute(name)} classname=${attribute(`pakka.${result.runtime}`)} time="${time}"${file(result)}>`,
		"\t\t\t<properties>",
		...propertiesOf(result).map(
			([key, value]) => `\t\t\t\t<property name=${attribute(key)} value=${attribute(value)}/>`,
		),
		"\t\t\t</properties>",
	];
	const outcome = outcomeOf(result);
	if (outcome !== "met") {
		const reason = summaryReason(result);
		lines.push(
			`\t\t\t<${outcome} message=${attribute(reason)} type=${attribute(result.verdict)}>${text(detail(result))}</${outcome}>`,
		);
	}
	lines.push("\t\t</testcase>");
	return lines.join("\n");
}

function outcomeOf(result: RunResult): "met" | "failure" | "error" {
	if (result.met) return "met";
	return result.verdict === "unknown" ? "error" : "failure";
}

function propertiesOf(result: RunResult): [string, string][] {
	const stats = Object.entries(result.stats).filter((entry): entry is [string, number] => entry[1] !== null);
	return [
		["verdict", result.verdict],
		["seed", String(result.seed)],
		["replay", result.replay],
		["folder", result.folder],
		...result.properties.map(({ name, verdict }): [string, string] => [`property.${name}`, verdict]),
		...stats.map(([name, value]): [string, string] => [`stats.${name}`, String(value)]),
	];
}

function detail(result: RunResult): string {
	return [
		metWords(result),
		...result.properties.flatMap(({ name, verdict, reason, evidence }) => [
			`${verdict} ${name}: ${reason}`,
			...(evidence?.explanation === undefined ? [] : [`  why: ${evidence.explanation.sentence}`]),
		]),
		`replay: ${result.replay}`,
		`page: ${result.folder}/report.html`,
	].join("\n");
}

function timestamp(results: readonly RunResult[]): string {
	const first = results.map(({ startedAt }) => startedAt).sort()[0];
	return first === undefined || first === "" ? "" : ` timestamp=${attribute(first)}`;
}

function file({ scenarioFile }: RunResult): string {
	return scenarioFile === undefined ? "" : ` file=${attribute(scenarioFile)}`;
}

/** With its quotes. Line feeds and tabs are written as references, which attributes keep. */
function attribute(value: string): string {
	const escaped = text(value).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
	return `"${escaped}"`;
}

function text(value: string): string {
	return value
		.replace(NOT_A_CHARACTER, "\ufffd")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll("\r", "&#13;");
}
