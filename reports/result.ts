/**
 * Reads and writes `result.json`. Reading is forgiving where the page can do without (an older file, a field more),
 * and strict where a wrong value would turn into a wrong verdict.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { RunResult } from "./run-result.ts";

export type { RunResult } from "./run-result.ts";

/** Replaces the file in one step, so that a reader never sees half of it. */
export async function writeResult(folder: string, result: RunResult): Promise<void> {
	const path = join(folder, "result.json");
	await writeFile(`${path}.part`, `${JSON.stringify(result, null, "\t")}\n`);
	await rename(`${path}.part`, path);
}

/**
 * @returns the result, its `folder` being where it was found (a run folder may have been moved or downloaded)
 * @throws when the file is missing, is not JSON, or lacks what a verdict needs
 */
export async function readResult(folder: string): Promise<RunResult> {
	const path = join(folder, "result.json");
	const found: unknown = JSON.parse(await readFile(path, "utf8"));
	const problem = problemOf(found);
	if (problem !== null)
		throw new Error(`${path}: ${problem}. Run "pakka report ${folder}" after a complete run.`);
	const result = found as RunResult;
	return {
		...result,
		stats: result.stats ?? emptyStatistics(),
		warnings: result.warnings ?? [],
		replay: result.replay ?? "",
		durationMs: result.durationMs ?? 0,
		startedAt: result.startedAt ?? "",
		endReason: result.endReason ?? null,
		folder: resolve(folder),
	};
}

function problemOf(found: unknown): string | null {
	if (typeof found !== "object" || found === null) return "expected an object";
	const result = found as Record<string, unknown>;
	if (typeof result["scenario"] !== "string") return "scenario: expected a string";
	if (!isVerdict(result["verdict"])) {
		return `verdict: expected pass, fail or unknown, found ${JSON.stringify(result["verdict"])}`;
	}
	if (typeof result["met"] !== "boolean") return "met: expected true or false";
	const properties = result["properties"];
	if (!Array.isArray(properties)) return "properties: expected an array";
	const bad = properties.findIndex(
		(property) => typeof property?.name !== "string" || !isVerdict(property?.verdict),
	);
	return bad === -1 ? null : `properties[${bad}]: expected a name and a verdict`;
}

function isVerdict(value: unknown): boolean {
	return value === "pass" || value === "fail" || value === "unknown";
}

function emptyStatistics(): RunResult["stats"] {
	return {
		replicas: 0,
		operations: 0,
		ok: 0,
		fail: 0,
		info: 0,
		faults: 0,
		convergedAfterMs: null,
		availability: null,
	};
}
