/** A run that is broken off: Ctrl-C writes what there is, SIGKILL leaves a readable history, neither leaves anything running. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../reports/result.ts";
import { runPakka, startPakka, temporaryFolder } from "./run-pakka.ts";

const SCENARIO = `
name: long
replicas: { count: 3, type: or-set }
workload: { duration: 60s, rate: 50/s }
`;
const STARTED_WITHIN_MS = 15_000;
const CLEANED_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 100;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
	await writeFile(join(folder.path, "long.scenario.yaml"), SCENARIO);
});
afterAll(() => folder[Symbol.asyncDispose]());

async function startLong(out: string) {
	const started = startPakka(["run", "long.scenario.yaml", "--out", out, "--reporter", "json"], {
		cwd: folder.path,
	});
	// The workload has begun: a few operations are on record.
	await until(STARTED_WITHIN_MS, async () => (await historyLines(out)) > 30);
	const replicas = await replicasOf(started.child.pid ?? 0);
	expect(replicas.length).toBe(3);
	return { ...started, replicas };
}

describe("Ctrl-C in the middle of a run", () => {
	it("writes an unknown verdict and a page, exits 130, leaves no process", async () => {
		const { child, finished, replicas } = await startLong("interrupted");
		child.kill("SIGINT");
		const { code, stdout } = await finished;
		const [result] = JSON.parse(stdout) as RunResult[];
		expect(result).toMatchObject({ verdict: "unknown", met: false, endReason: "interrupted" });
		expect(await readdir(result?.folder ?? "")).toEqual(
			expect.arrayContaining(["result.json", "report.html"]),
		);
		expect(code).toBe(130);
		expect(await stillAlive(replicas)).toEqual([]);
	}, 60_000);

	it("exits 143 on SIGTERM", async () => {
		const { child, finished, replicas } = await startLong("terminated");
		child.kill("SIGTERM");
		expect((await finished).code).toBe(143);
		expect(await stillAlive(replicas)).toEqual([]);
	}, 60_000);
});

describe("kill -9 of the controller", () => {
	it("leaves a readable history that is unknown, and after pakka clean no process and no folder", async () => {
		const { child, finished, replicas } = await startLong("killed");
		child.kill("SIGKILL");
		await finished;
		const cleaned = await runPakka(["clean"], { cwd: folder.path });
		expect(cleaned.code).toBe(0);
		await until(CLEANED_WITHIN_MS, async () => (await stillAlive(replicas)).length === 0);
		const history = join((await runFolder("killed")) ?? "", "history.jsonl");
		const { code, stdout } = await runPakka(["check", history], { cwd: folder.path });
		expect(stdout).toContain("UNKNOWN");
		expect(code).toBe(2);
		const again = await runPakka(["clean"], { cwd: folder.path });
		expect(again.stdout).toContain("nothing was left behind");
	}, 60_000);
});

async function runFolder(out: string): Promise<string | null> {
	const names = await readdir(join(folder.path, out)).catch(() => []);
	const name = names.find((entry) => entry.includes("-long-"));
	return name === undefined ? null : join(folder.path, out, name);
}

async function historyLines(out: string): Promise<number> {
	const text = await readFile(join((await runFolder(out)) ?? "", "history.jsonl"), "utf8").catch(() => "");
	return text.split("\n").length;
}

/** Processes that were started by `parent` with a replica's environment. */
async function replicasOf(parent: number): Promise<number[]> {
	const all = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
	const are = await Promise.all(
		all.map(async (pid) => (await isReplica(pid)) && (await parentOf(pid)) === parent),
	);
	return all.filter((_, index) => are[index]);
}

async function stillAlive(pids: readonly number[]): Promise<number[]> {
	const are = await Promise.all(pids.map(isReplica));
	return pids.filter((_, index) => are[index]);
}

async function isReplica(pid: number): Promise<boolean> {
	return (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).includes("PAKKA_ID=");
}

async function parentOf(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
	return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

async function until(limitMs: number, condition: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + limitMs;
	while (!(await condition())) {
		if (Date.now() > end) throw new Error(`not so within ${limitMs} ms`);
		await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
	}
}
