/**
 * The last word on what the search finds is the ordinary checker's: a counterexample is one only if the checker finds the
 * same property violated in the history of the scenario, simulated like any other. Anything else is a replica that
 * does not behave the same each time, or a mistake of the harness, and says so.
 */
import { type CheckResult, check, type PropertyVerdict } from "../checker/index.ts";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { type SimulatedRun, simulate } from "../controller/runtimes/sim/simulate.ts";
import { formatProblem, loadScenarioFile } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Violation } from "./judge.ts";
import type { Schedule } from "./schedule.ts";

export interface Judged {
	run: SimulatedRun;
	checked: CheckResult;
}

export async function judgeInMemory(scenario: Scenario, definition: ReplicaDefinition): Promise<Judged> {
	const run = simulate(scenario, definition);
	return { run, checked: await check(run, { checks: scenario.checks, application: definition }) };
}

export function verdictOn(property: string, { checked }: Judged): PropertyVerdict | null {
	return checked.properties.find(({ name }) => name === property) ?? null;
}

const CLOCKS = [
	["Date", "now"],
	["performance", "now"],
].map((name) => name.join("."));
const CHANCE = [
	["Math", "random"],
	["crypto", "randomUUID"],
].map((name) => name.join("."));

const WHAT_TO_LOOK_FOR: readonly string[] = [
	"look for what makes the replica depend on when, or how often, it is called or ticked:",
	`  a wall clock (${CLOCKS.join(", ")}), or now() of its context in what it shows or decides`,
	`  ${CHANCE.join(", ")} and the like: random() of its context gives the same each time`,
	"  state that replicas share or that outlasts one (a variable of the module, a cache, a counter)",
	"  a tick that changes what it shows although nothing was delivered",
];

/** What was found doesn't show again: either the replica does not behave the same each time, or the harness is mistaken. */
export class Unconfirmed extends Error {
	override readonly name = "Unconfirmed";
}

/**
 * The checker finds nothing in the schedule played as a scenario: the two differ in times and in when replicas are ticked.
 * @param checked of the last form that was tried; null: none could be run
 * @param twice how two plays of the very same schedule differ; null: they don't
 */
export function notFoundAgain(
	{ property, cause, reason }: Violation,
	checked: CheckResult | null,
	schedule: Schedule,
	twice: string | null,
): Unconfirmed {
	const verdicts = checked?.properties.map(
		({ name, verdict, reason: why }) => `  ${name}: ${verdict}, ${why}`,
	);
	const lines = [
		`the search found ${property} violated, but it isn't when the same schedule is played again: the replica does not behave the same each time`,
		`the search: ${property} (${cause}), ${reason}`,
		"the checker, on the same schedule as a scenario, whose times and ticks are others:",
		...(verdicts ?? ["  nothing: it could not be run"]),
		twice ?? "played twice at the same times and ticks, it does the same",
		...WHAT_TO_LOOK_FOR,
		`if it is none of these it is a mistake of the harness: please report it with this schedule: ${JSON.stringify(schedule)}`,
	];
	return new Unconfirmed(lines.join("\n"));
}

/**
 * Reads a counterexample's file and runs it as anybody would.
 * @param scenario what the file was printed from
 * @param expected how that ran
 * @returns the scenario as it was read
 * @throws Unconfirmed when the scenario, run once more, comes to another history: the replica's mistake; Error when the file can't be
 *   read or tells another scenario: the harness's
 */
export async function confirmFile(
	path: string,
	scenario: Scenario,
	expected: Judged,
	definition: ReplicaDefinition,
): Promise<Scenario> {
	const loaded = await loadScenarioFile(path, { types: typesOf(scenario, definition) });
	if (!loaded.ok) {
		const problems = loaded.problems.map(formatProblem).join("\n");
		throw new Error(`a mistake of the harness: the counterexample that it wrote can't be read\n${problems}`);
	}
	const { run } = await judgeInMemory(loaded.scenario, definition);
	if (JSON.stringify(run) === JSON.stringify(expected.run)) return loaded.scenario;
	const again = await judgeInMemory(scenario, definition);
	const at = firstOtherEvent(expected.run, again.run);
	if (at !== null) {
		const lines = [
			`${path}, run once more, comes to another history: the replica does not behave the same each time`,
			...at,
		];
		throw new Unconfirmed([...lines, ...WHAT_TO_LOOK_FOR].join("\n"));
	}
	throw new Error(
		`a mistake of the harness: ${path} does not run as the scenario that it was printed from; its history differs`,
	);
}

/** Null: the two runs are equal. */
function firstOtherEvent(first: SimulatedRun, second: SimulatedRun): string[] | null {
	if (JSON.stringify(first) === JSON.stringify(second)) return null;
	const [one, other] = [first, second].map(({ events }) => [...events].map((event) => JSON.stringify(event)));
	const at = (one ?? []).findIndex((event, index) => event !== other?.[index]);
	return [`  first: ${one?.[at] ?? "no event"}`, `  then:  ${other?.[at] ?? "no event"}`];
}

/** What the scenario may name, for the parser: its own replica, and the type that this claims. */
function typesOf({ replicas }: Scenario, { operations, invariants = {} }: ReplicaDefinition) {
	const names = [replicas.source.kind === "built-in" ? replicas.source.type : null, replicas.type];
	const known = { operations: Object.keys(operations), invariants: Object.keys(invariants) };
	return new Map(names.filter((name) => name !== null).map((name) => [name, known]));
}
