/** What a module declares of itself reaches the verdict of a run, of a recorded history, and of what `explore` confirms. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { check } from "../checker/index.ts";
import { judgeInMemory } from "../explore/confirm.ts";
import { readHistory } from "../history/read.ts";
import { loadModule } from "../nodes/sdk/load-module.ts";
import { loadScenarioFile } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { applicationNamed } from "./application.ts";
import { check as checkCommand } from "./commands/check.ts";
import { execute } from "./execute.ts";

/** Deposits and withdrawals; all replicas agree, and all forget the bonus that is promised for every deposit. */
const MODULE = `
import { stateBased } from "pakka/node";
const sum = (totals) => Object.values(totals).reduce((a, b) => a + b, 0);
export default stateBased({
	type: "account",
	operations: { deposit: { kind: "update", weight: 1, generate: (draw) => draw.integer(1, 9) } },
	initial: () => ({}),
	mutate: (state, { value }, { actor }) => ({ state: { ...state, [actor]: (state[actor] ?? 0) + value } }),
	merge: (a, b) => {
		const merged = { ...a };
		for (const [actor, total] of Object.entries(b)) merged[actor] = Math.max(total, merged[actor] ?? 0);
		return merged;
	},
	view: (state) => sum(state),
	invariants: {
		positive: { statement: "nobody owes", when: "always", holds: (view) => view >= 0 },
		rich: { statement: "a thousand at least", when: "settled", holds: (view) => view >= 1000 || "only " + view },
	},
	specification: (updates) => updates.reduce((total, { value }) => total + value + BONUS, 0),
});
`;

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-application-"));
	await writeFile(path("right.ts"), MODULE.replace("BONUS", "0"));
	await writeFile(path("wrong.ts"), MODULE.replace("BONUS", "1"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function scenario(module: string, more: object = {}): Promise<Scenario> {
	const file = path(`${module}.json`);
	const replicas = { count: 3, module: `./${module}.ts` };
	const workload = { operations: 30, rate: "100/s" };
	await writeFile(file, JSON.stringify({ name: module, replicas, workload, ...more }));
	const loaded = await loadScenarioFile(file, { types: new Map() });
	if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
	return loaded.scenario;
}

it("is judged by run, beside the scenario's own invariants", async () => {
	const invariants = {
		small: "view < 1000",
		positive: { expression: "view > 100", when: "settled" },
	};
	const input = { invariants, expect: { fail: "invariant:rich" } };
	const result = await execute(await scenario("right", input), { runtime: "sim", outDir: path("runs") });
	const verdicts = result.properties.map(({ name, verdict }) => `${name} ${verdict}`);
	expect(verdicts).toEqual(
		expect.arrayContaining([
			"specification pass",
			"invariant:rich fail",
			"invariant:small pass",
			// The scenario's takes the place of the declared one.
			"invariant:positive fail",
		]),
	);
	expect(result.met).toBe(true);
});

it("is judged by what explore confirms, and of a history by the module that made it", async () => {
	const wrong = await scenario("wrong");
	const { checked } = await judgeInMemory(wrong, await loadModule(path("wrong.ts")));
	const failed = checked.properties.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
	expect(failed).toEqual(["specification", "invariant:rich"]);

	const { folder: run } = await execute(wrong, { runtime: "sim", outDir: path("runs") });
	const alone = await check(await readHistory(join(run, "history.jsonl")));
	expect(alone.properties.map(({ name }) => name)).not.toContain("specification");
	const options = { type: path("wrong.ts"), json: true };
	const printed: string[] = [];
	const listener = vi
		.spyOn(process.stdout, "write")
		.mockImplementation((text) => printed.push(String(text)) > 0);
	try {
		expect(await checkCommand(join(run, "history.jsonl"), options)).toBe(1);
	} finally {
		listener.mockRestore();
	}
	expect(printed.join("")).toContain("what the application's own specification doesn't make of them");
});

it("is nothing for types that declare nothing, and for none", () => {
	expect(applicationNamed("or-set")).toEqual({});
	expect(applicationNamed("unheard-of")).toEqual({});
	expect(applicationNamed(null)).toEqual({});
});
