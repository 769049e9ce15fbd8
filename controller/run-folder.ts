/** The folder of one run: `<out>/<time>-<scenario>-<seed>/` with what contracts promise in it. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Scenario } from "../scenarios/scenario.ts";
import { toScenarioFile } from "../scenarios/to-scenario-file.ts";

/** Runs of one scenario and seed that begin in the same second get numbers. */
const MAX_NAMESAKES = 1_000;

export interface RunFolder {
	path: string;
	history: string;
	journal: string;
	logs: string;
}

/** Makes it and writes `scenario.json`. */
export async function makeRunFolder(outDir: string, scenario: Scenario, startedAt: Date): Promise<RunFolder> {
	const path = await makeStampedFolder(outDir, startedAt, `${scenario.name}-${scenario.seed}`);
	await writeFile(join(path, "scenario.json"), `${JSON.stringify(toScenarioFile(scenario), null, 2)}\n`);
	return {
		path,
		history: join(path, "history.jsonl"),
		journal: join(path, "journal.jsonl"),
		logs: join(path, "logs"),
	};
}

/** @returns the absolute path of a new folder `<out>/<time>-<label>` */
export function makeStampedFolder(outDir: string, startedAt: Date, label: string): Promise<string> {
	return makeUnique(resolve(outDir), `${stamp(startedAt)}-${label}`);
}

async function makeUnique(outDir: string, name: string): Promise<string> {
	await mkdir(outDir, { recursive: true });
	for (let namesake = 1; namesake <= MAX_NAMESAKES; namesake++) {
		const path = join(outDir, namesake === 1 ? name : `${name}-${namesake}`);
		try {
			await mkdir(path);
			return path;
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		}
	}
	throw new Error(
		`${outDir} has ${MAX_NAMESAKES} folders named ${name}; remove old runs or choose another folder`,
	);
}

/** `20260131-142501`, UTC: sorts by time, and has nothing that a file system minds. */
function stamp(time: Date): string {
	return time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
