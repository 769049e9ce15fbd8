/** Which step of a schedule sends which message: found by playing it. */
import type { ReplicaDefinition, SimMessage } from "../controller/runtimes/sim/cluster.ts";
import { play } from "./play.ts";
import type { Schedule } from "./schedule.ts";

/** One labelled message of a schedule. */
export interface TracedMessage {
	from: number;
	to: number;
	number: number;
	/** The step that sent it. */
	sentAtStep: number;
	/** Steps that delivered it, in order: none, one, or more for duplicates. */
	deliveredAtSteps: number[];
	dropped: boolean;
}

/** @returns the messages that were sent before the schedule's last step was over, in the order in which they were sent */
export function traceMessages(
	definition: ReplicaDefinition,
	type: string,
	schedule: Schedule,
): TracedMessage[] {
	const messages = new Map<string, TracedMessage>();
	let taken = 0;
	const note = (inFlight: readonly SimMessage[]) => {
		for (const { from, to, number } of inFlight) {
			const key = keyOf({ from, to, number });
			if (messages.has(key)) continue;
			messages.set(key, { from, to, number, sentAtStep: taken - 1, deliveredAtSteps: [], dropped: false });
		}
	};
	play(definition, type, {
		replicas: schedule.replicas,
		choose({ inFlight }) {
			note(inFlight);
			const step = schedule.steps[taken] ?? null;
			if (step?.kind === "deliver") messages.get(keyOf(step))?.deliveredAtSteps.push(taken);
			if (step?.kind === "drop") {
				const message = messages.get(keyOf(step));
				if (message !== undefined) message.dropped = true;
			}
			taken += 1;
			return step;
		},
	});
	return [...messages.values()];
}

function keyOf({ from, to, number }: Pick<SimMessage, "from" | "to" | "number">): string {
	return `${from}>${to}#${number}`;
}
