/** A run that is broken off: Ctrl-C writes what there is, SIGKILL leaves a readable history, neither leaves anything running. */
import { readdir, writeFile } from "node:fs/promises";
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
	await until(
		STARTED_WITHIN_MS,
		async () => (await runFolder(out)) !== null && (await processesOf(out)).length >= 3,
	);
	// The workload has begun: a few operations are on record.
	await until(STARTED_WITHIN_MS, async () => (await historyLines(out)) > 30);
	return started;
}

describe("Ctrl-C in the middle of a run", () => {
	it("writes an unknown verdict and a page, exits 130, leaves no process", async () => {
		const { child, finished } = await startLong("interrupted");
		child.kill("SIGINT");
		const { code, stdout } = await finished;
		const [result] = JSON.parse(stdout) as RunResult[];
		expect(result).toMatchObject({ verdict: "unknown", met: false, endReason: "interrupted" });
		expect(await readdir(result?.folder ?? "")).toEqual(
			expect.arrayContaining(["result.json", "report.html"]),
		);
		expect(code).toBe(130);
		expect(await processesOf("interrupted")).toEqual([]);
	}, 60_000);

	it("exits 143 on SIGTERM", async () => {
		const { child, finished } = await startLong("terminated");
		child.kill("SIGTERM");
		expect((await finished).code).toBe(143);
		expect(await processesOf("terminated")).toEqual([]);
	}, 60_000);
});

describe("kill -9 of the controller", () => {
	it("leaves a readable history that is unknown, and after pakka clean no process and no folder", async () => {
		const { child, finished } = await startLong("killed");
		child.kill("SIGKILL");
		await finished;
		const cleaned = await runPakka(["clean"], { cwd: folder.path });
		expect(cleaned.code).toBe(0);
		await until(CLEANED_WITHIN_MS, async () => (await processesOf("killed")).length === 0);
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
	const { readFile } = await import("node:fs/promises");
	const text = await readFile(join((await runFolder(out)) ?? "", "history.jsonl"), "utf8").catch(() => "");
	return text.split("\n").length;
}

/** Replicas of our run, told by the PAKKA_DATA in their environment, whose run id the run's folder name is part of. */
async function processesOf(out: string): Promise<number[]> {
	const { readFile } = await import("node:fs/promises");
	const found: number[] = [];
	for (const entry of await readdir("/proc")) {
		if (!/^\d+$/.test(entry)) continue;
		const environment = await readFile(`/proc/${entry}/environ`, "utf8").catch(() => "");
		if (
			environment.includes("PAKKA_ID=") &&
			environment.includes(`PAKKA_RUN_FOLDER=${join(folder.path, out)}/`)
		) {
			found.push(Number(entry));
		}
	}
	return found;
}

async function until(limitMs: number, condition: () => Promise<boolean>): Promise<void> {
	const end = Date.now() + limitMs;
	while (!(await condition())) {
		if (Date.now() > end) throw new Error(`not so within ${limitMs} ms`);
		await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
	}
}
