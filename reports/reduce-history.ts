/**
 * History events, one at a time, into the columns of the page model. Bounded by what it keeps per event: a few
 * numbers; texts are shortened and stored once.
 */
import type {
	CompletionEvent,
	FaultEvent,
	HistoryEvent,
	HistoryHeader,
	InvokeEvent,
	Json,
} from "../history/events.ts";
import { faultKind, faultShape } from "./fault-words.ts";
import { OUTCOMES, type Outcome, type PageFault, type PageModel } from "./page-model.ts";
import { createViewReduction } from "./reduce-views.ts";
import type { StringTable } from "./string-table.ts";
import { type ViewForm, viewFormOf } from "./view-key.ts";
import { shortened } from "./visible.ts";

export const MAX_VALUE_LENGTH = 200;
const MAX_DETAIL_LENGTH = 500;
const MAX_NOTES = 1_000;
/** In the words of `evidence.events`: the diagram of the evidence draws no more. */
export const MAX_EVIDENCE_EVENTS = 400;
const NANOSECONDS_PER_MICROSECOND = 1_000;

type HistoryPart = Pick<
	PageModel,
	| "lastTime"
	| "end"
	| "operations"
	| "deliveries"
	| "observations"
	| "views"
	| "faults"
	| "nodes"
	| "phases"
	| "notes"
	| "evidence"
>;

export interface HistoryReduction {
	take(event: HistoryEvent): void;
	finish(): HistoryPart;
	readonly events: number;
}

interface OperationRow {
	index: number;
	replica: number;
	id: number;
	f: number;
	value: number;
	result: number;
	update: number;
	start: number;
	end: number;
	outcome: number;
}

/** @param important indexes of events that properties name as evidence: kept whole */
export function createHistoryReduction(
	header: HistoryHeader,
	important: ReadonlySet<number>,
	table: StringTable,
): HistoryReduction {
	const replicaNumbers = new Map(header.replicas.map((name, number) => [name, number]));
	const replicaOf = (name: string): number => replicaNumbers.get(name) ?? -1;
	const operations: OperationRow[] = [];
	const open = new Map<string, OperationRow>();
	const deliveries: { index: number; replica: number; update: number; time: number }[] = [];
	const formOf = viewFormOf(header.type);
	const views = createViewReduction(formOf);
	const faults = createFaultReduction(header.replicas);
	const part: Omit<HistoryPart, "operations" | "deliveries" | "observations" | "views" | "faults"> = {
		lastTime: 0,
		end: null,
		nodes: [],
		phases: [],
		notes: [],
		evidence: {},
	};
	let events = 0;
	let evidenceKept = 0;

	function observe(
		event: { index: number; replica: string },
		time: number,
		view: Json,
		delivered: unknown,
		final: boolean,
	) {
		views.take({
			index: event.index,
			replica: replicaOf(event.replica),
			time,
			view,
			delivered: delivered === undefined ? -1 : table.number(JSON.stringify(delivered)),
			final,
		});
	}

	function complete(event: CompletionEvent, time: number): void {
		const row = open.get(event.id) ?? rowOf(event, time, replicaOf, table);
		if (!open.delete(event.id)) operations.push(row);
		row.end = time;
		row.outcome = outcomeNumber(event.event);
		if (event.event === "ok") {
			row.update = table.number(event.update);
			const isRead = event.f === "read";
			row.result = table.number(textOf(isRead ? event.value : event.result));
			if (isRead && header.type !== null && event.value !== undefined) {
				observe(event, time, event.value, event.delivered, false);
			}
		} else {
			const error = event.error ?? { code: "", message: "" };
			row.result = table.number(shortened(`${error.code}: ${error.message}`, MAX_VALUE_LENGTH));
		}
	}

	function take(event: HistoryEvent): void {
		events += 1;
		const time = Math.round(event.time / NANOSECONDS_PER_MICROSECOND);
		if (time > part.lastTime) part.lastTime = time;
		if (important.has(event.index) && evidenceKept < MAX_EVIDENCE_EVENTS) {
			part.evidence[event.index] = viewInOrder(event, formOf);
			evidenceKept += 1;
		}
		switch (event.event) {
			case "invoke": {
				const row = rowOf(event, time, replicaOf, table);
				operations.push(row);
				open.set(event.id, row);
				return;
			}
			case "ok":
			case "fail":
			case "info":
				complete(event, time);
				return;
			case "deliver":
				deliveries.push({
					index: event.index,
					replica: replicaOf(event.replica),
					update: table.number(event.update),
					time,
				});
				return;
			case "state":
				observe(event, time, event.view, event.delivered, event.final);
				return;
			case "fault":
				faults.take(event, time);
				return;
			case "node":
				part.nodes.push({
					replica: replicaOf(event.replica),
					what: event.what,
					time,
					detail: shortened(event.detail ?? "", MAX_DETAIL_LENGTH),
					incarnation: event.incarnation ?? -1,
				});
				return;
			case "phase":
				part.phases.push({ phase: event.phase, time });
				return;
			case "note":
				if (part.notes.length < MAX_NOTES) {
					part.notes.push({ what: event.what, detail: textOf(event.detail) ?? "", time });
				}
				return;
			case "end":
				part.end = { reason: event.reason, detail: shortened(event.detail ?? "", MAX_DETAIL_LENGTH), time };
				return;
		}
	}

	return {
		take,
		get events() {
			return events;
		},
		finish() {
			const { observations, texts } = views.finish(important);
			return {
				...part,
				operations: operationColumns(operations, effectsOf(deliveries)),
				deliveries: deliveryColumns(deliveries),
				observations,
				views: { text: texts },
				faults: faults.finish(),
			};
		},
	};
}

