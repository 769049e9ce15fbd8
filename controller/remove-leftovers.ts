/**
 * Removes what one run left behind, by its registry file: its processes with their groups, processes that carry its id in
 * their environment, its folders, at last the file itself. Kills nobody whose start time is not the remembered one.
 */
import { existsSync, rmSync } from "node:fs";
import { sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { releasePorts } from "./port-claims.ts";
import { identify, isAlive, killWithGroup, processesWithEnvironment } from "./process-identity.ts";
import {
	baseFolder,
	dataFolder,
	RUN_VARIABLE,
	type RunRecord,
	readRecord,
	removeRecord,
} from "./run-registry.ts";

/** Killed processes are gone within milliseconds; a process in an uninterruptible call may take longer. */
const GONE_WITHIN_MS = 3_000;
const POLL_MS = 20;

export interface Removed {
	/** Process ids. */
	processes: number[];
	folders: string[];
}

/** @returns what was there and is gone now; nothing when the file is not one of ours */
export async function removeLeftovers(path: string): Promise<Removed> {
	const record = readRecord(path);
	if (record === null) return { processes: [], folders: [] };
	const processes = await endProcesses(record);
	const folders = removeFolders(record);
	releasePorts(record.runId);
	removeRecord(path);
	return { processes, folders };
}

async function endProcesses(record: RunRecord): Promise<number[]> {
	const killed = new Set<number>();
	for (let waitedMs = 0; waitedMs < GONE_WITHIN_MS; waitedMs += POLL_MS) {
		const alive = survivors(record);
		if (alive.length === 0) break;
		for (const pid of alive) {
			killed.add(pid);
			killWithGroup(pid, "SIGKILL");
		}
		await sleep(POLL_MS);
	}
	return [...killed];
}

function survivors(record: RunRecord): number[] {
	const marked = processesWithEnvironment(RUN_VARIABLE, record.runId);
	const known = record.processes.filter(isAlive);
	const pids = new Set([...known, ...marked].map(({ pid }) => pid));
	pids.delete(process.pid);
	return [...pids].filter((pid) => identify(pid) !== null);
}

function removeFolders(record: RunRecord): string[] {
	const inside = baseFolder() + sep;
	const folders = new Set([...record.folders, dataFolder(record.runId)]);
	return [...folders].filter((folder) => {
		if (!folder.startsWith(inside) || folder.includes("..") || !existsSync(folder)) return false;
		rmSync(folder, { recursive: true, force: true });
		return true;
	});
}
