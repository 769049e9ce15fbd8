/** The ordinary checker as a judge of single schedules: it accuses no right type, and sees what the fast check can't. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knownTypes } from "../cli/known-types.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { loadScenarioFile, parseScenario } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { judgeInMemory } from "./confirm.ts";
import { checkFully, isFullyChecked } from "./full-check.ts";
import { generate } from "./generate.ts";
import { explore } from "./index.ts";
import { operationMix } from "./operations.ts";
import { play } from "./play.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

const SEED = 7;
const OWN_TYPES = builtInNames().filter((name) => !name.includes("/"));

function demandsOf({ type }: ReplicaDefinition) {
	return { type, checks: null, wanted: null, options: {} };
}

function scenarioOf(text: string): Scenario {
	const parsed = parseScenario(text, { file: join(folder, "test.scenario.yaml"), types: knownTypes() });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	return parsed.scenario;
}

function schedulesOf(definition: ReplicaDefinition, count: number) {
	const mix = operationMix(definition, null);
	const sizes = { replicas: 4, operations: 4, keys: 4 };
	return Array.from({ length: count }, (_, index) =>
		play(definition, definition.type, generate(definition, mix, "random", sizes, SEED, index)),
	);
}

describe("the full check of a schedule", () => {
	it.each(OWN_TYPES)(`finds nothing in 25 schedules with faults of %s (seed ${SEED})`, (name) => {
		const definition = builtIn(name) as ReplicaDefinition;
		for (const { schedule } of schedulesOf(definition, 25)) {
			expect(checkFully(definition, schedule, demandsOf(definition))).toBeNull();
		}
	});

	it(`finds violated whatever the fast check does, in 120 schedules of specimens (seed ${SEED})`, () => {
		let compared = 0;
		for (const name of ["or-set-no-tombstone", "log-ack-before-sync", "pn-counter-no-dedupe"]) {
			const definition = builtIn(`specimen/${name}`) as ReplicaDefinition;
			for (const outcome of schedulesOf(definition, 40)) {
				if (outcome.kind !== "violated") continue;
				const { property } = outcome.violation;
				const violation = checkFully(definition, outcome.schedule, {
					...demandsOf(definition),
					wanted: property,
				});
				expect(violation).toMatchObject({ property });
				compared += 1;
			}
		}
		expect(compared).toBeGreaterThan(10);
	});

	it("depends on the seed and the number of a schedule alone", () => {
		const orSet = builtIn("or-set") as ReplicaDefinition;
		const fast = Array.from({ length: 640 }, (_, index) => isFullyChecked(orSet, "or-set", 3, index));
		expect(fast.filter((is) => is)).toHaveLength(10);
		const text = builtIn("text") as ReplicaDefinition;
		const slow = Array.from({ length: 1_056 }, (_, index) => isFullyChecked(text, "text", 3, index));
		expect(slow.filter((is) => is)).toHaveLength(256 + 100);
	});
});

describe("explore", () => {
	it("finds what only the checker sees, shrinks it, and its file fails the same way", async () => {
		const scenario = scenarioOf("name: copied\nreplicas: { count: 3, type: specimen/list-move-by-copy }\n");
		const { found, fullyChecked, scope } = await explore(scenario, { workers: 0, outDir: folder });
		expect(found?.property).toBe("specification");
		expect(found?.operations).toBeLessThanOrEqual(8);
		expect(scope).toContain(`the whole checker ${fullyChecked} of them too`);
		const loaded = await loadScenarioFile(found?.counterexample as string, { types: knownTypes() });
		if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
		const definition = builtIn("specimen/list-move-by-copy") as ReplicaDefinition;
		const { checked } = await judgeInMemory(loaded.scenario, definition);
		expect(checked.properties).toContainEqual(
			expect.objectContaining({ name: "specification", verdict: "fail", reason: found?.reason }),
		);
	});

	it.each(["always", "settled"])(
		"finds an invariant of the scenario broken that is to hold %s",
		async (when) => {
			const scenario = scenarioOf(
				`name: small\nreplicas: { count: 3, type: or-set }\ninvariants: { few: { expression: size(view) < 3, when: ${when} } }\n`,
			);
			const { found } = await explore(scenario, { workers: 0, outDir: folder });
			expect(found).toMatchObject({ property: "invariant:few", operations: 3 });
			const loaded = await loadScenarioFile(found?.counterexample as string, { types: knownTypes() });
			expect(loaded).toMatchObject({ ok: true, scenario: { expect: { fail: "invariant:few" } } });
		},
	);
});
