/** A recorded history in a few plain lines: what happens, in order of time. For the header of a counterexample. */
import type { SimulatedRun } from "../controller/runtimes/sim/simulate.ts";
import type { Json } from "../scenarios/scenario.ts";

type HistoryEvent = SimulatedRun["events"][number];

/** A counterexample that needs more than this is not read line by line. */
const MOST_LINES = 40;
const LONGEST_VALUE_CHARACTERS = 60;

interface Told {
	/** Nanoseconds since the start. */
	time: number;
	words: string;
}

export function narrate({ events, messages }: SimulatedRun): string[] {
	const received = messages.map(({ receivedAt, from, to, label, duplicate, overtaken }): Told => {
		const how = duplicate ? ", once more" : overtaken ? ", which a later one has overtaken" : "";
		return { time: receivedAt, words: `${to} gets "${label}" from ${from}${how}` };
	});
	const arrivals = new Set(messages.map(({ to, receivedAt }) => `${to} ${receivedAt}`));
	const told = events.flatMap((event): Told[] => {
		// What follows at once from a message that is told needs no line of its own.
		if (event.event === "deliver" && arrivals.has(`${event.replica} ${event.time}`)) return [];
		const words = wordsOf(event);
		return words === null ? [] : [{ time: event.time, words }];
	});
	// Sorting is stable: of one moment first what was recorded, in its order, then messages.
	const lines = [...told, ...received]
		.sort((a, b) => a.time - b.time)
		.map(({ time, words }) => `${inMs(time).padStart(10)}  ${words}`);
	const left = lines.length - MOST_LINES;
	return left > 0 ? [...lines.slice(0, MOST_LINES), `… and ${left} more`] : lines;
}

/** Null: not worth a line. */
function wordsOf(event: HistoryEvent): string | null {
	switch (event.event) {
		case "ok": {
			const update = event.update === undefined ? "" : `, update ${event.update}`;
			return `${event.replica}: ${event.f} ${show(event.value)}${update}`;
		}
		case "fail":
		case "info":
			return `${event.replica}: ${event.f} ${show(event.value)}: ${event.error.message}`;
		case "deliver":
			return event.update.startsWith(`${event.replica}:`)
				? null
				: `${event.replica} delivers ${event.update}`;
		case "fault": {
			const [[kind, value] = ["fault", null], ...others] = Object.entries(event.fault);
			const more = others.map(([key, item]) => `, ${key} ${show(item)}`).join("");
			return `${event.phase === "start" ? "begins" : "ends"}: ${kind} ${show(value)}${more}`;
		}
		case "phase":
			return event.phase === "heal" ? "no more operations and faults: all that is under way arrives" : null;
		case "state":
			return event.final ? `${event.replica} ends with ${show(event.view)}` : null;
		default:
			return null;
	}
}

function inMs(nanoseconds: number): string {
	return `${Math.round(nanoseconds / 1_000) / 1_000} ms`;
}

function show(value: Json): string {
	const text = JSON.stringify(value);
	return text.length > LONGEST_VALUE_CHARACTERS ? `${text.slice(0, LONGEST_VALUE_CHARACTERS)}…` : text;
}
