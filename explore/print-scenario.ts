/**
 * A scenario as the text of a YAML file laid out for reading: one line for each operation and each fault, under a
 * comment that says what happens. Values are printed as JSON, which YAML contains, wherever a plain word could be read
 * as anything else; so a value of any kind (`no`, `<<`, `__proto__`, control characters, half a surrogate pair)
 * reads back as it was.
 */
import type { ScenarioInput } from "../scenarios/index.ts";
import type { Json } from "../scenarios/scenario.ts";

/** @param comment lines of the header, without `#` */
export function printScenario(scenario: ScenarioInput, comment: readonly string[]): string {
	const lines = comment.flatMap((text) => text.split(/\r?\n/)).map((text) => `# ${clean(text)}`.trimEnd());
	for (const [key, value] of Object.entries(scenario as Record<string, Json>)) {
		lines.push(...printEntry(key, value, ""));
	}
	return `${lines.join("\n")}\n`;
}

/** Lists of maps get a line for each, the workload a line for each field, all else one line. */
function printEntry(key: string, value: Json, indent: string): string[] {
	if (Array.isArray(value) && value.length > 0 && value.every(isMap)) {
		return [`${indent}${key}:`, ...value.map((item) => `${indent}  - ${printFlow(item)}`)];
	}
	if (key === "workload" && isMap(value)) {
		return [
			`${key}:`,
			...Object.entries(value).flatMap(([field, inner]) => printEntry(field, inner, `${indent}  `)),
		];
	}
	return [`${indent}${key}: ${printFlow(value)}`];
}

function printFlow(value: Json): string {
	if (typeof value === "string") return isPlain(value) ? value : quote(value);
	if (Array.isArray(value)) return `[${value.map(printFlow).join(", ")}]`;
	if (!isMap(value)) return JSON.stringify(value);
	const entries = Object.entries(value).map(
		([key, inner]) => `${isPlain(key) ? key : quote(key)}: ${printFlow(inner)}`,
	);
	return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function isMap(value: Json): value is { [key: string]: Json } {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Words, links, durations: what YAML's core schema (and 1.1's, which some editors use) reads as text. */
const PLAIN = /^(?:[A-Za-z][A-Za-z0-9_/-]*(?:->[A-Za-z0-9_-]+)?|\d+(?:\.\d+)?(?:ms|s|m|h|\/s|[KM]?B\/s))$/;
const READ_OTHERWISE = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

function isPlain(text: string): boolean {
	return PLAIN.test(text) && !READ_OTHERWISE.test(text);
}

/** JSON leaves some characters as they are that YAML calls not printable, or that editors take for the end of a line. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function quote(text: string): string {
	return JSON.stringify(text).replaceAll(
		UNPRINTABLE,
		(character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

/** A comment ends with its line, and shows nothing that a terminal would obey. */
function clean(text: string): string {
	return text.replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/gu, " ");
}
