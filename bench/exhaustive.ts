/**
 * How long the exhaustive search takes for scopes of the or-set, with goals, and of the other built-in types. The goals
 * are of processor time, which other work on the machine disturbs less; it includes the garbage collector's threads.
 * Also the specimens that small scopes suffice for. `npx jiti bench/exhaustive.ts`, or with names of types: only these.
 */

import { problemOf } from "../explore/exhaustive/from-scenario.ts";
import {
	type ExhaustiveProblem,
	type ExhaustiveSearch,
	searchExhaustively,
} from "../explore/strategies/exhaustive.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { parseScenario } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";

const SEED = 1;
/** Replicas, operations of each, seconds. */
const GOALS = [
	[2, 3, 0.5],
	[2, 4, 15],
	[3, 2, 60],
] as const;
const chosen = process.argv.slice(2);
const types = chosen.length > 0 ? chosen : builtInNames().filter((name) => !name.includes("/"));

console.log("| type | scope | interleavings | configurations | behaviours | s | processor s | goal |");
console.log("|---|---|---|---|---|---|---|---|");
for (const type of ["or-set", ...types.filter((name) => name !== "or-set")]) {
	for (const [replicas, operations, goalSeconds] of GOALS) {
		const before = process.cpuUsage();
		const result = search(problemOf(scenarioOf(type, replicas), definitionOf(type), { operations }));
		const goal = type === "or-set" ? `${goalSeconds}` : "";
		const { user, system } = process.cpuUsage(before);
		const processorSeconds = (user + system) / 1e6;
		const cells = [
			type,
			`${replicas} × ${operations}`,
			...figures(result),
			processorSeconds.toFixed(2),
			goal,
		];
		console.log(`| ${cells.join(" | ")} |`);
		if (!result.complete || (goal !== "" && processorSeconds > goalSeconds)) process.exitCode = 1;
	}
}

if (chosen.length === 0) {
	console.log(
		"\n| specimen | found at | interleavings of the scope | configurations until then | s | operations of the schedule |",
	);
	console.log("|---|---|---|---|---|---|");
	const add = (value: number | string) => ({ f: "add", value });
	const write = (value: string) => ({ f: "write", value });
	showSpecimen("or-set-no-tombstone", [
		[add("a"), { f: "remove", value: "a" }],
		[add("b"), add("c")],
	]);
	showSpecimen("lww-register-tie-keeps-local", [[write("a")], [write("b")]]);
	showSpecimen("pn-counter-no-dedupe", [[add(1)], [add(2)]], 1);
}

function showSpecimen(name: string, operations: ExhaustiveProblem["operations"], duplicates = 0): void {
	const definition = definitionOf(`specimen/${name}`);
	const scope = { type: definition.type, operations, duplicates };
	// The right type has the same scope, and says how large that is.
	const whole = search({ ...scope, definition: definitionOf(definition.type) });
	const { found, configurations, seconds } = search({ ...scope, definition });
	const invoked = found?.schedule.steps.filter(({ kind }) => kind === "invoke").length;
	const shape = `${operations.length} replicas, ${operations.map(({ length }) => length).join(" + ")} operations`;
	console.log(
		`| ${name} | ${shape} | ${whole.schedules} | ${configurations} | ${seconds.toFixed(3)} | ${invoked ?? "not found"} |`,
	);
	if (found?.replayed !== true) process.exitCode = 1;
}

function search(problem: ExhaustiveProblem): ExhaustiveSearch {
	return searchExhaustively(problem, () => performance.now());
}

function figures({ schedules, configurations, behaviours, seconds }: ExhaustiveSearch): string[] {
	const grouped = (count: bigint | number) => count.toLocaleString("en");
	return [
		schedules === null ? "?" : grouped(schedules),
		grouped(configurations),
		grouped(behaviours),
		seconds.toFixed(2),
	];
}

function definitionOf(name: string): ReplicaDefinition {
	const definition = builtIn(name);
	if (definition === undefined)
		throw new Error(`'${name}' is not built in; there are ${builtInNames().join(", ")}`);
	return definition;
}

function scenarioOf(type: string, count: number): Scenario {
	const input = { name: "bench", replicas: { type, count }, seed: SEED };
	const known = new Map([[type, { operations: Object.keys(definitionOf(type).operations) }]]);
	const parsed = parseScenario(JSON.stringify(input), { file: "bench.json", types: known });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	return parsed.scenario;
}
