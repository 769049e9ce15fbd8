/** The main job from the command line, with real processes: run, judge, page, check, report, replay. */
import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../reports/result.ts";
import { type Finished, runPakka, temporaryFolder } from "./run-pakka.ts";

const SCENARIO = `
name: cart
replicas: { count: 3, type: or-set }
seed: 11
workload: { operations: 120, rate: 150/s, mix: { add: 3, remove: 1, read: 1 } }
faults:
  - { at: 0s, for: 900ms, reorder: { spread: 60ms } }
  - { at: 200ms, for: 500ms, partition: { isolate: r2 }, mode: hold }
  - { at: 300ms, crash: r3, restartAfter: 300ms }
`;
const SPECIMEN = `
name: specimen-tie
replicas: { count: 3, type: specimen/lww-register-tie-keeps-local }
workload: { operations: 120, rate: 150/s }
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let finished: Finished;
let results: RunResult[];
const pakka = (...args: string[]) => runPakka(args, { cwd: folder.path });

beforeAll(async () => {
	folder = await temporaryFolder();
	await writeFile(join(folder.path, "cart.scenario.yaml"), SCENARIO);
	finished = await pakka("run", "cart.scenario.yaml", "--reporter", "list,json,junit");
	results = JSON.parse(finished.stdout) as RunResult[];
}, 60_000);
afterAll(() => folder[Symbol.asyncDispose]());

describe("pakka run", () => {
	it("meets the expectation, with nothing but JSON on stdout", () => {
		expect(results.map(({ scenario, verdict, met, seed }) => ({ scenario, verdict, met, seed }))).toEqual([
			{ scenario: "cart", verdict: "pass", met: true, seed: 11 },
		]);
		expect(finished.stderr).toContain("1 of 1 met");
		expect(finished.code).toBe(0);
	});

	it("judges every property that applies, and counts what it looked at", () => {
		const names = results[0]?.properties.map(({ name }) => name) ?? [];
		for (const name of [
			"convergence",
			"strong-convergence",
			"eventual-delivery",
			"termination",
			"durability",
			"specification",
		]) {
			expect(names).toContain(name);
		}
		expect(results[0]?.stats).toMatchObject({ replicas: 3, operations: 120, faults: 3 });
		expect(results[0]?.stats["overtaken"]).toBeGreaterThan(0);
	});

	it("leaves a folder as the contracts say, `latest`, an index and JUnit", async () => {
		const runs = join(folder.path, "runs");
		const latest = await readlink(join(runs, "latest"));
		expect(latest).toMatch(/-cart-11$/);
		expect((await readdir(join(runs, latest))).sort()).toEqual(
			expect.arrayContaining(["history.jsonl", "logs", "report.html", "result.json", "scenario.json"]),
		);
		expect(await readFile(join(runs, "index.html"), "utf8")).toContain("cart");
		expect(await readFile(join(runs, "junit.xml"), "utf8")).toContain('tests="1"');
	});
});

describe("what was recorded", () => {
	it("is judged alike by pakka check", async () => {
		const { code, stdout } = await pakka("check", "runs/latest/history.jsonl", "--reporter", "json");
		const checked = JSON.parse(stdout) as RunResult;
		expect(checked.verdict).toBe("pass");
		expect(code).toBe(0);
	});

	it("fails when one acknowledged element is taken from every final view by hand", async () => {
		const lines = (await readFile(join(folder.path, "runs/latest/history.jsonl"), "utf8")).trim().split("\n");
		const tampered = lines.map((line) => {
			const event = JSON.parse(line) as { event?: string; final?: boolean; view?: unknown[] };
			return event.event === "state" && event.final === true
				? JSON.stringify({ ...event, view: event.view?.slice(1) })
				: line;
		});
		const path = join(folder.path, "tampered.jsonl");
		await writeFile(path, `${tampered.join("\n")}\n`);
		const { code, stdout } = await pakka("check", path);
		expect(stdout).toMatch(/FAIL +(specification|strong-convergence)/);
		expect(code).toBe(1);
	});

	it("without its end is unknown, exit 2", async () => {
		const lines = (await readFile(join(folder.path, "runs/latest/history.jsonl"), "utf8")).trim().split("\n");
		const path = join(folder.path, "cut.jsonl");
		await writeFile(path, `${lines.slice(0, lines.length / 2).join("\n")}\n{"index":`);
		const { code, stdout } = await pakka("check", path);
		expect(stdout).toContain("UNKNOWN");
		expect(code).toBe(2);
	});

	it("gets its page again from pakka report", async () => {
		const { code, stdout } = await pakka("report", "runs/latest");
		expect(stdout).toContain("report.html");
		expect(code).toBe(0);
	});
});

describe("pakka replay", () => {
	it("runs the same operations with the same seed and prints one result", async () => {
		const { code, stdout } = await pakka("replay", "runs/latest", "--out", "again", "--reporter", "json");
		const result = JSON.parse(stdout) as RunResult;
		expect(result).toMatchObject({ scenario: "cart", seed: 11, verdict: "pass" });
		expect(code).toBe(0);
		const invoked = async (run: string) =>
			(await readFile(join(run, "history.jsonl"), "utf8"))
				.split("\n")
				.filter((line) => line.includes('"invoke"'))
				.map((line) => JSON.parse(line) as { id: string; f: string; value: unknown })
				.map(({ id, f, value }) => JSON.stringify([id, f, value]))
				.sort();
		expect(await invoked(result.folder)).toEqual(await invoked(results[0]?.folder ?? ""));
	}, 60_000);
});

describe("a specimen", () => {
	it("exits 1 and prints the sentence, the page and the replay command when nobody expects it to fail", async () => {
		await writeFile(join(folder.path, "specimen.scenario.yaml"), SPECIMEN);
		const { code, stdout } = await pakka("run", "specimen.scenario.yaml");
		expect(stdout).toMatch(/✗ specimen-tie/);
		expect(stdout).toMatch(
			/strong-convergence: r\d \(at .* s\) and r\d \(at .* s\) had delivered the same \d+ updates and differ/,
		);
		expect(stdout).toMatch(/page +.*report\.html/);
		expect(stdout).toMatch(/replay +pakka replay /);
		expect(code).toBe(1);
	}, 60_000);

	it("that fails for another reason than the expected one is not caught", async () => {
		await writeFile(join(folder.path, "wrong.scenario.yaml"), `${SPECIMEN}expect: { fail: durability }\n`);
		const { code, stdout } = await pakka("run", "wrong.scenario.yaml");
		expect(stdout).toContain("expected durability to fail");
		expect(code).toBe(1);
	}, 60_000);
});
