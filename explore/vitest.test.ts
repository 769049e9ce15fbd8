/** What `convergenceTest` and `toConverge` say; `test/vitest-example.test.ts` runs them as a user would. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtIn } from "../nodes/registry.ts";
import { opBased } from "../nodes/sdk/op-based.ts";
import type { Json, ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { checkConvergence } from "./convergence.ts";
import gCounter from "./testing/lossy-counter.ts";
import { convergenceTest } from "./vitest.ts";

const orSet = builtIn("or-set") as ReplicaDefinition;
const SEED = 5;
let outDir: string;

beforeAll(async () => {
	outDir = await mkdtemp(join(tmpdir(), "pakka-vitest-"));
});
afterAll(() => rm(outDir, { recursive: true, force: true }));

convergenceTest("an or-set converges", { replica: orSet, runs: 50, seed: SEED });

describe("toConverge", () => {
	it(`holds for a right type, and leaves nothing behind (seed ${SEED})`, async () => {
		await expect(orSet).toConverge({ runs: 50, seed: SEED, outDir });
		expect(await readdir(outDir).catch(() => [])).toEqual([]);
	});

	it(`tells what fails, how, with which seed, and how to see it again (seed ${SEED})`, async () => {
		const { message } = await failure(expect(gCounter).toConverge({ runs: 200, seed: SEED, outDir }));
		expect(message).toMatch(/strong-convergence fails \(seed 5, schedule \d+\)/);
		expect(message).toMatch(/r\d .* had delivered the same \d+ updates and differ: /);
		expect(message).toMatch(/Shrunk to [1-4] operations, 2 replicas:\n +\d+ ms {2}r1: add \d/);
		expect(message).toMatch(
			/Counterexample: {2}\S+counterexample\.yaml\nReplay: {2}npx pakka replay \S+counterexample\.yaml/,
		);
		expect(message).toMatch(/merge is not commutative: .*\n {2}a = \{"replica":"r\d","after":"add \d+"/);
		expect(message).toContain("Again, with seed 5:  npx vitest run explore/vitest.test.ts -t ");
		await expect(gCounter).not.toConverge({ runs: 200, seed: SEED, outDir });
	});

	it("says so where no file has the replica as its default export", async () => {
		const inline: ReplicaDefinition = { ...gCounter, type: "inline" };
		const { message } = await failure(expect(inline).toConverge({ runs: 200, seed: SEED, outDir }));
		const advice = /Replay: {2}not outside of this test, as Pakka finds no file/;
		expect(message).toMatch(advice);
		const subject = { title: "inline", replica: inline, again: "", file: import.meta.filename, module: null };
		expect((await checkConvergence(subject, { runs: 200, seed: SEED, outDir })).message).toMatch(advice);
	});

	it("fails where nothing was judged, and where two plays differ, with the reason", async () => {
		const refuses: ReplicaDefinition = opBased<null, null>({
			type: "refuses",
			operations: { add: { kind: "update", weight: 1, generate: () => null } },
			initial: () => null,
			prepare: () => ({ reject: { code: "no", message: "never" } }),
			apply: (state) => state,
			view: (state) => state,
		});
		const nothing = await failure(expect(refuses).toConverge({ runs: 5, outDir }));
		expect(nothing.message).toContain("no schedule accepted any update");
		const random: ReplicaDefinition = opBased<Json[], Json>({
			type: "random",
			operations: { add: { kind: "update", weight: 1, generate: () => null } },
			initial: () => [],
			prepare: () => ({ effect: Math.random() }),
			apply: (state, effect) => [...state, effect].sort((a, b) => Number(a) - Number(b)),
			view: (state) => state,
		});
		const differs = await failure(expect(random).toConverge({ runs: 5, outDir }));
		expect(differs.message).toMatch(
			/can't be told .*random is not deterministic \(randomness\).*Math\.random was called/,
		);
	});

	it("refuses options that can't be explored", async () => {
		const { message } = await failure(expect(orSet).toConverge({ replicas: 0, outDir }));
		expect(message).toMatch(/these options can't be explored\n.*replicas\.count/);
		const mix = await failure(expect(orSet).toConverge({ operations: { ad: 1 }, outDir }));
		expect(mix.message).toMatch(/'ad', but the replica knows add, remove, read/);
	});
});

async function failure(promise: Promise<unknown>): Promise<Error> {
	try {
		await promise;
	} catch (error) {
		return error as Error;
	}
	throw new Error("expected the matcher to fail; it held");
}
