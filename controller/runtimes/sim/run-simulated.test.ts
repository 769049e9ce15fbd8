import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHistory } from "../../../history/read.ts";
import { builtIn } from "../../../nodes/registry.ts";
import type { ReplicaDefinition } from "../../../nodes/sdk/replica.ts";
import { type Progress, runScenario } from "../../run.ts";
import { makeTestFolder, orSets } from "../../testing/scenarios.ts";
import { simulate } from "./simulate.ts";
import { play } from "./testing/diary.ts";
import { MAX_WATCHED_STEPS } from "./watch.ts";

let folder: Awaited<ReturnType<typeof makeTestFolder>>;
beforeAll(async () => {
	folder = await makeTestFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe("runScenario in the runtime sim", () => {
	it("leaves the folder that every run leaves, and shows its progress", async () => {
		const shown: Progress[] = [];
		const scenario = orSets();
		const outcome = await runScenario(scenario, {
			runtime: "sim",
			outDir: folder.path,
			onProgress: (progress) => shown.push(progress),
		});
		expect([outcome.endReason, outcome.toxiproxy]).toEqual(["settled", null]);
		expect(shown.at(-1)).toMatchObject({ phase: "final", completed: 60, planned: 60, differing: [] });
		expect(existsSync(join(outcome.folder, "scenario.json"))).toBe(true);
		const { header, events } = await readHistory(outcome.historyPath);
		const simulated = simulate(scenario, builtIn("or-set") as ReplicaDefinition);
		expect(header).toEqual(JSON.parse(JSON.stringify(simulated.header)));
		const read = [];
		for await (const event of events) read.push(event);
		expect(read).toEqual(JSON.parse(JSON.stringify(simulated.events)));
		const journal = (await readFile(outcome.journalPath, "utf8")).trimEnd().split("\n");
		expect(journal).toHaveLength(simulated.messages.length);
	});

	it("ends at once when it is interrupted", async () => {
		const outcome = await runScenario(orSets(), {
			runtime: "sim",
			outDir: folder.path,
			signal: AbortSignal.abort(),
		});
		expect(outcome.endReason).toBe("interrupted");
		expect(await readFile(outcome.historyPath, "utf8")).toMatch(/"event":"end","reason":"interrupted"/);
	});

	it("refuses a program before anything is made", async () => {
		const scenario = orSets({ replicas: { source: { kind: "command", argv: ["node"] } } });
		await expect(
			runScenario(scenario, { runtime: "sim", outDir: join(folder.path, "none") }),
		).rejects.toThrow(/replicas\.command: the simulator runs replicas made with the SDK only/);
		expect(existsSync(join(folder.path, "none"))).toBe(false);
	});
});

describe("a run that is too large to record whole", () => {
	it("samples states, leaves deliveries and messages out, and says so; final states are all there", () => {
		const replicas = 30;
		const { events, messages } = play({
			script: Array.from({ length: MAX_WATCHED_STEPS / replicas + 1 }, (_, index) =>
				index === 0 ? [0, "r1", "x"] : [index, "r2", null, "refuse"],
			),
			replicas,
		});
		const states = events.flatMap((event) => (event.event === "state" ? [event] : []));
		expect(states.filter(({ final }) => final)).toHaveLength(replicas);
		expect(states.filter(({ final, view }) => final && JSON.stringify(view) === '["x"]')).toHaveLength(
			replicas,
		);
		// 3.7 s of virtual time, the last two of which it takes to see that nothing moves.
		expect(states.filter(({ final }) => !final)).toHaveLength(3 * 20);
		expect(messages).toEqual([]);
		expect(events.find((event) => event.event === "note")).toMatchObject({
			what: expect.stringContaining("sampled"),
		});
	});
});
