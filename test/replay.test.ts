/** From a search to its counterexample and back, as a user does it: explore, replay, replay again. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

const SEED = 3;
const SCENARIO = join(packageRoot(), "scenarios/library/specimen-or-set-no-tombstone.scenario.yaml");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const pakka = (...args: string[]) => runPakka(args, { cwd: folder.path });

beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe("a counterexample", () => {
	it(`of seed ${SEED} is replayed by the command that explore prints: met, the same bytes each time, with a page`, async () => {
		const explored = await pakka(
			"explore",
			SCENARIO,
			"--seed",
			`${SEED}`,
			"--workers",
			"0",
			"--reporter",
			"json",
		);
		expect(explored.stderr).toBe("");
		expect(explored.code).toBe(0);
		const { found, folder: exploration } = JSON.parse(explored.stdout);
		expect(found).toMatchObject({ property: "strong-convergence" });
		expect(found.operations).toBeLessThanOrEqual(8);
		const command = (found.replay as string).split(" ").slice(1);
		const drawn = (await readdir(exploration)).filter((name) => name.includes("counterexample-"));
		const histories = [join(exploration, drawn[0] ?? "none", "history.jsonl")];
		for (const out of ["first", "second"]) {
			const { code, stdout } = await pakka(...command, "--out", out, "--reporter", "json");
			expect(code).toBe(0);
			const result = JSON.parse(stdout);
			expect(result).toMatchObject({ runtime: "sim", seed: SEED, verdict: "fail", met: true });
			expect(result.properties.find(({ name }: { name: string }) => name === found.property).reason).toBe(
				found.reason,
			);
			expect(await readdir(result.folder)).toContain("report.html");
			histories.push(join(result.folder, "history.jsonl"));
		}
		const bytes = await Promise.all(histories.map((path) => readFile(path, "utf8")));
		expect(bytes[0]).not.toBe("");
		expect(new Set(bytes).size).toBe(1);
	});
});
