/**
 * Puts the steps of a schedule into slots of time, as few as keep its order where that matters. Within a slot all
 * operations are at the same moment, in the schedule's order, and what they send arrives right after; what was sent in
 * an earlier slot arrives at a slot's beginning. So independent steps share a slot, and a step that must come after
 * another one at its replica gets a later one.
 */
import type { Schedule, Step } from "./schedule.ts";

export interface SlotOptions {
	/** Operations of one replica that follow one another directly share a slot. */
	tight: boolean;
	/** A tick takes a slot of its own; otherwise ticks come by themselves. */
	ticks: boolean;
	/** Every step takes a slot of its own. */
	stepwise: boolean;
}

export interface Slots {
	/** By step; the slot of a `drop` means nothing. */
	of: number[];
	count: number;
}

/** What has happened to a replica in the current slot. */
interface Moment {
	acted: boolean;
	/** Got a message that was held. */
	released: boolean;
	/** The step that sent the message which it got last, of those sent in this slot; -1: none. */
	receivedFromStep: number;
}

/** @param sentAtStep by step: for a delivery, the step that sent its message */
export function putIntoSlots(schedule: Schedule, sentAtStep: readonly number[], options: SlotOptions): Slots {
	const { steps } = schedule;
	if (options.stepwise) return { of: steps.map((_, index) => index), count: steps.length };
	const of: number[] = [];
	let slot = 0;
	let moments = new Map<number, Moment>();
	const at = (replica: number): Moment => {
		const moment = moments.get(replica) ?? { acted: false, released: false, receivedFromStep: -1 };
		moments.set(replica, moment);
		return moment;
	};
	for (const [index, step] of steps.entries()) {
		if (step.kind === "drop" || (step.kind === "tick" && !options.ticks)) {
			of.push(slot);
			continue;
		}
		const replica = replicaOf(step);
		const sender = sentAtStep[index] ?? -1;
		if (!fits(step, at(replica), sender, (of[sender] ?? -1) === slot, options)) {
			slot += 1;
			moments = new Map();
		}
		of.push(slot);
		const moment = at(replica);
		if (step.kind !== "deliver") moment.acted = true;
		else if (of[sender] === slot) moment.receivedFromStep = sender;
		else moment.released = true;
	}
	return { of, count: slot + 1 };
}

function fits(step: Step, moment: Moment, sender: number, fresh: boolean, { tight }: SlotOptions): boolean {
	const { acted, released, receivedFromStep } = moment;
	if (step.kind === "deliver" && fresh) return !released && sender >= receivedFromStep;
	const untouched = !released && receivedFromStep === -1;
	if (step.kind === "invoke" && tight) return untouched;
	return untouched && !acted;
}

/** The replica that a step happens at. */
function replicaOf(step: Step): number {
	return step.kind === "deliver" || step.kind === "drop" ? step.to : step.replica;
}
