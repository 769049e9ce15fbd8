import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pageData } from "./page-data.ts";
import { MAX_LOG_TAIL_BYTES } from "./read-logs.ts";
import { writeFixtureRun } from "./testing/fixture-run.ts";
import { writeIndex } from "./write-index.ts";

let root: string;
let folder: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "pakka-reports-"));
	folder = join(root, "run");
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe("the data of a page", () => {
	it("holds a whole run in columns of equal length (seed 3)", async () => {
		const data = await pageData(await writeFixtureRun({ folder, events: 800, seed: 3, verdict: "pass" }));
		const lengths = (table: object): number[] =>
			Object.values(table).map((column: number[]) => column.length);
		for (const table of [data.operations, data.deliveries, data.messages, data.observations]) {
			expect(new Set(lengths(table)).size).toBe(1);
			expect(lengths(table)[0]).toBeGreaterThan(0);
		}
		expect(data.problems).toEqual([]);
		expect(data.end?.reason).toBe("settled");
		expect(data.counts.overtaken).toBeGreaterThan(0);
		expect(data.counts.duplicates).toBeGreaterThan(0);
		expect(data.operations.start).toEqual([...data.operations.start].sort((a, b) => a - b));
	});

	it("gives equal views equal numbers, at the end too (seed 3)", async () => {
		const data = await pageData(await writeFixtureRun({ folder, events: 800, seed: 3, verdict: "pass" }));
		const finals = data.observations.view.filter((_, n) => data.observations.final[n] === 1);
		expect(finals).toHaveLength(5);
		expect(new Set(finals).size).toBe(1);
	});

	it("names who could reach whom during a partition", async () => {
		const data = await pageData(await writeFixtureRun({ folder, events: 800, seed: 3, verdict: "pass" }));
		const partition = data.faults.find(({ kind }) => kind === "partition");
		expect(partition?.groups).toEqual([
			[0, 1],
			[2, 3, 4],
		]);
		expect(partition?.words).toBe("partition r1 r2 | r3 r4 r5, messages held until it heals");
	});

	it("keeps the events that properties name as evidence (seed 7)", async () => {
		const data = await pageData(await writeFixtureRun({ folder, events: 2_000, seed: 7, verdict: "fail" }));
		const strong = data.result?.properties.find(({ name }) => name === "strong-convergence");
		expect(strong?.verdict).toBe("fail");
		for (const index of strong?.evidence.events ?? []) expect(data.evidence[index]?.index).toBe(index);
	});

	it("says what is missing of a run that was cut off (seed 3)", async () => {
		const data = await pageData(
			await writeFixtureRun({ folder, events: 800, seed: 3, verdict: "pass", cutOff: true }),
		);
		expect(data.result).toBeNull();
		expect(data.problems.join("\n")).toMatch(/no readable result\.json/);
		expect(data.problems.join("\n")).toMatch(/has no end/);
		expect(data.problems.join("\n")).toMatch(/torn/);
		expect(data.operations.start.length).toBeGreaterThan(0);
	});

	it("keeps what comes before a bad line", async () => {
		await writeFixtureRun({ folder, events: 800, seed: 3, verdict: "pass" });
		const header = `{"pakka":1,"scenario":"s","seed":1,"type":null,"replicas":["r1"],"runtime":"sim","startedAt":""}`;
		const phase = `{"index":0,"time":5000,"event":"phase","phase":"workload"}`;
		await writeFile(join(folder, "history.jsonl"), `${header}\n${phase}\nnot json\n${phase}\n`);
		const data = await pageData(folder);
		expect(data.phases).toEqual([{ phase: "workload", time: 5 }]);
		expect(data.problems.join("\n")).toMatch(/up to event 1 only.*history\.jsonl:3/);
	});

	it("makes a page's data of an empty folder", async () => {
		const data = await pageData(root);
		expect(data.problems.length).toBeGreaterThan(2);
		expect(data.run.seed).toBeNull();
	});

	it("takes the ends of long logs, without half a line", async () => {
		await writeFixtureRun({ folder, events: 400, seed: 3, verdict: "pass" });
		const line = `${"x".repeat(99)}\n`;
		await writeFile(join(folder, "logs", "r1.log"), line.repeat((2 * MAX_LOG_TAIL_BYTES) / 100));
		const log = (await pageData(folder)).logs.find(({ name }) => name === "r1");
		expect(log?.text.length).toBeLessThanOrEqual(MAX_LOG_TAIL_BYTES);
		expect(log?.text.startsWith("x".repeat(99))).toBe(true);
		expect(log?.droppedBytes).toBeGreaterThan(0);
	});
});

describe("the list of runs", () => {
	it("names every run, the newest first, and escapes what runs say", async () => {
		await writeFixtureRun({ folder: join(root, "2026-01-01-a-1"), events: 400, seed: 3, verdict: "pass" });
		await writeFixtureRun({
			folder: join(root, "2026-01-02-<img>-2"),
			events: 2_000,
			seed: 7,
			verdict: "fail",
		});
		await writeFixtureRun({
			folder: join(root, "2026-01-03-cut"),
			events: 400,
			seed: 3,
			verdict: "pass",
			cutOff: true,
		});
		const html = await readFile(await writeIndex(root), "utf8");
		expect(html.match(/<tr><td>/g)).toHaveLength(3);
		expect(html.indexOf("2026-01-03-cut")).toBeLessThan(html.indexOf("strong-convergence"));
		expect(html).not.toContain("<img>");
		expect(html).toContain("default-src 'none'");
	});
});
