/**
 * Leaves nothing behind. A run enters every process and folder here when it makes it; disposing removes them. Should this
 * process be killed, a watchdog outside of it does the same, and should that be killed as well, `cleanLeftovers`
 * (`pakka clean`) finds the run's file.
 *
 *     await using leftovers = await registerRun(runId);
 *     leftovers.add(child.pid);
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import { claimPorts } from "./port-claims.ts";
import { identify, isAlive } from "./process-identity.ts";
import { NOTHING_REMOVED, type Removed, removeLeftovers } from "./remove-leftovers.ts";
import {
	dataFolder,
	listRecords,
	type RunRecord,
	readRecord,
	recordPath,
	writeRecord,
} from "./run-registry.ts";
import { type EngineAddress, engineAddress } from "./runtimes/docker/engine-address.ts";

/** The watchdog has only to end after it was told so. */
const GOODBYE_WITHIN_MS = 2_000;
export const GOODBYE = "goodbye";

export interface Leftovers extends AsyncDisposable {
	readonly runId: string;
	/** For temporary files; it goes with the run. */
	readonly folder: string;
	/** To be called in the same tick in which the process was spawned. */
	add(pid: number): void;
	/** The process has ended, and its group with it. */
	remove(pid: number): void;
	/** To be called before anything is made in it. */
	addEngine(engine: EngineAddress): void;
	/** There is nothing of this run in it any more. */
	removeEngine(engine: EngineAddress): void;
	/** Ports that no other run of this user takes while this one lasts, also not while nobody listens on them. */
	claimPorts(count: number): number[];
}

/** Enters the run, makes its temporary folder and starts its watchdog. */
export async function registerRun(runId: string): Promise<Leftovers> {
	const path = recordPath(runId);
	const controller = identify(process.pid);
	if (controller === null)
		throw new Error(`the start time of process ${process.pid} (this one) can't be read`);
	const folder = dataFolder(runId);
	const record: RunRecord = { pakka: 1, runId, controller, processes: [], folders: [folder] };
	writeRecord(path, record);
	const watchdog = startWatchdog(path);
	await mkdir(folder, { recursive: true, mode: 0o700 });
	return {
		runId,
		folder,
		add(pid) {
			const identity = identify(pid);
			if (identity === null) return;
			record.processes.push(identity);
			writeRecord(path, record);
		},
		remove(pid) {
			record.processes = record.processes.filter((known) => known.pid !== pid);
			writeRecord(path, record);
		},
		addEngine(engine) {
			record.engines = [...(record.engines ?? []), engine];
			writeRecord(path, record);
		},
		removeEngine(engine) {
			record.engines = (record.engines ?? []).filter(({ url }) => url !== engine.url);
			writeRecord(path, record);
		},
		claimPorts: (count) => claimPorts(runId, count),
		async [Symbol.asyncDispose]() {
			try {
				await removeLeftovers(path, "ended");
			} finally {
				await dismiss(watchdog);
			}
		},
	};
}

/**
 * Removes what runs left behind whose controller is gone, also from the Docker engine where one answers; runs under way are
 * left alone.
 * @returns the processes ended (their ids), the folders removed, and the names of what was removed from engines
 */
export async function cleanLeftovers(): Promise<Removed> {
	const removed: Removed[] = [];
	for (const path of listRecords()) {
		const record = readRecord(path);
		if (record === null || isAlive(record.controller)) continue;
		removed.push(await removeLeftovers(path, "long-dead"));
	}
	const { sweepEngine } = await import("./runtimes/docker/sweep.ts");
	removed.push({ ...NOTHING_REMOVED, ...(await sweepEngine(engineAddress(process.env))) });
	return {
		processes: removed.flatMap(({ processes }) => processes),
		folders: removed.flatMap(({ folders }) => folders),
		containers: removed.flatMap(({ containers }) => containers),
		networks: removed.flatMap(({ networks }) => networks),
		volumes: removed.flatMap(({ volumes }) => volumes),
		images: removed.flatMap(({ images }) => images),
		unreachable: [...new Set(removed.flatMap(({ unreachable }) => unreachable))],
	};
}

/** It has its own process group, so that Ctrl-C in a terminal does not end it before its work. */
function startWatchdog(path: string): ChildProcess {
	const watchdog = spawn(process.execPath, [builtEntry("controller/watchdog.ts"), path], {
		detached: true,
		stdio: ["pipe", "ignore", "ignore"],
		cwd: "/",
	});
	watchdog.on("error", () => undefined);
	watchdog.stdin?.on("error", () => undefined);
	watchdog.unref();
	return watchdog;
}

async function dismiss(watchdog: ChildProcess): Promise<void> {
	if (watchdog.exitCode !== null || watchdog.signalCode !== null || watchdog.pid === undefined) return;
	const ended = once(watchdog, "exit");
	watchdog.ref();
	watchdog.stdin?.end(GOODBYE);
	const timeout = new AbortController();
	await Promise.race([
		ended,
		sleep(GOODBYE_WITHIN_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
	]);
	timeout.abort();
	if (watchdog.exitCode === null) watchdog.kill("SIGKILL");
}
