/**
 * Removes what one run left behind, by its registry file: its processes with their groups, processes that carry its id in
 * their environment, its folders, what carries its label in a Docker engine, at last the file itself. Kills nobody whose start time is not the remembered one.
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
	/** Names. */
	containers: string[];
	networks: string[];
	volumes: string[];
	/** Pakka's own, older than the newest. */
	images: string[];
	/** Engines that did not answer: what is in them is still there, and is found by its labels when they are back. */
	unreachable: string[];
}

export const NOTHING_REMOVED: Removed = {
	processes: [],
	folders: [],
	containers: [],
	networks: [],
	volumes: [],
	images: [],
	unreachable: [],
};

/** `ended` by itself · `killed` a moment ago, so that something it asked of an engine may still come · `long-dead`. */
export type ControllerEnd = "ended" | "killed" | "long-dead";

/**
 * @returns what was there and is gone now; nothing when the file is not one of ours
 */
export async function removeLeftovers(path: string, how: ControllerEnd): Promise<Removed> {
	const record = readRecord(path);
	if (record === null) return NOTHING_REMOVED;
	const processes = await endProcesses(record);
	const folders = removeFolders(record);
	releasePorts(record.runId);
	const removed = { ...NOTHING_REMOVED, processes, folders };
	const engines = record.engines ?? [];
	if (engines.length > 0) {
		// Loaded only where there was one: the watchdog of other runs is to be small.
		const { removeFromEngines } = await import("./runtimes/docker/sweep.ts");
		Object.assign(removed, await removeFromEngines(engines, record.runId, how));
	}
	// Whoever cleans up by hand has been told; otherwise the file says so to the one who does.
	if (removed.unreachable.length === 0 || how === "long-dead") removeRecord(path);
	return removed;
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
