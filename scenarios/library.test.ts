/** The shipped scenarios, those of the specimens among them: they parse, say what they show, and together use every type and every fault. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findScenarioFiles, formatProblem, loadScenarioFile } from "./index.ts";
import { type FaultAction, NEMESIS_KINDS, type Scenario } from "./scenario.ts";
import { testTypes } from "./testing/types.ts";

const folders = ["./library", "./specimens"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const files = await findScenarioFiles(folders);
const scenarios = await Promise.all(files.map(loadOne));
const actions = scenarios.flatMap(actionsOf);

async function loadOne(file: string): Promise<Scenario> {
	const result = await loadScenarioFile(file, { types: testTypes });
	if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
	return result.scenario;
}

function actionsOf(scenario: Scenario): FaultAction[] {
	return scenario.faults.flatMap((fault) => ("action" in fault ? [fault.action] : []));
}

function typeOf({ replicas }: Scenario): string | null {
	return replicas.source.kind === "built-in" ? replicas.source.type : replicas.type;
}

describe("scenarios/library and scenarios/specimens", () => {
	it("has a schema line, a name like its file, and a description, in each file", async () => {
		expect(files.length).toBeGreaterThanOrEqual(13);
		for (const [index, file] of files.entries()) {
			const text = await readFile(file, "utf8");
			expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/scenario\.schema\.json\n/);
			expect(`${scenarios[index]?.name}.scenario.yaml`).toBe(basename(file));
			expect(scenarios[index]?.description).toMatch(/^[A-Z].{20,}\.$/);
		}
	});

	it("uses every type and every specimen", () => {
		// Contracts on an EVM take too long for a main job; their scenarios are in scenarios/systems.
		const types = [...testTypes.keys()].filter((type) => !type.includes("-solidity"));
		expect(new Set(scenarios.map(typeOf))).toEqual(new Set(types));
	});

	it("uses every kind of fault, every shape, every mode, both kinds of disk, and the nemesis", () => {
		expect(new Set(actions.map(({ kind }) => kind))).toEqual(new Set(NEMESIS_KINDS));
		const partitions = actions.filter((action) => action.kind === "partition");
		const shapes = partitions.map(({ shape }) => (typeof shape === "string" ? shape : Object.keys(shape)[0]));
		expect(new Set(shapes)).toEqual(
			new Set(["halves", "majority", "ring", "bridge", "isolate", "groups", "from"]),
		);
		expect(new Set(partitions.map(({ mode }) => mode))).toEqual(new Set(["refuse", "drop", "hold"]));
		const disks = actions.flatMap((action) => (action.kind === "crash" ? [action.disk] : []));
		expect(new Set(disks)).toEqual(new Set(["keep", "lose"]));
		expect(scenarios.some(({ faults }) => faults.some((fault) => "random" in fault))).toBe(true);
	});

	it("expects specimens and systems as written to fail, and nothing else to", () => {
		for (const scenario of scenarios) {
			const type = typeOf(scenario);
			const isWrong = type?.startsWith("specimen/") === true || scenario.name.endsWith("-as-written");
			expect(`${scenario.name}: ${scenario.expect !== "pass"}`).toBe(`${scenario.name}: ${isWrong}`);
		}
	});
});
