/** Figures that bench/claims.ts takes from a recorded run: latency, throughput, availability by side, lost updates. */
import type { CompletionEvent, HistoryEvent, InvokeEvent, Json } from "../history/events.ts";

/** Where a replica is while a partition is on; `connected`: none is on. */
export type Side = "connected" | "majority" | "minority";
export const SIDES: readonly Side[] = ["connected", "majority", "minority"];

export interface Answered {
	invoked: number;
	ok: number;
}

export interface Figures {
	/** Of operations that were answered, while no partition was on, by operation. */
	latenciesMs: Map<string, number[]>;
	/** From the first invocation to the last completion. */
	okPerSecond: number;
	/** By the side on which the replica was when the operation was invoked. */
	answered: Record<Side, Answered>;
	acknowledgedAdds: number;
	/** Acknowledged, and missing in some replica's final state. */
	lostAdds: number;
}

interface Window {
	/** Who has a majority; the others don't. */
	majority: ReadonlySet<string>;
	fromNs: number;
	toNs: number;
}

const NS_PER_MS = 1_000_000;
const NS_PER_S = 1_000_000_000;

/** @param replicas ids of all */
export function figuresOf(replicas: readonly string[], events: readonly HistoryEvent[]): Figures {
	const windows = partitionWindows(replicas, events);
	const completions = new Map(events.filter(isCompletion).map((event) => [event.id, event]));
	const invocations = events.filter((event): event is InvokeEvent => event.event === "invoke");
	const figures: Figures = {
		latenciesMs: new Map(),
		okPerSecond: 0,
		answered: {
			connected: { invoked: 0, ok: 0 },
			majority: { invoked: 0, ok: 0 },
			minority: { invoked: 0, ok: 0 },
		},
		...lostAdds(replicas, events),
	};
	let oks = 0;
	let lastNs = 0;
	for (const invocation of invocations) {
		const completion = completions.get(invocation.id);
		const side = sideOf(windows, invocation);
		const isOk = completion?.event === "ok";
		figures.answered[side].invoked += 1;
		if (completion !== undefined) lastNs = Math.max(lastNs, completion.time);
		if (!isOk) continue;
		oks += 1;
		figures.answered[side].ok += 1;
		if (side !== "connected") continue;
		const latencies = figures.latenciesMs.get(invocation.f) ?? [];
		latencies.push((completion.time - invocation.time) / NS_PER_MS);
		figures.latenciesMs.set(invocation.f, latencies);
	}
	const firstNs = invocations[0]?.time ?? 0;
	figures.okPerSecond = lastNs > firstNs ? (oks * NS_PER_S) / (lastNs - firstNs) : 0;
	return figures;
}

export function percentile(values: readonly number[], share: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function isCompletion(event: HistoryEvent): event is CompletionEvent {
	return event.event === "ok" || event.event === "fail" || event.event === "info";
}

function sideOf(windows: readonly Window[], { time, replica }: InvokeEvent): Side {
	const window = windows.find(({ fromNs, toNs }) => fromNs <= time && time < toNs);
	if (window === undefined) return "connected";
	return window.majority.has(replica) ? "majority" : "minority";
}

function partitionWindows(replicas: readonly string[], events: readonly HistoryEvent[]): Window[] {
	const faults = events.flatMap((event) => (event.event === "fault" ? [event] : []));
	return faults.flatMap(({ phase, fault, number, time }) => {
		const shape = fault["partition"];
		if (phase !== "start" || shape === undefined) return [];
		const end = faults.find((other) => other.phase === "end" && other.number === number);
		const groups = groupsOf(replicas, shape);
		const majority = groups.find((group) => group.length * 2 > replicas.length) ?? [];
		return [{ majority: new Set(majority), fromNs: time, toNs: end?.time ?? Number.POSITIVE_INFINITY }];
	});
}

/** @throws for shapes that the scenarios of the claims don't use */
function groupsOf(replicas: readonly string[], shape: Json): string[][] {
	if (Array.isArray(shape)) return shape as string[][];
	if (typeof shape === "object" && shape !== null) {
		const { isolate, groups } = shape;
		if (Array.isArray(groups)) return groups as string[][];
		if (typeof isolate === "string") return [[isolate], replicas.filter((id) => id !== isolate)];
	}
	throw new Error(`expected isolate or groups as the partition's shape, found ${JSON.stringify(shape)}`);
}

function lostAdds(
	replicas: readonly string[],
	events: readonly HistoryEvent[],
): Pick<Figures, "acknowledgedAdds" | "lostAdds"> {
	const finals = new Map<string, Set<string>>();
	for (const event of events) {
		if (event.event !== "state" || !event.final || !Array.isArray(event.view)) continue;
		finals.set(event.replica, new Set(event.view.map((element) => JSON.stringify(element))));
	}
	const added = events.flatMap((event) => (event.event === "ok" && event.f === "add" ? [event.value] : []));
	const isLost = (value: Json): boolean =>
		replicas.some((replica) => finals.get(replica)?.has(JSON.stringify(value)) !== true);
	return { acknowledgedAdds: added.length, lostAdds: added.filter(isLost).length };
}
