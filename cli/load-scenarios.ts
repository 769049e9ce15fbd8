/** From paths on the command line to scenarios, or to one error that lists every mistake of every file. */
import { findScenarioFiles, formatProblem, loadScenarioFile, type Problem } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { UsageError } from "./exit-codes.ts";
import { knownTypes } from "./known-types.ts";

export interface LoadedFiles {
	scenarios: Scenario[];
	problems: Problem[];
	files: string[];
}

/** @throws UsageError when a path leads nowhere */
export async function loadFiles(paths: readonly string[]): Promise<LoadedFiles> {
	const types = knownTypes();
	const loaded: LoadedFiles = { scenarios: [], problems: [], files: [] };
	try {
		loaded.files = await findScenarioFiles([...paths]);
	} catch (error) {
		throw new UsageError(error instanceof Error ? error.message : String(error));
	}
	for (const file of loaded.files) {
		const parsed = await loadScenarioFile(file, { types });
		if (parsed.ok) loaded.scenarios.push(parsed.scenario);
		else loaded.problems.push(...parsed.problems);
	}
	return loaded;
}

/** @throws UsageError when anything is wrong with any file: nothing is started then */
export async function loadScenarios(paths: readonly string[]): Promise<Scenario[]> {
	const { scenarios, problems } = await loadFiles(paths);
	if (problems.length > 0) throw new UsageError(problemList(problems));
	return scenarios;
}

export function problemList(problems: readonly Problem[]): string {
	return problems.map(formatProblem).join("\n");
}
