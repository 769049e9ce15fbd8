/**
 * A whole run of a scenario in virtual time: replicas, links, disks, clocks, clients and faults in one thread, every
 * choice from the seed. The same scenario gives the same events, on any machine, at any time.
 *
 *     const simulation = createSimulation({ scenario, definition, plan, … });
 *     let end = null;
 *     while (end === null) end = simulation.advance(10_000);
 *
 * Phases, client semantics and events are those of the other runtimes (controller/run.ts). It reads no clock, writes no
 * file and waits for nobody; `run-simulated.ts` does.
 */
import type { MessageRecord, PhaseEvent, UnrecordedEvent } from "../../../history/events.ts";
import { createSkewedClock } from "../../../nodes/sdk/skewed-clock.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { End } from "../../outcome.ts";
import type { PlannedFault } from "../../plan/faults.ts";
import { clientCount } from "../../plan/operations.ts";
import { lastMomentMs, type Plan } from "../../plan/plan.ts";
import { type Random, randomStream } from "../../plan/random.ts";
import type { UntimedEvent } from "../../recorder.ts";
import { createAgenda, RANK, toUs } from "./agenda.ts";
import { type SimClients, scheduleClients } from "./clients.ts";
import { createCluster, type ReplicaDefinition } from "./cluster.ts";
import { type SimFaults, scheduleFaults } from "./faults.ts";
import { createNetwork, type Network } from "./network.ts";
import { createNodes, type SimNodes } from "./nodes.ts";
import { judgeStanding } from "./settling.ts";
import { createWatch } from "./watch.ts";

/** What the nodes' wall clocks show at the start: a fixed moment, far enough from 0 for clocks that are wrong by a day. */
const STARTED_AT_UNIX_MS = Date.UTC(2020, 0, 1);
/** What the workload may take beyond its plan, because of operations that time out; then the rest is left out. */
const WORKLOAD_OVERRUN_MS = 15_000;

export interface Simulation {
	/** Does up to so many things. @returns how the run ended, once it has; the end is recorded then */
	advance(steps: number): End | null;
	/** Ends it early. */
	interrupt(end: End): void;
	phase(): PhaseEvent["phase"];
	completed(): number;
	faults(): readonly PlannedFault[];
	/** By replica: equal text, equal view. */
	views(): ReadonlyMap<string, string>;
	/** Virtual time so far. */
	nowMs(): number;
}

export interface SimulationOptions {
	scenario: Scenario;
	/** Its `load` is done; its manifest is the scenario's where that names one. */
	definition: ReplicaDefinition;
	plan: Plan;
	/** Encode what replicas hand out, as a host does: for code that might change it afterwards. */
	copy: boolean;
	event: (event: UnrecordedEvent) => void;
	message: (record: MessageRecord) => void;
}

