/** Which reporters a command line names, and who may write where. */
import { listReporter } from "./list.ts";
import { githubReporter, jsonReporter, junitReporter, singleJsonReporter } from "./machine.ts";
import type { Output } from "./output.ts";
import type { Reporter } from "./reporter.ts";

export const REPORTER_NAMES = ["list", "json", "junit", "github"] as const;

/**
 * With `json` nothing else may stand on stdout: what is meant for people then goes to stderr.
 * @param json `array` for `run`, `single` for `replay`, which has one result
 */
export function chooseReporters(names: readonly string[], json: "array" | "single" = "array"): Reporter[] {
	const output = outputFor(names.includes("json"));
	const makers: Record<string, () => Reporter> = {
		list: () => listReporter(output),
		json: () => (json === "array" ? jsonReporter() : singleJsonReporter()),
		junit: junitReporter,
		github: () => githubReporter((text) => output.write(text)),
	};
	return [...new Set(names)].flatMap((name) => makers[name]?.() ?? []);
}

/** Where text for people goes: not to stdout when that holds JSON. */
export function outputFor(json: boolean): Output {
	const stream = json ? process.stderr : process.stdout;
	return {
		write: (text) => stream.write(text),
		get isTTY() {
			return stream.isTTY;
		},
		get columns() {
			return stream.columns ?? 80;
		},
	};
}
