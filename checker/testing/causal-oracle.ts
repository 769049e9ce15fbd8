/**
 * `session` and `causality` decided the slow way, by their definitions: all pairs, all paths, all ways to explain a number.
 * Shares nothing with the checker. For tests only; exponential.
 */
import type { HistoryEvent } from "../../history/events.ts";
import { idsOf, type SmallHistory } from "./oracle.ts";

interface Done {
	process: number;
	replica: string;
	begin: number;
	end: number;
	update: string | null;
	seen: Set<string>;
}

interface Shown {
	replica: string;
	at: number;
	delivered: Set<string>;
}

/** Moments at which a replica may forget what it had seen, and those at which it may forget what it had acknowledged. */
interface Bounds {
	any: { replica: string; at: number }[];
	forgetting: { replica: string; at: number }[];
}

export function oracleSessions(history: SmallHistory): boolean {
	const done = operationsOf(history.events);
	const bounds = boundsOf(history);
	const between = (of: Bounds["any"], replica: string, from: number, to: number) =>
		of.some((bound) => bound.replica === replica && bound.at > from && bound.at <= to);
	const keepsOwn = (write: Done, at: number) => !between(bounds.forgetting, write.replica, write.end, at);
	const keepsSeen = (read: Done, at: number) => !between(bounds.any, read.replica, read.end, at);
	const before = (later: Done) =>
		done.filter(
			(other) =>
				other.process === later.process && other.replica === later.replica && other.end < later.begin,
		);
	const inOneLife = (each: Done) => !between(bounds.any, each.replica, each.begin, each.end);
	const demandsOf = (later: Done): Set<string> =>
		new Set(
			before(later).flatMap((other) => [
				...(keepsSeen(other, later.begin) ? other.seen : []),
				...(other.update !== null && keepsOwn(other, later.begin) ? [other.update] : []),
			]),
		);
	const judged = done.filter(inOneLife);
	const seesAll = judged.every((later) => includes(later.seen, demandsOf(later)));
	const states = statesOf(history.events);
	const statesGrow = states.every((later) =>
		states.every(
			(earlier) =>
				earlier.replica !== later.replica ||
				earlier.at >= later.at ||
				between(bounds.any, later.replica, earlier.at, later.at) ||
				includes(later.delivered, earlier.delivered),
		),
	);
	if (history.header.delivers?.causal !== true) return seesAll && statesGrow;
	const inOrder = judged.every(
		(write) =>
			write.update === null ||
			shownIn(history.events).every(
				({ delivered }) => !delivered.has(write.update as string) || includes(delivered, demandsOf(write)),
			),
	);
	return seesAll && statesGrow && inOrder;
}

export function oracleCausal(history: SmallHistory): boolean {
	const updates = operationsOf(history.events).filter(({ update }) => update !== null);
	const sees = (later: Done, earlier: Done) => later !== earlier && later.seen.has(earlier.update as string);
	const reaches = (from: Done, to: Done, passed: Done[]): boolean =>
		sees(from, to) ||
		updates.some(
			(next) => !passed.includes(next) && sees(from, next) && reaches(next, to, [...passed, next]),
		);
	const acyclic = updates.every((update) => !reaches(update, update, []));
	const closed =
		history.header.delivers?.causal !== true ||
		shownIn(history.events).every(({ delivered }) =>
			updates.every(({ update, seen }) => !delivered.has(update as string) || includes(delivered, seen)),
		);
	return acyclic && closed && allExplained(history.events);
}

/** Whether each number can be given to an operation of its own, invoked before it was seen. */
function allExplained(events: HistoryEvent[]): boolean {
	const named = new Map<string, number>();
	const vague: { replica: string; begin: number }[] = [];
	for (const event of events) {
		if (event.event !== "invoke" || event.f === "read") continue;
		const end = events.find((other) => "id" in other && other.id === event.id && other.index > event.index);
		if (end?.event === "fail") continue;
		if (end?.event === "ok" && end.update !== undefined) named.set(end.update, event.index);
		else vague.push({ replica: event.replica, begin: event.index });
	}
	const firstSeen = new Map<string, number>();
	for (const { delivered, at } of shownIn(events)) {
		for (const id of delivered) if (!firstSeen.has(id)) firstSeen.set(id, at);
	}
	const unnamed = [...firstSeen].filter(([id, at]) => (named.get(id) ?? Number.POSITIVE_INFINITY) > at);
	return canAssign(unnamed, vague);
}

function canAssign(numbers: [string, number][], candidates: { replica: string; begin: number }[]): boolean {
	const [first, ...rest] = numbers;
	if (first === undefined) return true;
	const [id, at] = first;
	return candidates.some(
		(candidate) =>
			id.startsWith(`${candidate.replica}:`) &&
			candidate.begin < at &&
			canAssign(
				rest,
				candidates.filter((other) => other !== candidate),
			),
	);
}

function operationsOf(events: HistoryEvent[]): Done[] {
	return events.flatMap((event): Done[] => {
		if (event.event !== "ok") return [];
		const begin = events.find((other) => other.event === "invoke" && other.id === event.id);
		const { process, replica, index: end, update = null, delivered = {} } = event;
		return [{ process, replica, begin: begin?.index ?? 0, end, update, seen: idsOf(delivered) }];
	});
}

function statesOf(events: HistoryEvent[]): Shown[] {
	return events.flatMap((event): Shown[] =>
		event.event === "state" && event.delivered !== undefined
			? [{ replica: event.replica, at: event.index, delivered: idsOf(event.delivered) }]
			: [],
	);
}

function shownIn(events: HistoryEvent[]): Shown[] {
	const replies = operationsOf(events).map(({ replica, end, seen }) => ({
		replica,
		at: end,
		delivered: seen,
	}));
	return [...replies, ...statesOf(events)].sort((left, right) => left.at - right.at);
}

function boundsOf({ header, events }: SmallHistory): Bounds {
	const bounds: Bounds = { any: [], forgetting: [] };
	for (const event of events) {
		if (event.event !== "fault") continue;
		const bound = { replica: event.fault["crash"] as string, at: event.index };
		bounds.any.push(bound);
		if (event.fault["disk"] === "lose" || header.delivers?.durable === false) bounds.forgetting.push(bound);
	}
	return bounds;
}

function includes(whole: Set<string>, part: Set<string>): boolean {
	return [...part].every((id) => whole.has(id));
}
