/**
 * What a run has made outside its result folder: one small file per run, rewritten whole (write, then rename) whenever
 * something is made, so that whoever finds it after a SIGKILL can read it. Read by the watchdog and by `pakka clean`.
 */
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, join } from "node:path";
import type { ProcessIdentity } from "./process-identity.ts";
import type { EngineAddress } from "./runtimes/docker/engine-address.ts";

/** Every node carries the run's id in its environment under this name. */
export const RUN_VARIABLE = "PAKKA_RUN";

export interface RunRecord {
	pakka: 1;
	runId: string;
	controller: ProcessIdentity;
	/** Each may lead a process group, which then goes with it. */
	processes: ProcessIdentity[];
	/** Folders under {@link runsFolder}'s parent; nothing else is ever removed. */
	folders: string[];
	/** Docker engines in which there may be objects with this run's label. */
	engines?: EngineAddress[];
}

/** @throws when the folder belongs to somebody else: its content would not be ours to trust */
export function baseFolder(): string {
	const { uid } = userInfo();
	const folder = join(tmpdir(), `pakka-${uid}`);
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const found = lstatSync(folder);
	if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) {
		throw new Error(
			`${folder} is not a folder of this user (uid ${uid}); remove it or set TMPDIR to another folder`,
		);
	}
	return folder;
}

/** @returns the file of a run */
export function recordPath(runId: string): string {
	const folder = join(baseFolder(), "runs");
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	return join(folder, `${runId}.json`);
}

/** @returns where a run's temporary files go */
export function dataFolder(runId: string): string {
	return join(baseFolder(), "data", runId);
}

export function writeRecord(path: string, record: RunRecord): void {
	const next = `${path}.next`;
	writeFileSync(next, JSON.stringify(record), { mode: 0o600 });
	renameSync(next, path);
}

/** @returns null when it is gone or none of ours */
export function readRecord(path: string): RunRecord | null {
	try {
		const record = JSON.parse(readFileSync(path, "utf8")) as RunRecord;
		const isOurs = record.pakka === 1 && `${record.runId}.json` === basename(path);
		return isOurs && Array.isArray(record.processes) && Array.isArray(record.folders) ? record : null;
	} catch {
		return null;
	}
}

export function removeRecord(path: string): void {
	rmSync(path, { force: true });
	rmSync(`${path}.next`, { force: true });
}

/** Paths of all runs' files, of runs under way and of interrupted ones. */
export function listRecords(): string[] {
	const folder = join(baseFolder(), "runs");
	try {
		return readdirSync(folder)
			.filter((name) => name.endsWith(".json"))
			.map((name) => join(folder, name));
	} catch {
		return [];
	}
}
