/**
 * Executes the planned faults at their times and records when each really began and ended, and what it touched. Faults run
 * beside one another: one that is slow to begin does not hold up the others. What can't be done (pause a dead node) is
 * recorded as such. Everything that is still on when the workload is over is ended by `heal`.
 */
import type { Json } from "../history/events.ts";
import type { FaultAction } from "../scenarios/scenario.ts";
import type { RunClock } from "./clock.ts";
import type { LinkAction } from "./links/faults.ts";
import type { PlannedFault } from "./plan/faults.ts";
import type { Recorder } from "./recorder.ts";
import type { ContainerFaults, Done, StartedRuntime } from "./runtimes/runtime.ts";

const CLOCK_TIMEOUT_MS = 2_000;

export interface Nemesis {
	/**
	 * Runs the faults, their times being those of the clock `schedule`; faults without an end stay on. Aborted, it begins and ends nothing more, but waits for what is
	 * just beginning or ending.
	 */
	run(faults: readonly PlannedFault[], schedule: RunClock, signal: AbortSignal): Promise<void>;
	/** Ends what is still on. Bounded by the time-outs of what it calls. */
	heal(): Promise<void>;
	/** Faults that are on now, as in the scenario file. */
	active(): Record<string, Json>[];
}

interface NemesisOptions {
	runtime: StartedRuntime;
	recorder: Recorder;
	/** Of the history's times. */
	clock: RunClock;
}

export function createNemesis(options: NemesisOptions): Nemesis {
	const { recorder, clock } = options;
	const on = new Map<number, PlannedFault>();
	const skews = createSkews(options);

	async function begin(fault: PlannedFault): Promise<void> {
		const beganAtMs = clock.nowMs();
		const touches = await beginAction(options, skews, fault);
		on.set(fault.number, fault);
		const event = { event: "fault", fault: fault.printed, number: fault.number } as const;
		// Everything else is in force from now on; a reset is over when its begin returns.
		recorder.record(
			{ ...event, phase: "start", touches },
			fault.action.kind === "reset" ? beganAtMs : clock.nowMs(),
		);
	}

	async function end(fault: PlannedFault): Promise<void> {
		await endAction(options, skews, fault, !isKeptDown(fault));
		on.delete(fault.number);
		recorder.record({
			event: "fault",
			fault: fault.printed,
			phase: "end",
			number: fault.number,
		});
	}

	/** By another fault that is on, which starts its replica again when it ends. */
	function isKeptDown({ number, action }: PlannedFault): boolean {
		return [...on.values()].some(
			(other) => other.number !== number && "replica" in action && keepsDown(other.action, action.replica),
		);
	}

	return {
		async run(faults, schedule, signal) {
			await Promise.all(
				faults.map(async (fault) => {
					await schedule.sleepUntil(fault.atMs, signal);
					if (signal.aborted) return;
					await begin(fault);
					if (fault.endMs === null) return;
					await schedule.sleepUntil(fault.endMs, signal);
					if (!signal.aborted) await end(fault);
				}),
			);
		},
		async heal() {
			const left = [...on.values()];
			const isPause = ({ action }: PlannedFault) => action.kind === "pause";
			// Paused replicas first: links that lead to one that does not read can't be trusted to end their faults.
			await Promise.all(left.filter(isPause).map(end));
			await Promise.all(left.filter((fault) => !isPause(fault)).map(end));
			await options.runtime.links.healAll();
		},
		active: () => [...on.values()].map(({ printed }) => printed),
	};
}

function keepsDown(action: FaultAction, replica: string): boolean {
	return (action.kind === "crash" || action.kind === "stop") && action.replica === replica;
}

/** @returns the replicas and links that it touches */
async function beginAction(options: NemesisOptions, skews: Skews, fault: PlannedFault): Promise<string[]> {
	const { runtime, recorder } = options;
	const { action } = fault;
	switch (action.kind) {
		case "crash":
		case "pause": {
			const { replica } = action;
			const outcome =
				action.kind === "crash" ? await runtime.crash(replica, action.disk) : await runtime.pause(replica);
			if (!outcome.done) recorder.note(`${action.kind} of ${replica} changed nothing`, outcome.why);
			return [replica];
		}
		case "clock":
			await skews.begin(fault.number, action);
			return [action.replica];
		case "stop":
		case "disconnect":
		case "limit": {
			const outcome = await beginOnContainer(runtime, action);
			if (!outcome.done) recorder.note(`${action.kind} of ${action.replica} changed nothing`, outcome.why);
			return [action.replica];
		}
		default:
			return runtime.links.begin(fault.number, action satisfies LinkAction);
	}
}

