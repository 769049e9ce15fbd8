import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { simulate } from "../controller/runtimes/sim/simulate.ts";
import { builtIn } from "../nodes/registry.ts";
import { formatProblem, parseScenario } from "../scenarios/index.ts";
import { readRuntimeHint } from "../scenarios/runtime-hint.ts";
import type { Json } from "../scenarios/scenario.ts";
import { judgeInMemory, Unconfirmed, verdictOn } from "./confirm.ts";
import { type Counterexample, writeCounterexample } from "./counterexample.ts";
import type { Violation } from "./judge.ts";
import { play } from "./play.ts";
import { scenarioOf } from "./scenario-of-schedule.ts";
import type { Schedule, Step } from "./schedule.ts";
import { traceMessages } from "./trace.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-counterexample-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const REPLAYS = 98;

const invoke = (replica: number, f: string, value: Json): Step => ({ kind: "invoke", replica, f, value });
const deliver = (from: number, to: number, number: number): Step => ({ kind: "deliver", from, to, number });

function definitionOf(name: string) {
	const definition = builtIn(name);
	if (definition === undefined) throw new Error(`no replica ${name}`);
	return definition;
}

function parse(text: string, name: string) {
	const types = new Map([[name, { operations: Object.keys(definitionOf(name).operations) }]]);
	const parsed = parseScenario(text, { file: join(folder, "explored.yaml"), types });
	if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join("\n"));
	return parsed.scenario;
}

function optionsFor(name: string) {
	const base = parse(`{ name: explored, seed: 5, replicas: { count: 3, type: ${name} } }`, name);
	const definition = definitionOf(name);
	return { base, definition, type: definition.type, found: "a test" };
}

async function tell(name: string, replicas: number, steps: Step[]): Promise<Counterexample> {
	const definition = definitionOf(name);
	const schedule: Schedule = { replicas, steps };
	const outcome = play(definition, definition.type, schedule);
	if (outcome.kind !== "violated") throw new Error(`${name} stood the schedule: ${outcome.kind}`);
	return writeCounterexample(folder, { schedule, violation: outcome.violation }, optionsFor(name));
}

/** Each wrong in its own way, and how many operations it takes to show it. */
const CASES: [name: string, property: string, replicas: number, operations: number, steps: Step[]][] = [
	[
		"specimen/pn-counter-no-dedupe",
		"strong-convergence",
		2,
		1,
		[invoke(0, "add", 1), deliver(0, 1, 1), deliver(0, 1, 1)],
	],
	[
		"specimen/lww-register-tie-keeps-local",
		"strong-convergence",
		2,
		2,
		[invoke(0, "write", "a"), invoke(1, "write", "b")],
	],
	[
		"specimen/or-set-no-tombstone",
		"strong-convergence",
		3,
		2,
		[invoke(0, "add", "k0"), deliver(0, 1, 1), invoke(1, "remove", "k0"), deliver(1, 2, 1), deliver(0, 2, 1)],
	],
	[
		"specimen/log-ack-before-sync",
		"durability",
		1,
		1,
		[invoke(0, "add", "v0"), { kind: "crash", replica: 0, disk: "keep" }],
	],
];

