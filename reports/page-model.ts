/**
 * What the page is given: a run reduced to columns, so that 100,000 events open at once. Made by `page-data.ts`,
 * embedded by `embed.ts`, drawn by `page/`.
 *
 * Columns of one table have equal length. Times are whole microseconds since the start of the run. Texts that
 * repeat are numbers into `strings` (`-1`: none); replicas are numbers into `run.replicas` (`-1`: not one of them).
 */
import type { HistoryEvent, Json } from "../history/events.ts";
import type { RunResult } from "./run-result.ts";

export interface PageModel {
	run: {
		scenario: string;
		seed: number | null;
		type: string | null;
		replicas: string[];
		runtime: string;
		startedAt: string;
	};
	result: RunResult | null;
	/** What each property says, by name. */
	statements: Record<string, string>;
	/** Parts that are absent or damaged, in words. */
	problems: string[];
	/** The last moment of anything recorded. */
	lastTime: number;
	end: { reason: string; detail: string; time: number } | null;
	strings: string[];
	operations: OperationColumns;
	deliveries: DeliveryColumns;
	messages: MessageColumns;
	observations: ObservationColumns;
	/** Distinct views, in order of first sight. `text` is their JSON, null where it was left out for size. */
	views: { text: (string | null)[] };
	faults: PageFault[];
	nodes: PageNodeEvent[];
	phases: { phase: string; time: number }[];
	notes: { what: string; detail: string; time: number }[];
	/** The events that properties name as evidence, by their index. */
	evidence: Record<number, HistoryEvent>;
	counts: { events: number; messages: number; overtaken: number; duplicates: number };
	scenario: Json | null;
	logs: PageLog[];
}

export const OUTCOMES = ["ok", "fail", "info", "open"] as const;
/** `open`: the recording ends before the operation does. */
export type Outcome = (typeof OUTCOMES)[number];

/** Sorted by `start`. */
export interface OperationColumns {
	index: number[];
	replica: number[];
	/** Strings. */
	id: number[];
	f: number[];
	value: number[];
	/** What came back, or the error. */
	result: number[];
	update: number[];
	start: number[];
	/** -1: never completed. */
	end: number[];
	/** When it took effect at its replica: an update's delivery there, where known; otherwise its completion. */
	effect: number[];
	/** Into OUTCOMES. */
	outcome: number[];
}

/** Sorted by `time`. */
export interface DeliveryColumns {
	index: number[];
	replica: number[];
	update: number[];
	time: number[];
}

/** Sorted by `sent`. */
export interface MessageColumns {
	from: number[];
	to: number[];
	sent: number[];
	received: number[];
	/** 1: overtaken, 2: duplicate, 3: both. */
	flags: number[];
	label: number[];
}

/** Views as they were seen, sorted by `time`. */
export interface ObservationColumns {
	index: number[];
	replica: number[];
	time: number[];
	/** Into `views`. */
	view: number[];
	/** The delivered set as JSON text. */
	delivered: number[];
	/** 1: one of the final states. */
	final: number[];
}

export interface PageFault {
	number: number;
	kind: string;
	/** `partition r1 r2 | r3 r4 r5, connections refused`. */
	words: string;
	start: number;
	/** -1: it was never ended. */
	end: number;
	/** Replicas in whose lanes the band is drawn; empty: all. */
	replicas: number[];
	/** Who could reach whom, as groups of replicas; empty where that is not the kind or not that simple. */
	groups: number[][];
}

export interface PageNodeEvent {
	replica: number;
	what: string;
	time: number;
	detail: string;
	incarnation: number;
}

export interface PageLog {
	name: string;
	text: string;
	/** Left out at the beginning. */
	droppedBytes: number;
}
