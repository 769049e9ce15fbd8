/**
 * Stamps events with the run's time and appends them to the history. It goes silent after `end`: an operation that comes
 * back after an interrupt must not follow the history's last line.
 */
import type { HistoryEvent, Json, NodeEvent } from "../history/events.ts";
import type { HistoryWriter } from "../history/write.ts";
import { type RunClock, toNanoseconds } from "./clock.ts";

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An event before it has its time and number. */
export type UntimedEvent = DistributiveOmit<HistoryEvent, "index" | "time">;

/** What a runtime says about a node. */
export type NodeReport = Omit<NodeEvent, "index" | "time" | "event">;

export interface Recorder {
	/** Now, or at `atMs` of the run where the event became known later than it happened. */
	record: (event: UntimedEvent, atMs?: number) => void;
	note: (what: string, detail?: Json) => void;
}

export function recordTo(history: HistoryWriter, clock: RunClock): Recorder {
	let ended = false;
	const record = (event: UntimedEvent, atMs = clock.nowMs()) => {
		if (ended) return;
		ended = event.event === "end";
		history.append({ time: toNanoseconds(atMs), ...event });
	};
	return {
		record,
		note: (what, detail) => record({ event: "note", what, ...(detail !== undefined && { detail }) }),
	};
}
