/** What a run shows of itself while it is under way. */
import type { Json, PhaseEvent } from "../history/events.ts";
import type { Reading } from "./quiescence.ts";

export interface Progress {
	phase: "start" | PhaseEvent["phase"];
	/** Operations that have completed, however. */
	completed: number;
	planned: number;
	/** What is on now, in words: `partition halves`. */
	faults: string[];
	/** Among the replicas that could be read last. */
	distinctViews: number;
	/** Replicas whose view is not the most frequent one. */
	differing: string[];
}

/** @param readings by replica, as last read */
export function compareViews(
	readings: ReadonlyMap<string, Reading>,
): Pick<Progress, "distinctViews" | "differing"> {
	const byView = new Map<string, string[]>();
	for (const [replica, reading] of readings) {
		if (reading.kind === "read") byView.set(reading.view, [...(byView.get(reading.view) ?? []), replica]);
	}
	const groups = [...byView.values()].sort((a, b) => b.length - a.length);
	return { distinctViews: groups.length, differing: groups.slice(1).flat() };
}

/** `{"crash":"r4","disk":"keep"}` → `crash r4`. */
export function nameFault(printed: Record<string, Json>): string {
	const [[kind, value] = ["fault", null]] = Object.entries(printed);
	return typeof value === "string" || typeof value === "number" ? `${kind} ${value}` : kind;
}
