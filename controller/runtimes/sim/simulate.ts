/** One simulated run in memory, at once: what the search confirms its counterexamples with, and tests look at. */
import type { HistoryEvent, HistoryHeader, MessageRecord } from "../../../history/events.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { headerOf } from "../../header.ts";
import type { End } from "../../outcome.ts";
import { planRun } from "../../plan/plan.ts";
import type { ReplicaDefinition } from "./cluster.ts";
import { createSimulation } from "./simulation.ts";

/** The history of a simulated run starts here, so that it has the same bytes whenever it is made. */
export const EPOCH = new Date(0);
const STEPS_AT_ONCE = 100_000;

export interface SimulatedRun {
	header: HistoryHeader;
	events: HistoryEvent[];
	messages: MessageRecord[];
	end: End;
}

/**
 * @param definition its `load` is done
 * @throws Error when the workload names what the replica does not know, or the replica can't be created at all
 */
export function simulate(scenario: Scenario, definition: ReplicaDefinition): SimulatedRun {
	const claimed = withManifest(definition, scenario);
	const header = headerOf(
		scenario,
		"sim",
		{ type: scenario.replicas.type ?? definition.type, delivers: claimed.delivers },
		EPOCH,
	);
	const events: HistoryEvent[] = [];
	const messages: MessageRecord[] = [];
	const simulation = createSimulation({
		scenario,
		definition: claimed,
		plan: planRun(scenario, definition.operations),
		copy: needsCopies(scenario),
		event: (event) => events.push({ index: events.length, ...event }),
		message: (message) => messages.push(message),
	});
	let end: End | null = null;
	while (end === null) end = simulation.advance(STEPS_AT_ONCE);
	return { header, events, messages, end };
}

/** The definition with the manifest that the scenario claims for it. */
export function withManifest(definition: ReplicaDefinition, { replicas }: Scenario): ReplicaDefinition {
	return replicas.delivers === null ? definition : { ...definition, delivers: replicas.delivers };
}

/** Built-in replicas are known to leave alone what they have sent and persisted. */
export function needsCopies({ replicas }: Scenario): boolean {
	return replicas.source.kind !== "built-in";
}
