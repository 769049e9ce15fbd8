/**
 * A history, collected into what the properties ask about: operations with their completions, observations of
 * replicas, crashes, phases, the end. One pass over the stream; equal views are kept once. A history that
 * contradicts itself (a completion without its invocation, an id used twice) is an error with the line's number,
 * never a verdict: it is the recorder that is wrong.
 */
import type {
	CompletionEvent,
	Delivered,
	EndEvent,
	FaultEvent,
	HistoryEvent,
	HistoryHeader,
	InvokeEvent,
	Json,
	NodeEvent,
	PhaseEvent,
} from "../history/events.ts";
import { isSetLike } from "./canonical.ts";
import {
	type DeliveredSet,
	pairs,
	type Runs,
	RunsTable,
	splitUpdateId,
	subtractRuns,
	unite,
} from "./delivered.ts";
import { Deliveries } from "./deliveries.ts";
import { type View, type ViewReader, Views } from "./views.ts";

export type { View };

export interface Operation {
	id: string;
	/** The client's number: one session's operations share it. */
	process: number;
	replica: string;
	f: string;
	value: Json;
	invoke: { index: number; time: number };
	/** Null: the history holds none. */
	completion: Completion | null;
}

export interface Completion {
	kind: "ok" | "fail" | "info";
	index: number;
	time: number;
	value: Json;
	result?: Json;
	update?: string;
	delivered?: DeliveredSet;
	/** The code of a fail or info. */
	code?: string;
}

/** A replica's view at a moment, and, where it says so, what it had delivered then: read in one piece. */
export interface Observation {
	index: number;
	time: number;
	replica: string;
	source: "state" | "read" | "final" | "reloaded";
	view: View;
	delivered: DeliveredSet | null;
}

/** From the moment a replica was being killed to the moment it was back. */
export interface Crash {
	replica: string;
	diskLost: boolean;
	startIndex: number;
	startTime: number;
	/** Infinity: it never came back. */
	endIndex: number;
}

/** A replica ended, or in the simulator threw, without any fault that made it. */
export interface Exit {
	index: number;
	time: number;
	replica: string;
	detail: string;
}

/** An update number that a replica gave to two acknowledged updates: it had forgotten the first. */
export interface Reused {
	id: string;
	replica: string;
	number: number;
	earlier: Operation;
	later: Operation;
}

/** Numbers that were seen for the first time in the event `index`. */
export interface FirstSeen {
	replica: string;
	first: number;
	last: number;
	index: number;
}

export interface Run {
	header: HistoryHeader;
	type: string | null;
	operations: Operation[];
	observations: Observation[];
	/** The last final state of each replica. */
	finals: Map<string, Observation>;
	crashes: Crash[];
	exits: Exit[];
	faults: FaultEvent[];
	deliveries: Deliveries;
	phases: PhaseEvent[];
	end: EndEvent | null;
	firstSeen: FirstSeen[];
	/** In the order in which the second one completed. */
	reused: Reused[];
	lastTime: number;
	events: number;
	/** What several properties ask for, by the function that computes it; see {@link once}. */
	computed: Map<unknown, unknown>;
}

/** What `compute` makes of a run, computed for the first property that asks and kept for the others. */
export function once<T>(run: Run, compute: (run: Run) => T): T {
	if (!run.computed.has(compute)) run.computed.set(compute, compute(run));
	return run.computed.get(compute) as T;
}

/** The error of an operation at which a simulated replica threw. */
const REPLICA_THREW = "replica-threw";

/** The header is line 1, the event of index 0 line 2. */
const LINES_BEFORE_EVENTS = 2;
/** After these a node is down, until it is ready again. */
const ENDS: readonly NodeEvent["what"][] = ["crashed", "exited", "oom-killed", "stopped"];

export interface Source {
	header: HistoryHeader;
	events: AsyncIterable<HistoryEvent> | Iterable<HistoryEvent>;
	/** The same, many at a time; taken instead where it is there. */
	blocks?: AsyncIterable<Iterable<HistoryEvent>>;
}