describe("writeCounterexample", () => {
	it.each(CASES)(
		"tells how %s breaks %s so that every runtime can follow",
		async (name, property, replicas, operations, steps) => {
			const counterexample = await tell(name, 3, steps);
			expect(counterexample).toMatchObject({ property, operations, portable: true });
			expect(counterexample.replicas).toBeGreaterThanOrEqual(replicas);
			const text = await readFile(counterexample.path, "utf8");
			expect(readRuntimeHint(text)).toBe("sim");
			expect(text).toContain(`${property} fails: ${counterexample.reason}`);
			const scenario = parse(text, name);
			expect(scenario.expect).toEqual({ fail: property });
			expect(scenario.messages).toEqual([]);
		},
	);

	it.each(CASES)(
		`gives the same history of %s each of ${REPLAYS} times`,
		async (name, property, _, __, steps) => {
			const { path } = await tell(name, 3, steps);
			const text = await readFile(path, "utf8");
			const histories = new Set<string>();
			for (let replay = 0; replay < REPLAYS; replay++) {
				histories.add(JSON.stringify(simulate(parse(text, name), definitionOf(name))));
			}
			expect(histories.size).toBe(1);
			const judged = await judgeInMemory(parse(text, name), definitionOf(name));
			expect(verdictOn(property, judged)?.verdict).toBe("fail");
		},
	);

	it.each<[string, Step[]]>([
		["a remove its add", [invoke(0, "add", "k0"), invoke(0, "remove", "k0"), deliver(0, 1, 2)]],
		[
			"an add another, which a remove follows",
			[invoke(0, "add", "k0"), invoke(0, "add", "k0"), deliver(0, 1, 2), invoke(0, "remove", "k0")],
		],
	])("adds a replica where %s would have to overtake on one link", async (_, steps) => {
		const counterexample = await tell("specimen/or-set-no-tombstone", 2, steps);
		expect(counterexample).toMatchObject({ portable: true, replicas: 3 });
		expect(counterexample.operations).toBeLessThanOrEqual(3);
	});

	it("can list messages one by one, for what nothing else tells", async () => {
		const name = "specimen/or-set-no-tombstone";
		const schedule: Schedule = {
			replicas: 2,
			steps: [invoke(0, "add", "k0"), invoke(0, "remove", "k0"), deliver(0, 1, 2)],
		};
		const { base, definition, type } = optionsFor(name);
		const trace = traceMessages(definition, type, schedule);
		const form = { exact: true, tight: false, ticks: false, stepwise: false, duplicates: false, slotMs: 100 };
		const scenario = scenarioOf(schedule, trace, base, form);
		expect(scenario.faults).toEqual([]);
		const link = { from: "r1", to: "r2" };
		expect(scenario.messages).toEqual([{ link, number: 1, atMs: 300 }]);
		const judged = await judgeInMemory(scenario, definition);
		expect(verdictOn("strong-convergence", judged)?.verdict).toBe("fail");
	});

	it.each<[string, Json]>([
		["text that YAML reads otherwise", "<<: *a # no\n- {"],
		["an emoji of several parts", "👩‍👩‍👧"],
		["what a terminal obeys", "\u001b[31m\u0000\u0085"],
		["a prototype", JSON.parse('{"__proto__":{"a":1},"constructor":null}')],
	])("carries %s", async (_, value) => {
		const steps = [invoke(0, "write", value), invoke(1, "write", "b")];
		const { path, scenario } = await tell("specimen/lww-register-tie-keeps-local", 2, steps);
		const text = await readFile(path, "utf8");
		const written = parse(text, "specimen/lww-register-tie-keeps-local").workload.script;
		expect(JSON.stringify(written?.map((entry) => entry.value))).toBe(JSON.stringify([value, "b"]));
		expect(JSON.stringify(scenario.workload.script)).toBe(JSON.stringify(written));
		expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
	});

	it("says of what the checker does not find that the replica is not the same each time, and what to look for", async () => {
		const schedule: Schedule = { replicas: 2, steps: [invoke(0, "add", "k0")] };
		const violation: Violation = {
			property: "strong-convergence",
			cause: "differ",
			reason: "made up by this test",
			stepIndex: 0,
			replicas: [0],
		};
		const told = writeCounterexample(folder, { schedule, violation }, optionsFor("or-set"));
		await expect(told).rejects.toThrow(Unconfirmed);
		await expect(told).rejects.toThrow(
			/does not behave the same each time[^]*made up by this test[^]*strong-convergence: pass[^]*it does the same[^]*Date\.now[^]*Math\.random[^]*share/,
		);
	});
});
