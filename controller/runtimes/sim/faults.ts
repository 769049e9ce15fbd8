/**
 * The planned faults of a simulated run: begins and ends each at its time and records what it touched, as the nemesis
 * of the other runtimes does (controller/nemesis.ts).
 */
import type { SkewedClock } from "../../../nodes/sdk/skewed-clock.ts";
import type { FaultAction } from "../../../scenarios/scenario.ts";
import type { PlannedFault } from "../../plan/faults.ts";
import type { UntimedEvent } from "../../recorder.ts";
import type { Done } from "../runtime.ts";
import { type Agenda, RANK, toUs } from "./agenda.ts";
import type { Network } from "./network.ts";
import type { SimNodes } from "./nodes.ts";

export interface SimFaults {
	/** Begins and ends that are still to come. */
	left(): number;
	/** Faults that are on now. */
	active(): readonly PlannedFault[];
	/** Ends all that are on. */
	heal(): void;
}

interface FaultsOptions {
	faults: readonly PlannedFault[];
	ids: readonly string[];
	agenda: Agenda;
	network: Network;
	nodes: SimNodes;
	clocks: readonly SkewedClock[];
	record: (event: UntimedEvent) => void;
}

type ClockAction = Extract<FaultAction, { kind: "clock" }>;

export function scheduleFaults(options: FaultsOptions): SimFaults {
	const { agenda, network, nodes, record } = options;
	const on = new Map<number, PlannedFault>();
	let left = 0;
	for (const fault of options.faults) {
		plan(fault.atMs, () => begin(fault));
		// Planned with its begin, so that a fault of no length still ends after it has begun.
		if (fault.endMs !== null) plan(fault.endMs, () => end(fault));
	}

	function plan(atMs: number, run: () => void): void {
		left += 1;
		agenda.at(toUs(atMs), RANK.fault, () => {
			left -= 1;
			run();
		});
	}

	function begin(fault: PlannedFault): void {
		on.set(fault.number, fault);
		const { action } = fault;
		switch (action.kind) {
			case "crash": {
				const byUs = fault.endMs === null ? Infinity : toUs(fault.endMs);
				nodes.crash(indexOf(action.replica), action.disk, byUs, (done) =>
					began(fault, [action.replica], done),
				);
				return;
			}
			case "pause":
				began(fault, [action.replica], nodes.pause(indexOf(action.replica)));
				return;
			case "clock":
				setClock(action.replica);
				began(fault, [action.replica]);
				return;
			case "stop":
			case "disconnect":
			case "limit":
				// refuse.ts has refused them.
				throw new Error(`the simulator has no containers to ${action.kind}`);
			default:
				began(fault, network.begin(fault.number, action));
		}
	}

	function began(fault: PlannedFault, touches: string[], done: Done = { done: true }): void {
		const { action } = fault;
		if (!done.done) note(`${action.kind} of ${touches.join()} changed nothing`, done.why);
		record({ event: "fault", fault: fault.printed, phase: "start", number: fault.number, touches });
	}

	function end(fault: PlannedFault): void {
		if (!on.delete(fault.number)) return;
		const { action } = fault;
		switch (action.kind) {
			case "crash":
				// Another crash of the same replica may have restarted it already.
				if (nodes.status(indexOf(action.replica)) === "down") nodes.start(indexOf(action.replica));
				break;
			case "pause": {
				const done = nodes.resume(indexOf(action.replica));
				if (!done.done) note(`resume of ${action.replica} changed nothing`, done.why);
				break;
			}
			case "clock":
				setClock(action.replica);
				break;
			default:
				network.end(fault.number);
		}
		record({ event: "fault", fault: fault.printed, phase: "end", number: fault.number });
	}

	/** The newest skew of a replica holds; when it ends, the one before it, at last none. */
	function setClock(replica: string): void {
		const skews = [...on.values()].flatMap(({ action }) => (isClockOf(action, replica) ? [action] : []));
		const { offsetMs, drift } = skews.at(-1) ?? { offsetMs: 0, drift: 0 };
		options.clocks[indexOf(replica)]?.set({ offsetMs, drift });
	}

	function indexOf(replica: string): number {
		return options.ids.indexOf(replica);
	}

	function note(what: string, detail: string): void {
		record({ event: "note", what, detail });
	}

	return {
		left: () => left,
		active: () => [...on.values()],
		heal() {
			const isPause = ({ action }: PlannedFault) => action.kind === "pause";
			const still = [...on.values()];
			for (const fault of still.filter(isPause)) end(fault);
			for (const fault of still.filter((other) => !isPause(other))) end(fault);
		},
	};
}

function isClockOf(action: FaultAction, replica: string): action is ClockAction {
	return action.kind === "clock" && action.replica === replica;
}