export function createSimulation(options: SimulationOptions): Simulation {
	const { scenario, definition, plan } = options;
	const { seed } = scenario;
	const ids = scenario.replicas.names;
	const agenda = createAgenda();
	const nowMs = () => agenda.nowUs() / 1_000;
	const record = (event: UntimedEvent) => options.event({ time: agenda.nowUs() * 1_000, ...event });
	const clocks = ids.map(() => createSkewedClock(() => STARTED_AT_UNIX_MS + nowMs()));
	const streams = ids.map((id) => randomStream(seed, `replica ${id}`));
	const crashing = new Set(
		plan.faults.flatMap(({ action }) => (action.kind === "crash" ? [action.replica] : [])),
	);
	const willCrash = (index: number) => crashing.has(ids[index] as string);
	const cluster = createCluster({
		definition,
		ids,
		options: scenario.replicas.options,
		copy: options.copy,
		isDiskless: (index) => !willCrash(index),
		now: (index) => clocks[index]?.now() ?? 0,
		random: (index) => (streams[index] as Random).float(),
		onSend: (message) => network.send(message),
		onDeliver: (index, origin, number) => watch.delivered(index, origin, number),
	});
	const watch = createWatch({
		ids,
		cluster,
		agenda,
		durable: definition.delivers.durable,
		size: ids.length * plan.operations.length,
		record,
		message: options.message,
	});
	const network: Network = createNetwork({
		ids,
		fates: scenario.messages,
		agenda,
		shapes: randomStream(seed, "links").float,
		luck: randomStream(seed, "messages").float,
		arrive: (parcel) => nodes.receive(parcel),
	});
	const nodes: SimNodes = createNodes({
		ids,
		cluster,
		network: () => network,
		agenda,
		tickMs: definition.tickMs,
		hasSlowDisk: willCrash,
		phase: randomStream(seed, "ticks"),
		events: {
			report(index, what, detail) {
				const incarnation = cluster.nodes[index]?.incarnation ?? 0;
				const replica = ids[index] as string;
				record({ event: "node", replica, what, incarnation, ...(detail !== undefined && { detail }) });
			},
			stepped: (index) => watch.stepped(index),
			received: (parcel) => watch.received(parcel),
		},
	});
	const faults: SimFaults = scheduleFaults({
		faults: plan.faults,
		ids,
		agenda,
		network,
		nodes,
		clocks,
		record,
	});
	const clients: SimClients = scheduleClients({
		operations: plan.operations,
		clientCount: clientCount(scenario),
		timeoutMs: scenario.workload.timeoutMs,
		ids,
		agenda,
		nodes,
		isQuery: (f) => definition.operations[f]?.kind === "query" || f === "read",
		record,
	});
	let phase: PhaseEvent["phase"] = "workload";
	let settlingSinceUs = 0;
	let end: End | null = null;
	enter("workload");
	agenda.at(toUs(lastMomentMs(plan) + WORKLOAD_OVERRUN_MS), RANK.fault, leaveOutTheRest);

	function enter(next: PhaseEvent["phase"]): void {
		phase = next;
		record({ event: "phase", phase });
	}

	function leaveOutTheRest(): void {
		const operations = clients.stop();
		if (operations === 0) return;
		const detail = { operations, boundMs: WORKLOAD_OVERRUN_MS };
		record({ event: "note", what: "operations were left out: the workload took too long", detail });
	}

	function healWhenThrough(): void {
		if (phase !== "workload" || clients.open() > 0 || faults.left() > 0) return;
		enter("heal");
		faults.heal();
		enter("settle");
		settlingSinceUs = agenda.nowUs();
		planRound();
	}

	/** A round is over when every node that is up has ticked. */
	function planRound(): void {
		agenda.at(agenda.nowUs() + toUs(definition.tickMs), RANK.tick, () => {
			const sinceUs = Math.max(settlingSinceUs, watch.changedAtUs());
			const judged = judgeStanding({
				quietTicks: Math.floor((agenda.nowUs() - sinceUs) / toUs(definition.tickMs)),
				settlingForMs: (agenda.nowUs() - settlingSinceUs) / 1_000,
				changedAfterMs: (sinceUs - settlingSinceUs) / 1_000,
				withinMs: scenario.settle.withinMs,
				underWay: network.delayed() + nodes.heldBack(),
				down: ids.filter((_, index) => nodes.status(index) === "down"),
				deliveredSets: () => watch.deliveredSets(),
				pending: () => watch.pending(),
				views: () => new Set(watch.views().values()).size,
			});
			if (judged === null) planRound();
			else finish(judged);
		});
	}

	function finish(judged: End): void {
		enter("final");
		watch.finish();
		close(judged);
	}

	function close(how: End): void {
		end = how;
		record({ event: "end", ...how });
		cluster.dispose();
	}

	return {
		advance(steps) {
			for (let step = 0; step < steps; step++) {
				if (end !== null) return end;
				healWhenThrough();
				// Nodes tick, and rounds are planned while they settle: something always comes.
				agenda.step();
			}
			return end;
		},
		interrupt(how) {
			if (end === null) close(how);
		},
		phase: () => phase,
		completed: () => clients.completed(),
		faults: () => faults.active(),
		views: () => watch.views(),
		nowMs,
	};
}
