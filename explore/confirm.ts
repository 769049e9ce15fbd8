/**
 * The last word on what the search finds is the ordinary checker's: a counterexample is one only if the checker finds the
 * same property violated in the history of the scenario, simulated like any other. Anything else is a mistake of the
 * harness, and says so.
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

/** The search and the checker disagree: one of them is wrong, and it is never the replica. */
export class Unconfirmed extends Error {
	override readonly name = "Unconfirmed";
	readonly schedule: Schedule;

	/** @param checked of the last form that was tried; null: none could be run */
	constructor(violation: Violation, checked: CheckResult | null, schedule: Schedule) {
		const verdicts = checked?.properties.map(
			({ name, verdict, reason }) => `  ${name}: ${verdict}, ${reason}`,
		);
		super(
			[
				`a mistake of the harness: the search found ${violation.property} violated and the checker does not`,
				`the search: ${violation.property} (${violation.cause}), ${violation.reason}`,
				`the checker, on the same schedule as a scenario:`,
				...(verdicts ?? ["  nothing: it could not be run"]),
				`please report it with this schedule: ${JSON.stringify(schedule)}`,
			].join("\n"),
		);
		this.schedule = schedule;
	}
}

/**
 * Reads a counterexample's file and runs it as anybody would.
 * @param scenario what the file was printed from
 * @param expected how that ran
 * @returns the scenario as it was read
 * @throws Error when it can't be read or runs in any other way: the harness's mistake
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
	throw new Error(
		`a mistake of the harness: ${path} does not run as the scenario that it was printed from; its history differs`,
	);
}

/** What the scenario may name, for the parser: its own replica, and the type that this claims. */
function typesOf({ replicas }: Scenario, { operations, invariants = {} }: ReplicaDefinition) {
	const names = [replicas.source.kind === "built-in" ? replicas.source.type : null, replicas.type];
	const known = { operations: Object.keys(operations), invariants: Object.keys(invariants) };
	return new Map(names.filter((name) => name !== null).map((name) => [name, known]));
}
