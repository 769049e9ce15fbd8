/** Campaigns: the same finding whoever searches, what is written, interruption, and a module of a user's own. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knownTypes } from "../cli/known-types.ts";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { parseScenario } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { type Exploration, explore, verdictOf } from "./index.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

const RIGHT = "name: right\nreplicas: { count: 3, type: or-set }\n";
const WRONG = "name: wrong\nreplicas: { count: 3, type: specimen/log-ack-before-sync }\n";

function scenarioOf(text: string): Scenario {
	const parsed = parseScenario(text, { file: join(folder, "test.scenario.yaml"), types: knownTypes() });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	return parsed.scenario;
}

/** What must not depend on who searched, and how fast. */
function findingOf({ found, schedules, seed, laws, judged }: Exploration) {
	if (found === null) return { found, schedules, seed, laws, judged };
	const { property, reason, operations, replicas, afterSchedules } = found;
	return { found: { property, reason, operations, replicas, afterSchedules }, schedules, seed, laws };
}

describe("explore", () => {
	it.each([3, 4])("finds the same with no, one and two workers (seed %i)", async (seed) => {
		const findings = [];
		for (const workers of [0, 1, 2]) {
			const options = { seed, runs: 3_000, workers, outDir: folder };
			findings.push(findingOf(await explore(scenarioOf(WRONG), options)));
		}
		expect(findings[0]).toMatchObject({ found: { property: "durability" } });
		expect(findings[1]).toEqual(findings[0]);
		expect(findings[2]).toEqual(findings[0]);
	});

	it("plays as many schedules of a right type as it is told, over workers too", async () => {
		for (const workers of [0, 2]) {
			const options = { runs: 400, workers, outDir: folder };
			const exploration = await explore(scenarioOf(RIGHT), options);
			expect(exploration).toMatchObject({
				schedules: 400,
				judged: 400,
				found: null,
				interrupted: false,
				complete: false,
			});
			expect(exploration.configurations).toBeGreaterThan(3_000);
			expect(Object.entries(exploration.faults).filter(([, count]) => count === 0)).toEqual([]);
			expect(verdictOf(exploration, "pass")).toBe("met");
		}
	});

	it("writes exploration.json and the counterexample that it names", async () => {
		const exploration = await explore(scenarioOf(WRONG), { seed: 3, workers: 0, outDir: folder });
		const written = JSON.parse(
			await readFile(join(exploration.folder, "exploration.json"), "utf8"),
		) as object;
		expect(written).toEqual(exploration);
		expect(await readFile(exploration.found?.counterexample ?? "", "utf8")).toContain("durability");
		expect(verdictOf(exploration, "pass")).toBe("failed");
		expect(verdictOf(exploration, { fail: "durability" })).toBe("met");
		expect(verdictOf(exploration, { fail: "convergence" })).toBe("failed");
	});

	it("ends with what there is when it is interrupted", async () => {
		const over = new AbortController();
		const exploration = await explore(scenarioOf(RIGHT), {
			runs: 1_000_000,
			workers: 0,
			outDir: folder,
			signal: over.signal,
			onProgress: ({ schedules }) => {
				if (schedules > 100) over.abort();
			},
		});
		expect(exploration).toMatchObject({ interrupted: true, complete: false, found: null });
		expect(exploration.schedules).toBeGreaterThan(100);
	});

	it("completes a small scope, and says which", async () => {
		const options = { strategy: "exhaustive", operations: 1, outDir: folder } as const;
		const exploration = await explore(scenarioOf(RIGHT), options);
		expect(exploration).toMatchObject({ complete: true, found: null });
		expect(exploration.scope).toContain("3 replicas × 1 operation");
	});

	it("has a replica of a user's that throws confirmed by the checker", async () => {
		await writeFile(join(folder, "throws.ts"), throwingModule());
		const exploration = await explore(
			scenarioOf("name: throws\nreplicas: { count: 2, module: ./throws.ts }\n"),
			{
				workers: 0,
				outDir: folder,
			},
		);
		expect(exploration.unconfirmed).toBeNull();
		expect(exploration.found).toMatchObject({ property: "termination", operations: 1 });
		expect(exploration.found?.reason).toContain("not today");
	});

	it("refuses what is not made with the SDK", async () => {
		const scenario = scenarioOf(RIGHT);
		const source = { kind: "command", argv: ["python3"] } as const;
		const foreign = {
			...scenario,
			replicas: { ...scenario.replicas, source: { ...source, argv: ["python3"] } },
		};
		await expect(explore(foreign, { outDir: folder })).rejects.toThrow("made with the SDK");
	});
});

function throwingModule(): string {
	return `
import { opBased } from ${JSON.stringify(join(packageRoot(), "nodes/sdk/index.ts"))};
export default opBased({
	type: "throws",
	operations: { add: { kind: "update", weight: 1, generate: (draw) => draw.integer(1, 9) } },
	initial: () => ({ sum: 0 }),
	prepare: (state, operation) => ({ effect: operation.value }),
	apply(state, effect, { origin }) {
		if (origin === "r2") throw new Error("not today");
		return { sum: state.sum + effect };
	},
	view: (state) => state.sum,
});
`;
}
