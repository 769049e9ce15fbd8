/** A controller that is killed leaves nothing behind, whoever is left to clean up. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { readHistory } from "../history/read.ts";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { cleanLeftovers, registerRun } from "./leftovers.ts";
import { identify, isAlive, processesWithEnvironment } from "./process-identity.ts";
import { listRecords, RUN_VARIABLE, type RunRecord, readRecord, writeRecord } from "./run-registry.ts";
import { makeTestFolder } from "./testing/scenarios.ts";

const GONE_WITHIN_MS = 5_000;

interface Running {
	controller: ChildProcess;
	recordFile: string;
	record: RunRecord;
}

/** Resolves when the run has printed such a line. */
async function startController(outDir: string, until: RegExp): Promise<Running> {
	const controller = spawn(process.execPath, ["controller/testing/run-forever.mjs", outDir], {
		cwd: packageRoot(),
		stdio: ["ignore", "pipe", "inherit"],
	});
	for await (const line of createInterface({ input: controller.stdout })) if (until.test(line)) break;
	const found = listRecords()
		.map((recordFile) => ({ recordFile, record: readRecord(recordFile) }))
		.find(({ record }) => record?.controller.pid === controller.pid);
	if (found?.record == null) throw new Error("the run has no registry file");
	return { controller, recordFile: found.recordFile, record: found.record };
}

async function kill({ controller }: Running): Promise<void> {
	controller.kill("SIGKILL");
	await once(controller, "exit");
}

function remains({ recordFile, record }: Running) {
	return {
		processes: [
			...record.processes.filter(isAlive),
			...processesWithEnvironment(RUN_VARIABLE, record.runId),
		].map(({ pid }) => pid),
		folders: record.folders.filter((folder) => existsSync(folder)),
		file: existsSync(recordFile),
	};
}

const NOTHING = { processes: [], folders: [], file: false };

describe("after SIGKILL of the controller", () => {
	for (const [moment, until] of [
		["while nodes start", /^start/],
		["in mid-run", /^workload \d{2}/],
	] as const) {
		it(`${moment}, the watchdog leaves no process and no folder, and the history is readable`, async () => {
			await using folder = await makeTestFolder();
			const running = await startController(folder.path, until);
			await kill(running);
			const deadline = performance.now() + GONE_WITHIN_MS;
			while (performance.now() < deadline && remains(running).file) await sleep(50);
			expect(remains(running)).toEqual(NOTHING);

			const [run = ""] = readdirSync(folder.path);
			const history = await readHistory(join(folder.path, run, "history.jsonl"));
			const seen = new Set<string>();
			for await (const { event } of history.events) seen.add(event);
			expect(seen).not.toContain("end");
			if (moment === "in mid-run") expect(seen).toContain("ok");
		}, 20_000);
	}

	it("and of its watchdog, cleaning finds what is left", async () => {
		await using folder = await makeTestFolder();
		const running = await startController(folder.path, /^workload \d/);
		const watchdogs = watchdogsOf(running.recordFile);
		expect(watchdogs).toHaveLength(1);
		for (const pid of watchdogs) process.kill(pid, "SIGKILL");
		await kill(running);
		expect(remains(running).processes.length).toBeGreaterThanOrEqual(4);
		// What it removed is not counted: another test may be cleaning at this moment, and has its share.
		await cleanLeftovers();
		expect(remains(running)).toEqual(NOTHING);
	}, 20_000);
});

describe("cleaning", () => {
	it("leaves runs under way alone", async () => {
		const runId = `test-${process.pid}`;
		await using leftovers = await registerRun(runId);
		await cleanLeftovers();
		expect(existsSync(leftovers.folder)).toBe(true);
	});

	it("kills nobody who merely has the number of a process that is gone, and removes no foreign folder", async () => {
		await using folder = await makeTestFolder();
		const bystander = spawn("sleep", ["30"], { stdio: "ignore" });
		await once(bystander, "spawn");
		const pid = bystander.pid as number;
		const runId = `test-bystander-${process.pid}`;
		await using leftovers = await registerRun(runId);
		const recordFile = listRecords().find((path) => path.includes(runId)) as string;
		writeRecord(recordFile, {
			pakka: 1,
			runId,
			controller: { pid, startTime: "1" },
			processes: [{ pid, startTime: "1" }],
			folders: [folder.path, leftovers.folder],
		});
		await cleanLeftovers();
		expect(identify(pid)).not.toBeNull();
		expect(existsSync(folder.path)).toBe(true);
		expect(existsSync(leftovers.folder)).toBe(false);
		bystander.kill();
	});
});

function watchdogsOf(recordFile: string): number[] {
	return readdirSync("/proc")
		.filter((name) => /^\d+$/.test(name))
		.map(Number)
		.filter((pid) => {
			try {
				const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
				return argv.some((part) => part.endsWith("watchdog.js")) && argv.includes(recordFile);
			} catch {
				return false;
			}
		});
}
