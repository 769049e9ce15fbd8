/**
 * Writes a history as Jepsen would have recorded it, one operation a line, as EDN (`history.edn`) or JSON: invocations and
 * completions as they are, faults as operations of `:nemesis`, final states as reads marked `:final? true` by clients of their
 * own. What Jepsen has no place for is left out: delivered sets, update numbers, deliveries, polled states, phases. Reading it again
 * (`read.ts`) gives the same operations and final states.
 */
import edn from "edn-data";
import type { FaultEvent, HistoryEvent, HistoryHeader, Json, StateEvent } from "../events.ts";
import type { Notation } from "./notation.ts";
import { workloadOf } from "./workload.ts";

type EdnValue = Parameters<typeof edn.toEDNString>[0];

interface Operation {
	type: "invoke" | "ok" | "fail" | "info";
	process: number | "nemesis";
	f: string;
	value: Json;
	time: number;
	node?: string;
	final?: true;
	error?: [code: string, message: string];
}

const KEYWORD = /^[A-Za-z][\w*+!?<>=.-]*$/;

/**
 * Memory: the final states.
 * @param warn is told what a reader of the outcome should know
 */
export async function* jepsenLines(
	{ header, events }: { header: HistoryHeader; events: AsyncIterable<HistoryEvent> },
	notation: Notation,
	warn: (text: string) => void,
): AsyncGenerator<string, void, void> {
	const isSet = workloadOf(header.type) === "set";
	let index = 0;
	let lastProcess = -1;
	let isAtRest = false;
	const finals = new Map<string, StateEvent>();
	const line = (operation: Operation): string => {
		const text = notation === "edn" ? ednLine(operation, index, isSet) : jsonLine(operation, index);
		index += 1;
		return `${text}\n`;
	};
	for await (const event of events) {
		if (event.event === "state" && event.final) finals.set(event.replica, event);
		if (event.event === "end") isAtRest = event.reason === "settled" || event.reason === "stalled";
		if ("process" in event) lastProcess = Math.max(lastProcess, event.process);
		for (const operation of operationsOf(event)) yield line(operation);
	}
	if (!isAtRest) {
		warn(
			"the run had not come to rest, or was cut off: its last states are left out, so that nobody takes them for the end",
		);
		return;
	}
	for (const { replica: node, view: value, time } of finals.values()) {
		lastProcess += 1;
		const read = { process: lastProcess, f: "read", node, time, final: true as const };
		yield line({ ...read, type: "invoke", value: null });
		yield line({ ...read, type: "ok", value });
	}
}

function operationsOf(event: HistoryEvent): Operation[] {
	switch (event.event) {
		case "invoke":
		case "ok":
		case "fail":
		case "info": {
			const { event: type, process, f, value, time, replica: node } = event;
			const error = event.event === "fail" || event.event === "info" ? event.error : null;
			return [
				{
					type,
					process,
					f,
					value,
					time,
					node,
					...(error !== null && { error: [error.code, error.message] }),
				},
			];
		}
		case "fault":
			return nemesis(event);
		default:
			return [];
	}
}

/** Jepsen writes what a nemesis does twice, when it begins to and when it has. */
function nemesis({ fault, phase, time }: FaultEvent): Operation[] {
	const kind = Object.keys(fault).find((key) => key !== "at" && key !== "for") ?? "fault";
	const f = fault["nemesis"];
	const operation: Operation =
		typeof f === "string"
			? { type: "info", process: "nemesis", f, value: fault["value"] ?? null, time }
			: {
					type: "info",
					process: "nemesis",
					f: `${phase === "start" ? "start" : "stop"}-${kind}`,
					value: fault,
					time,
				};
	return [operation, operation];
}

function jsonLine({ type, process, f, value, time, node, final, error }: Operation, index: number): string {
	return JSON.stringify({
		index,
		time,
		type,
		process,
		f,
		value: withoutTypes(value),
		...(node !== undefined && { node }),
		...(final === true && { "final?": true }),
		...(error !== undefined && { error }),
	}).replace(BIG_INTEGER, "$1");
}

const BIG_INTEGER = /"\\u0000bigint:(-?\d+)"/g;

/** Jepsen's JSON knows no types of ours: long integers are written as numbers, which our reader takes exactly. */
function withoutTypes(value: Json): Json {
	if (Array.isArray(value)) return value.map(withoutTypes);
	if (typeof value !== "object" || value === null) return value;
	const { $bigint } = value;
	if (typeof $bigint === "string") return `\u0000bigint:${$bigint}`;
	return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, withoutTypes(content)]));
}

function ednLine(operation: Operation, index: number, isSet: boolean): string {
	const { type, process, f, value, time, node, final, error } = operation;
	const fields: [string, EdnValue][] = [
		["index", index],
		["time", time],
		["type", word(type)],
		["process", process === "nemesis" ? word(process) : process],
		["f", word(f)],
		["value", isSet && f === "read" ? setOf(value) : toEdn(value)],
	];
	if (node !== undefined) fields.push(["node", node]);
	if (final === true) fields.push(["final?", true]);
	if (error !== undefined) fields.push(["error", [word(error[0]), error[1]]]);
	const map = fields.map(([key, content]) => `:${key} ${edn.toEDNString(content)}`);
	return `{${map.join(", ")}}`;
}

function word(name: string): EdnValue {
	return KEYWORD.test(name) ? { key: name } : name;
}

/** A set can't hold what a wrong replica shows twice. */
function setOf(value: Json): EdnValue {
	if (!Array.isArray(value)) return toEdn(value);
	const texts = value.map((element) => JSON.stringify(element));
	return new Set(texts).size === texts.length ? { set: value.map(toEdn) } : value.map(toEdn);
}

function toEdn(value: Json): EdnValue {
	if (Array.isArray(value)) return value.map(toEdn);
	if (typeof value !== "object" || value === null) return value;
	const { $bigint } = value;
	if (typeof $bigint === "string") return BigInt($bigint);
	return { map: Object.entries(value).map(([key, content]) => [key, toEdn(content)]) };
}