/**
 * Memory: proportional to operations, deliveries and observations, and to distinct views where they can't be read again.
 * @param again reads a view again; without it all are kept
 * @throws with the line's number when the history contradicts itself
 */
export async function collectRun(
	{ header, events, blocks }: Source,
	type: string | null,
	again: ViewReader | null,
): Promise<Run> {
	const collector = new Collector(header, type, again);
	if (blocks !== undefined) {
		for await (const block of blocks) for (const event of block) collector.add(event);
	} else if (Symbol.iterator in events) {
		for (const event of events) collector.add(event);
	} else {
		for await (const event of events) collector.add(event);
	}
	return collector.run;
}

/** The same, of events that are in memory. */
export function collectEvents(
	header: HistoryHeader,
	events: Iterable<HistoryEvent>,
	type: string | null,
): Run {
	const collector = new Collector(header, type, null);
	for (const event of events) collector.add(event);
	return collector.run;
}

/** Operations that changed something, or may have: all but reads. */
export function isUpdate(operation: Operation): boolean {
	return operation.f !== "read";
}

/** Updates that surely happened. Where replicas number them, what has no number changed nothing. */
export function acknowledged(run: Run): Operation[] {
	const done = run.operations.filter(
		(operation) => operation.completion?.kind === "ok" && isUpdate(operation),
	);
	const numbered = done.filter((operation) => operation.completion?.update !== undefined);
	return numbered.length > 0 ? numbered : done;
}

class Collector {
	readonly run: Run;
	readonly #operations = new Map<string, Operation>();
	readonly #numbered = new Map<string, Operation>();
	readonly #views: Views;
	readonly #openCrashes = new Map<string, Crash>();
	readonly #sets = new RunsTable();
	readonly #seen = new Map<string, Runs>();

	constructor(header: HistoryHeader, type: string | null, again: ViewReader | null) {
		this.#views = new Views(isSetLike(type), again);
		this.run = {
			header,
			type,
			operations: [],
			observations: [],
			finals: new Map(),
			crashes: [],
			exits: [],
			faults: [],
			deliveries: new Deliveries(),
			phases: [],
			end: null,
			firstSeen: [],
			reused: [],
			lastTime: 0,
			events: 0,
			computed: new Map(),
		};
	}

