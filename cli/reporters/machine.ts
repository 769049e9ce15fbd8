/** Reporters for other programs: JSON on stdout, JUnit XML beside the runs, GitHub annotations and step summary. */
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { githubAnnotations, githubStepSummary } from "../../reports/github.ts";
import { junitXml } from "../../reports/junit.ts";
import type { Reporter } from "./reporter.ts";

/** The array of results is all that ever stands on stdout. */
export function jsonReporter(): Reporter {
	return {
		finished: ({ results }) => {
			process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
		},
	};
}

/** One object instead of an array, for a command that has one result; nothing when the harness failed before it. */
export function singleJsonReporter(): Reporter {
	return {
		finished: ({ results }) => {
			if (results[0] !== undefined) process.stdout.write(`${JSON.stringify(results[0], null, 2)}\n`);
		},
	};
}

/** Writes `<out>/junit.xml`. */
export function junitReporter(): Reporter {
	return {
		finished: async ({ results, outDir }) => {
			await mkdir(outDir, { recursive: true });
			await writeFile(join(outDir, "junit.xml"), junitXml(results));
		},
	};
}

/** Annotations go to `print`, the summary to the file that GitHub names. */
export function githubReporter(print: (text: string) => void): Reporter {
	return {
		finished: async ({ results }) => {
			const annotations = githubAnnotations(results);
			if (annotations !== "") print(`${annotations.trimEnd()}\n`);
			const summaryPath = process.env["GITHUB_STEP_SUMMARY"];
			if (summaryPath !== undefined && summaryPath !== "") {
				await appendFile(summaryPath, githubStepSummary(results));
			}
		},
	};
}
