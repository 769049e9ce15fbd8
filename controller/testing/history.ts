/** Reads what a run recorded, for the tests of this room. */
import type { HistoryEvent, NodeEvent } from "../../history/events.ts";
import { readHistory } from "../../history/read.ts";

export async function eventsOf(path: string): Promise<HistoryEvent[]> {
	const events: HistoryEvent[] = [];
	for await (const event of (await readHistory(path)).events) events.push(event);
	return events;
}

export function ofKind<K extends HistoryEvent["event"]>(
	events: readonly HistoryEvent[],
	kind: K,
): Extract<HistoryEvent, { event: K }>[] {
	return events.filter((event): event is Extract<HistoryEvent, { event: K }> => event.event === kind);
}

/** `r1 crashed`, … in the order in which they were recorded. */
export function lifeOf(events: readonly HistoryEvent[], replica: string): NodeEvent["what"][] {
	return ofKind(events, "node")
		.filter((event) => event.replica === replica)
		.map(({ what }) => what);
}

/** Of the final states, as sorted JSON. */
export function finalViews(events: readonly HistoryEvent[]): string[] {
	return ofKind(events, "state")
		.filter(({ final }) => final)
		.map(({ view }) => JSON.stringify((view as string[]).toSorted()));
}