function rowOf(
	event: InvokeEvent | CompletionEvent,
	time: number,
	replicaOf: (name: string) => number,
	table: StringTable,
): OperationRow {
	return {
		index: event.index,
		replica: replicaOf(event.replica),
		id: table.number(event.id),
		f: table.number(event.f),
		value: table.number(event.f === "read" ? "" : (textOf(event.value) ?? "")),
		result: -1,
		update: -1,
		start: time,
		end: -1,
		outcome: outcomeNumber("open"),
	};
}

function outcomeNumber(outcome: Outcome): number {
	return OUTCOMES.indexOf(outcome);
}

function textOf(value: Json | undefined): string | undefined {
	return value === undefined ? undefined : shortened(JSON.stringify(value), MAX_VALUE_LENGTH);
}

function viewInOrder(event: HistoryEvent, formOf: (view: Json) => ViewForm): HistoryEvent {
	if (event.event === "state") return { ...event, view: JSON.parse(formOf(event.view).text()) as Json };
	if (event.event === "ok" && event.f === "read" && event.value !== undefined) {
		return { ...event, value: JSON.parse(formOf(event.value).text()) as Json };
	}
	return event;
}

/** When each update was first delivered at each replica: at its origin, that is when it took effect. */
function effectsOf(rows: readonly { replica: number; update: number; time: number }[]): Map<string, number> {
	const effects = new Map<string, number>();
	for (const { replica, update, time } of rows) {
		for (const key of [`${update} ${replica}`, String(update)]) {
			if (time < (effects.get(key) ?? Number.POSITIVE_INFINITY)) effects.set(key, time);
		}
	}
	return effects;
}

/** Its delivery at its own replica; failing that, no later than its first delivery anywhere. */
function effectOf(row: OperationRow, effects: ReadonlyMap<string, number>): number {
	if (row.end < 0) return row.start;
	if (row.update < 0) return row.end;
	const own = effects.get(`${row.update} ${row.replica}`);
	const first = effects.get(String(row.update)) ?? row.end;
	return own ?? Math.max(row.start, Math.min(row.end, first));
}

function operationColumns(
	rows: OperationRow[],
	effects: ReadonlyMap<string, number>,
): PageModel["operations"] {
	rows.sort((a, b) => a.start - b.start || a.index - b.index);
	return {
		index: rows.map((row) => row.index),
		replica: rows.map((row) => row.replica),
		id: rows.map((row) => row.id),
		f: rows.map((row) => row.f),
		value: rows.map((row) => row.value),
		result: rows.map((row) => row.result),
		update: rows.map((row) => row.update),
		start: rows.map((row) => row.start),
		end: rows.map((row) => row.end),
		effect: rows.map((row) => effectOf(row, effects)),
		outcome: rows.map((row) => row.outcome),
	};
}

function deliveryColumns(
	rows: { index: number; replica: number; update: number; time: number }[],
): PageModel["deliveries"] {
	rows.sort((a, b) => a.time - b.time || a.index - b.index);
	return {
		index: rows.map((row) => row.index),
		replica: rows.map((row) => row.replica),
		update: rows.map((row) => row.update),
		time: rows.map((row) => row.time),
	};
}

/** Pairs starts and ends: by number where there is one, otherwise by what was injected. */
function createFaultReduction(replicas: readonly string[]) {
	const faults: PageFault[] = [];
	const running = new Map<string, PageFault>();
	return {
		take(event: FaultEvent, time: number): void {
			const key = event.number === undefined ? JSON.stringify(event.fault) : String(event.number);
			const started = running.get(key);
			if (event.phase === "end") {
				if (started !== undefined) started.end = time;
				running.delete(key);
				return;
			}
			const fault: PageFault = {
				number: event.number ?? faults.length,
				kind: faultKind(event.fault),
				...faultShape(event, replicas),
				start: time,
				end: -1,
			};
			faults.push(fault);
			running.set(key, fault);
		},
		finish: () => faults,
	};
}
