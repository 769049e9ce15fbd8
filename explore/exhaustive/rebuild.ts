/** From a place in a search back to a schedule: the steps that led there, in an order in which they can be played. */
import { type Schedule, STEP_MS, type Step } from "../schedule.ts";
import type { Local } from "./locals.ts";
import type { ExhaustiveProblem } from "./problem.ts";
import { OPERATION, type Place, type Search } from "./search.ts";

/** @returns the run up to the place, with the step that was made there */
export function runTo(problem: ExhaustiveProblem, search: Search, place: Place): Schedule {
	const steps = stepsTo(problem, search, place.configuration);
	const start = localIn(search, place.configuration, place.replica);
	steps.push(...deliveries(search, start, place.from));
	if (place.message === null) steps.push(invocation(problem, place.from));
	else steps.push(delivery(search, place.message));
	return { replicas: problem.operations.length, steps };
}

/** @returns the run up to the configuration, and on to where the replicas come to by deliveries */
export function runToLocals(
	problem: ExhaustiveProblem,
	search: Search,
	configuration: number,
	locals: readonly Local[],
): Schedule {
	const steps = stepsTo(problem, search, configuration);
	for (const local of locals) {
		const start = localIn(search, configuration, local.behaviour.replica);
		steps.push(...deliveries(search, start, local));
	}
	return { replicas: problem.operations.length, steps };
}

/**
 * Holds the clocks still, as the search did: before each operation the clock of its replica is set back by the time that has
 * passed.
 */
export function withStillClocks(schedule: Schedule): Schedule {
	const steps: Step[] = [];
	for (const step of schedule.steps) {
		if (step.kind === "invoke") {
			const offsetMs = -(steps.length + 1) * STEP_MS;
			steps.push({ kind: "clock", replica: step.replica, offsetMs });
		}
		steps.push(step);
	}
	return { ...schedule, steps };
}

function stepsTo(problem: ExhaustiveProblem, search: Search, configuration: number): Step[] {
	const { configurations, locals, reduced } = search;
	const parts: Step[][] = [];
	let index = configuration;
	for (let came = configurations.cameFrom(index); came.parent >= 0; came = configurations.cameFrom(index)) {
		const { parent, by, via } = came;
		const start = localIn(search, parent, by);
		if (reduced) {
			const from = locals.get(via);
			parts.push([...deliveries(search, start, from), invocation(problem, from)]);
		} else {
			parts.push([via === OPERATION ? invocation(problem, start) : delivery(search, via)]);
		}
		index = parent;
	}
	return parts.reverse().flat();
}

function localIn({ configurations, locals }: Search, configuration: number, replica: number): Local {
	const tuple = new Int32Array(locals.replicas);
	configurations.read(configuration, tuple);
	return locals.get(tuple[replica] as number);
}

function deliveries(search: Search, from: Local, to: Local): Step[] {
	const path = search.locals.path(from, to);
	if (path === null)
		throw new Error("a local state was come to, but no deliveries lead to it: the search is wrong");
	return path.map((message) => delivery(search, message));
}

function delivery({ behaviours }: Search, id: number): Step {
	const { from, to, number } = behaviours.message(id);
	return { kind: "deliver", from, to, number };
}

function invocation({ operations }: ExhaustiveProblem, { behaviour: { replica, done } }: Local): Step {
	const operation = operations[replica]?.[done];
	if (operation === undefined)
		throw new Error(`replica ${replica} has no operation ${done}: the search is wrong`);
	return { kind: "invoke", replica, ...operation };
}