/** @param isFree no other fault keeps its replica down */
async function endAction(
	options: NemesisOptions,
	skews: Skews,
	fault: PlannedFault,
	isFree: boolean,
): Promise<void> {
	const { runtime, recorder } = options;
	const { action } = fault;
	switch (action.kind) {
		case "crash":
		case "stop":
			// Another crash fault of the same replica may have restarted it already.
			if (runtime.status(action.replica) !== "down") return;
			return restart(options, skews, action.replica);
		case "pause": {
			const outcome = await runtime.resume(action.replica);
			if (!outcome.done) recorder.note(`resume of ${action.replica} changed nothing`, outcome.why);
			return;
		}
		case "clock":
			return skews.end(fault.number, action.replica);
		case "disconnect": {
			const outcome = await containersOf(runtime).connect(action.replica);
			if (!outcome.done) recorder.note(`connect of ${action.replica} changed nothing`, outcome.why);
			return;
		}
		case "limit": {
			const outcome = await containersOf(runtime).limit(action.replica, null);
			if (!outcome.done) recorder.note(`the limit of ${action.replica} could not be lifted`, outcome.why);
			// It had no memory left, and nobody else is about to start it again.
			if (isFree && runtime.status(action.replica) === "down") await restart(options, skews, action.replica);
			return;
		}
		default:
			return runtime.links.end(fault.number);
	}
}

async function restart({ runtime }: NemesisOptions, skews: Skews, replica: string): Promise<void> {
	// How it went is reported by the runtime; a node that does not come back is the replica's affair.
	await runtime.start(replica);
	await skews.apply(replica);
}

type ContainerAction = Extract<FaultAction, { kind: "stop" | "disconnect" | "limit" }>;

function beginOnContainer(runtime: StartedRuntime, action: ContainerAction): Promise<Done> {
	const { replica } = action;
	switch (action.kind) {
		case "stop":
			return containersOf(runtime).stop(replica, action.graceMs);
		case "disconnect":
			return containersOf(runtime).disconnect(replica);
		case "limit":
			return containersOf(runtime).limit(replica, action);
		default:
			return action satisfies never;
	}
}

/** refuse.ts has refused such faults where there are none. */
function containersOf({ containers }: StartedRuntime): ContainerFaults {
	if (containers !== null) return containers;
	throw new Error("this runtime has no containers to stop, disconnect or limit");
}

type ClockAction = Extract<FaultAction, { kind: "clock" }>;

interface Skews {
	begin(number: number, action: ClockAction): Promise<void>;
	end(number: number, replica: string): Promise<void>;
	/** Sets what holds now, e.g. after a restart, which begins with a right clock. */
	apply(replica: string): Promise<void>;
}

/** The newest skew of a replica holds; when it ends, the one before it, at last none. */
function createSkews({ runtime, recorder }: NemesisOptions): Skews {
	const skews = new Map<number, ClockAction>();
	const set = new Set<string>();
	async function apply(replica: string): Promise<void> {
		const newest = [...skews.values()].findLast((skew) => skew.replica === replica);
		if (newest === undefined && !set.has(replica)) return;
		set.add(replica);
		// A restart begins with a right clock, and is followed by another call of this.
		if (runtime.status(replica) === "down") return;
		const skew = { offsetMs: newest?.offsetMs ?? 0, drift: newest?.drift ?? 0 };
		const answer = await runtime.control(replica).skewClock(skew, CLOCK_TIMEOUT_MS);
		if (answer.kind !== "ok") {
			const why = answer.kind === "error" ? answer.error.message : answer.message;
			recorder.note(`the clock of ${replica} could not be set`, { ...skew, why });
		}
	}
	return {
		async begin(number, action) {
			skews.set(number, action);
			await apply(action.replica);
		},
		async end(number, replica) {
			skews.delete(number);
			await apply(replica);
		},
		apply,
	};
}
