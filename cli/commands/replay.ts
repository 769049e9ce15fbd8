/** `pakka replay`: the same scenario with the same seed again, from a run's folder or a counterexample's file. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readResult } from "../../reports/result.ts";
import { readRuntimeHint } from "../../scenarios/runtime-hint.ts";
import type { RuntimeName } from "../../scenarios/scenario.ts";
import { UsageError } from "../exit-codes.ts";
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

async function findRecorded(path: string): Promise<{ file: string; runtime: RuntimeName }> {
	const found = await stat(path).catch(() => null);
	if (found === null) throw new UsageError(`${path} does not exist: give a run's folder or a scenario file`);
	if (!found.isDirectory()) {
		return { file: path, runtime: readRuntimeHint(await readFile(path, "utf8")) ?? "process" };
	}
	const file = join(path, "scenario.json");
	if ((await stat(file).catch(() => null)) === null) {
		throw new UsageError(`${path} has no scenario.json: it is not the folder of a run`);
	}
	const result = await readResult(path).catch(() => null);
	return { file, runtime: (result?.runtime ?? "process") as RuntimeName };
}