	add(event: HistoryEvent): void {
		this.run.events += 1;
		this.run.lastTime = Math.max(this.run.lastTime, event.time);
		switch (event.event) {
			case "invoke":
				return this.#invoke(event);
			case "ok":
			case "fail":
			case "info":
				return this.#complete(event);
			case "state": {
				const delivered =
					event.delivered === undefined ? null : this.#delivered(event.delivered, event.index);
				const source = event.final ? "final" : event.reloaded === true ? "reloaded" : "state";
				return this.#observe({
					...moment(event),
					source,
					view: this.#views.view(event.view, event.index),
					delivered,
				});
			}
			case "deliver":
				this.run.deliveries.add(event);
				return;
			case "fault":
				return this.#fault(event);
			case "node":
				return this.#node(event);
			case "phase":
				this.run.phases.push(event);
				return;
			case "end":
				this.run.end ??= event;
				return;
			case "note":
				return;
		}
	}

	#invoke(event: InvokeEvent): void {
		if (this.#operations.has(event.id)) {
			throw contradiction(event, `operation ${event.id} is invoked twice; ids are unique in a history`);
		}
		const { id, process, replica, f, value, index, time } = event;
		const invoke = { index, time };
		const operation: Operation = { id, process, replica, f, value, invoke, completion: null };
		this.#operations.set(id, operation);
		this.run.operations.push(operation);
	}

	#complete(event: CompletionEvent): void {
		const operation = this.#operations.get(event.id);
		if (operation === undefined) {
			throw contradiction(event, `operation ${event.id} is completed but was never invoked`);
		}
		if (operation.completion !== null) {
			throw contradiction(event, `operation ${event.id} is completed twice`);
		}
		if (operation.replica !== event.replica) {
			const where = `invoked at ${operation.replica} and completed at ${event.replica}`;
			throw contradiction(event, `operation ${event.id} is ${where}`);
		}
		const completion: Completion = {
			kind: event.event,
			index: event.index,
			time: event.time,
			value: event.value,
		};
		operation.completion = completion;
		if (event.event !== "ok") {
			completion.code = event.error.code;
			if (completion.code === REPLICA_THREW) {
				const { index, time, replica } = event;
				this.run.exits.push({ index, time, replica, detail: event.error.message });
			}
			return;
		}
		if (event.result !== undefined) completion.result = event.result;
		if (event.update !== undefined) {
			completion.update = event.update;
			this.#number(event.update, operation);
		}
		if (event.delivered !== undefined) completion.delivered = this.#delivered(event.delivered, event.index);
		// A read of something in particular (a key) is no view.
		if (event.f !== "read" || operation.value !== null || completion.delivered === undefined) return;
		const view = this.#views.view(event.value, event.index);
		this.#observe({ ...moment(event), source: "read", view, delivered: completion.delivered });
	}

	#number(id: string, later: Operation): void {
		const earlier = this.#numbered.get(id);
		if (earlier !== undefined) this.run.reused.push({ id, ...splitUpdateId(id), earlier, later });
		this.#numbered.set(id, later);
	}

	#observe(observation: Observation): void {
		this.run.observations.push(observation);
		if (observation.source === "final") this.run.finals.set(observation.replica, observation);
	}

	#delivered(json: Delivered, index: number): DeliveredSet {
		const delivered = this.#sets.parse(json);
		for (const [replica, runs] of delivered) {
			const seen = this.#seen.get(replica);
			if (seen === runs) continue;
			const fresh = seen === undefined ? runs : subtractRuns(runs, seen);
			if (fresh.length === 0) continue;
			for (const [first, last] of pairs(fresh)) this.run.firstSeen.push({ replica, first, last, index });
			this.#seen.set(replica, seen === undefined ? runs : unite(seen, runs));
		}
		return delivered;
	}

	#fault(event: FaultEvent): void {
		this.run.faults.push(event);
		const replica = event.fault["crash"];
		if (typeof replica !== "string") return;
		if (event.phase === "end") return this.#backAgain(replica, event.index);
		this.#crash(replica, event.fault["disk"] === "lose", event.index, event.time);
	}

	#node(event: NodeEvent): void {
		const { replica, what, index, time } = event;
		if (what === "exited" || what === "oom-killed") {
			this.run.exits.push({ index, time, replica, detail: event.detail ?? "nobody knows why" });
		}
		if (ENDS.includes(what)) {
			if (!this.#openCrashes.has(replica)) this.#crash(replica, false, index, time);
		} else if (what === "ready") {
			this.#backAgain(replica, index);
		}
	}

	#crash(replica: string, diskLost: boolean, startIndex: number, startTime: number): void {
		const running = this.#openCrashes.get(replica);
		if (running !== undefined) {
			running.diskLost ||= diskLost;
			return;
		}
		const crash: Crash = { replica, diskLost, startIndex, startTime, endIndex: Number.POSITIVE_INFINITY };
		this.#openCrashes.set(replica, crash);
		this.run.crashes.push(crash);
	}

	#backAgain(replica: string, index: number): void {
		const crash = this.#openCrashes.get(replica);
		if (crash === undefined) return;
		crash.endIndex = index;
		this.#openCrashes.delete(replica);
	}
}

function moment(event: { index: number; time: number; replica: string }) {
	return { index: event.index, time: event.time, replica: event.replica };
}

function contradiction(event: HistoryEvent, what: string): Error {
	return new Error(
		`history.jsonl:${event.index + LINES_BEFORE_EVENTS}: ${what}. The recording is wrong, so nothing can be judged.`,
	);
}
