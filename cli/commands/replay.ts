/** `pakka replay`: the same scenario with the same seed again, from a run's folder or a counterexample's file. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { refusals } from "../../controller/refuse.ts";
import { readResult } from "../../reports/result.ts";
import { readRuntimeHint } from "../../scenarios/runtime-hint.ts";
import type { RuntimeName } from "../../scenarios/scenario.ts";
import { UsageError } from "../exit-codes.ts";
import { loadScenarios } from "../load-scenarios.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { run } from "./run.ts";

export interface ReplayOptions {
	/** Default: the runtime of the recorded run, or the one in which a counterexample says that it was found. */
	runtime?: RuntimeName;
	out: string;
}

export async function replay(
	path: string,
	options: ReplayOptions,
	reporters: readonly Reporter[],
	signal: AbortSignal,
): Promise<number> {
	const { file, runtime } = await findRecorded(path);
	return run(
		[file],
		{ runtime: options.runtime ?? runtime, out: options.out, repeat: 1, bail: false, list: false, jobs: 1 },
		reporters,
		signal,
	);
}

/** The simulator for what only it can do (`messages:`, torn disks), else real processes. */
async function runtimeFor(path: string): Promise<RuntimeName> {
	const [scenario] = await loadScenarios([path]);
	if (scenario === undefined || (await refusals(scenario, "process")).length === 0) return "process";
	return (await refusals(scenario, "sim")).length === 0 ? "sim" : "process";
}

async function findRecorded(path: string): Promise<{ file: string; runtime: RuntimeName }> {
	const found = await stat(path).catch(() => null);
	if (found === null) throw new UsageError(`${path} does not exist: give a run's folder or a scenario file`);
	if (!found.isDirectory()) {
		return { file: path, runtime: readRuntimeHint(await readFile(path, "utf8")) ?? (await runtimeFor(path)) };
	}
	const file = join(path, "scenario.json");
	if ((await stat(file).catch(() => null)) === null) {
		throw new UsageError(`${path} has no scenario.json: it is not the folder of a run`);
	}
	const result = await readResult(path).catch(() => null);
	return { file, runtime: (result?.runtime ?? "process") as RuntimeName };
}
