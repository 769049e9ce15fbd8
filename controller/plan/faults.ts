/**
 * The fault schedule as plain data: the scenario's own faults, and those that its seeded nemesis draws, each with a
 * number, a start and an end. Pure: the same scenario and seed give the same list, whatever the workload.
 */
import type { Fault, FaultAction, Json, NemesisKind, Scenario } from "../../scenarios/scenario.ts";
import { toScenarioFile } from "../../scenarios/to-scenario-file.ts";
import { drawAction } from "./draw-fault.ts";
import { pick, type Random, randomStream } from "./random.ts";

export interface PlannedFault {
	/** Position in the schedule in order of start: the same at the fault's start and end events. */
	number: number;
	/** Milliseconds since the workload began. */
	atMs: number;
	/** For a crash or stop the time of the restart; null: until the harness heals. A reset ends when it starts. */
	endMs: number | null;
	action: FaultAction;
	/** The action as it stands in a scenario file, without its times: for the history's fault events. */
	printed: Record<string, Json>;
}

type Unnumbered = Omit<PlannedFault, "number" | "printed">;
type RandomFault = Extract<Fault, { random: NemesisKind[] }>;

/** A drawn fault lasts between these shares of the nemesis' interval, so that some overlap the next one. */
const SHORTEST_SHARE_OF_INTERVAL = 0.3;
const LONGEST_SHARE_OF_INTERVAL = 1.4;
/** Draws of one nemesis step before it is left out: no fault of its kinds can be had then. */
const MAX_DRAWS_PER_STEP = 20;

/**
 * Drawn faults never take down or pause a replica that already is, and leave at least one replica up; the scenario's
 * own faults are taken as they stand.
 */
export function planFaults(scenario: Scenario): PlannedFault[] {
	const planned: Unnumbered[] = [];
	for (const fault of scenario.faults) if ("action" in fault) planned.push(fixedFault(fault));
	for (const [index, fault] of scenario.faults.entries()) {
		if (!("random" in fault)) continue;
		const random = randomStream(scenario.seed, `nemesis ${index}`);
		for (let atMs = fault.everyMs; atMs < fault.untilMs; atMs += fault.everyMs) {
			const drawn = drawFault(random, scenario, fault, atMs, planned);
			if (drawn !== null) planned.push(drawn);
		}
	}
	return planned
		.map((fault, position) => ({ fault, position }))
		.sort((a, b) => a.fault.atMs - b.fault.atMs || a.position - b.position)
		.map(({ fault }, number) => ({ number, ...fault, printed: printAction(scenario, fault.action) }));
}

function fixedFault(fault: Extract<Fault, { action: FaultAction }>): Unnumbered {
	const endMs = fault.forMs === null ? null : fault.atMs + fault.forMs;
	return {
		atMs: fault.atMs,
		endMs: fault.action.kind === "reset" ? fault.atMs : endMs,
		action: fault.action,
	};
}

function drawFault(
	random: Random,
	scenario: Scenario,
	fault: RandomFault,
	atMs: number,
	others: readonly Unnumbered[],
): Unnumbered | null {
	const share =
		SHORTEST_SHARE_OF_INTERVAL + random.float() * (LONGEST_SHARE_OF_INTERVAL - SHORTEST_SHARE_OF_INTERVAL);
	const untilMs = Math.round(atMs + fault.everyMs * share);
	for (let draw = 0; draw < MAX_DRAWS_PER_STEP; draw++) {
		const action = drawAction(random, pick(random, fault.random), scenario.replicas.names);
		if (action === null) continue;
		const drawn = { atMs, endMs: action.kind === "reset" ? atMs : untilMs, action };
		if (isAdmissible(drawn, others, scenario.replicas.names.length)) return drawn;
	}
	return null;
}

function isAdmissible(drawn: Unnumbered, others: readonly Unnumbered[], replicaCount: number): boolean {
	const replica = replicaTakenDown(drawn.action);
	if (drawn.action.kind === "clock") {
		const { replica: skewed } = drawn.action;
		return !others.some(
			(other) => other.action.kind === "clock" && other.action.replica === skewed && overlap(drawn, other),
		);
	}
	if (replica === null) return true;
	const down = new Set<string>();
	for (const other of others) {
		const taken = replicaTakenDown(other.action);
		if (taken !== null && overlap(drawn, other)) down.add(taken);
	}
	return !down.has(replica) && down.size + 1 < replicaCount;
}

/** The replica that does not answer while this fault is on, if there is one. */
export function replicaTakenDown(action: FaultAction): string | null {
	const takesDown = action.kind === "crash" || action.kind === "stop" || action.kind === "pause";
	return takesDown ? action.replica : null;
}

/** Ends count as taken: a restart at 3 s and a crash of the same replica at 3 s would race. */
export function overlap(a: Unnumbered, b: Unnumbered): boolean {
	return a.atMs <= (b.endMs ?? Infinity) && b.atMs <= (a.endMs ?? Infinity);
}

const TIMES = ["at", "for", "until", "restartAfter"];

/** By way of the scenario's printer, so that there is one such text. */
function printAction(scenario: Scenario, action: FaultAction): Record<string, Json> {
	const [entry = {}] =
		toScenarioFile({ ...scenario, faults: [{ atMs: 0, forMs: null, action }] }).faults ?? [];
	return Object.fromEntries(
		Object.entries(entry as Record<string, Json>).filter(([key]) => !TIMES.includes(key)),
	);
}
