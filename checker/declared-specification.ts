/**
 * `specification` as an application declares it: a function from the updates that a replica had delivered to the view that it must
 * show. Judged wherever those updates are known: what each was, and what its origin had seen. Of an operation without an outcome
 * whose number shows that it happened nobody knows what it had seen: the function is asked with the least and with the
 * most that it may have been, and the view is judged only if both come to the same.
 */
import type { Json } from "../history/events.ts";
import type { Application, DeclaredSpecification, VisibleUpdate } from "./application.ts";
import { canonical, isSetLike } from "./canonical.ts";
import { causalOrder, type KnownUpdate } from "./causal-order.ts";
import { type DeliveredSet, deliveredKey, hasDelivered, pairs, sizeOf } from "./delivered.ts";
import { firstDifference } from "./difference.ts";
import { eventsAbout } from "./evidence.ts";
import { fail, type Judgement, pass, unknown } from "./property.ts";
import { type Observation, type Run } from "./run.ts";
import { NO_UPDATE, nothingAcknowledged } from "./settled.ts";
import { eachNumbered, numberUpdates, type Update, type Updates } from "./specifications/update.ts";
import { boundedView, count, moment } from "./words.ts";

/** The function gets whole lists; so many updates altogether, final views first, the others spread over the run. */
const MAX_HANDED_UPDATES = 4_000_000;

interface Tally extends Record<string, number> {
	judged: number;
	notTold: number;
	ambiguous: number;
	leftOut: number;
}

export function checkDeclared(run: Run, specification: NonNullable<Application["specification"]>): Judgement {
	const observations = toBeJudged(run);
	if (observations.length === 0) {
		return unknown("no replica says what it had delivered, so nobody knows which updates a view must show");
	}
	const updates = numberUpdates(run);
	if (updates.overflow !== null) return unknown(updates.overflow);
	const ask = asker(run, specification);
	const tally: Tally = { judged: 0, notTold: 0, ambiguous: 0, leftOut: 0 };
	let first: { observation: Observation; expected: Json } | null = null;
	let left = MAX_HANDED_UPDATES;
	for (const observation of observations) {
		const delivered = observation.delivered as DeliveredSet;
		const size = sizeOf(delivered);
		if (size > left) {
			tally.leftOut += 1;
			continue;
		}
		const visible = visibleUpdates(delivered, updates);
		if (visible === null) {
			tally.ambiguous += 1;
			continue;
		}
		left -= size;
		const asked = ask(visible);
		if (asked === null) tally.ambiguous += 1;
		else if (asked.expected === undefined) tally.notTold += 1;
		else {
			tally.judged += 1;
			const isSame = canonicalOf(run, asked.expected) === canonicalOf(run, observation.view.json);
			if (!isSame && (first === null || observation.index < first.observation.index))
				first = { observation, expected: asked.expected };
		}
	}
	if (first !== null) return differing(run, first.observation, first.expected, tally);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined: tally });
	if (tally.judged === 0) {
		return unknown("the application's specification could say of no view what it must be", {
			examined: tally,
		});
	}
	return pass(`each of ${count(tally.judged, "view")} is what the application's own specification demands`, {
		examined: tally,
	});
}

/** Distinct ones that say what had been delivered: final ones first, the others from wide steps to narrow ones. */
function toBeJudged({ observations }: Run): Observation[] {
	const seen = new Set<string>();
	const distinct = observations.filter(({ view, delivered }) => {
		if (delivered === null) return false;
		const key = `${deliveredKey(delivered)} ${view.key}`;
		return !seen.has(key) && seen.add(key).size > 0;
	});
	const finals = distinct.filter(({ source }) => source === "final");
	const others = distinct.filter(({ source }) => source !== "final");
	const spread: Observation[] = [];
	const taken = new Set<number>();
	for (let step = 2 ** Math.ceil(Math.log2(others.length + 1)); step >= 1; step /= 2) {
		for (let at = 0; at < others.length; at += step) {
			if (taken.has(at)) continue;
			taken.add(at);
			spread.push(others[at] as Observation);
		}
	}
	return [...finals, ...spread];
}

/** @returns null where a number may belong to several operations, or to none */
function visibleUpdates(delivered: DeliveredSet, updates: Updates): Update[] | null {
	const visible: Update[] = [];
	let ambiguous = false;
	eachNumbered(updates, delivered, (entry) => {
		const [update] = entry.updates;
		if (entry.ambiguous || update === undefined) ambiguous = true;
		else visible.push(update);
	});
	return ambiguous || visible.length < sizeOf(delivered) ? null : visible;
}

/** @returns of a list of updates the view that they demand; null: it can't be told which */
function asker(
	run: Run,
	specification: DeclaredSpecification,
): (visible: readonly Update[]) => { expected: Json | undefined } | null {
	const context = { replicas: run.header.replicas, options: run.header.options ?? {} };
	const answer = (known: readonly KnownUpdate[]) => {
		const { order, cycle } = causalOrder(known);
		if (cycle !== null) return undefined;
		return specification(order.map(visibleUpdate), context) ?? undefined;
	};
	return (visible) => {
		const least = visible.map((update) => known(update, ownOnly(update)));
		if (visible.every(({ seen }) => seen !== null)) return { expected: answer(least) };
		const most = visible.map((update) => known(update, allButLater(update, visible)));
		const [lower, upper] = [answer(least), answer(most)];
		if (lower === undefined || upper === undefined) return { expected: undefined };
		return canonicalOf(run, lower) === canonicalOf(run, upper) ? { expected: lower } : null;
	};
}

function known({ operation, replica, number, seen }: Update, guess: DeliveredSet): KnownUpdate {
	return { operation, replica, number, seen: seen ?? guess };
}

function ownOnly({ replica, number }: Update): DeliveredSet {
	return new Map([[replica, [number, number]]]);
}

/** All that had not seen it: among those of unknown sight, those before it. */
function allButLater(update: Update, visible: readonly Update[]): DeliveredSet {
	const at = visible.indexOf(update);
	const numbers = new Map<string, [number, number][]>();
	visible.forEach((other, place) => {
		const isLater =
			other.seen === null ? place > at : hasDelivered(other.seen, update.replica, update.number);
		const isOwnLater = other.replica === update.replica && other.number > update.number;
		if (other !== update && (isLater || isOwnLater)) return;
		numbers.set(other.replica, [...(numbers.get(other.replica) ?? []), [other.number, other.number]]);
	});
	return new Map([...numbers].map(([replica, runs]) => [replica, runs.flat()]));
}

function visibleUpdate({ operation, replica, number, seen }: KnownUpdate): VisibleUpdate {
	const { f, value, completion } = operation;
	const result = completion?.result;
	const runs = [...seen].map(([id, flat]) => [id, [...pairs(flat)]] as [string, [number, number][]]);
	return {
		replica,
		number,
		f,
		value,
		seen: Object.fromEntries(runs),
		...(result !== undefined && { result }),
	};
}

function canonicalOf({ type }: Run, view: Json): string {
	return canonical(view, isSetLike(type));
}

function differing(run: Run, observation: Observation, expected: Json, examined: Tally): Judgement {
	const { replica, time, index } = observation;
	const delivered = observation.delivered as DeliveredSet;
	const found = observation.view.json;
	const difference = firstDifference(
		{ name: replica, view: found },
		{ name: "the specification", view: expected },
		run.type,
	);
	const about = eventsAbout(run, difference?.subject, delivered, [replica]);
	return fail(
		`wrong: at ${moment(time)} ${replica} had delivered ${count(sizeOf(delivered), "update")} and shows what the application's own specification doesn't make of them: ${difference?.words}`,
		{
			...about,
			replicas: [replica],
			events: [...about.events, index].sort((left, right) => left - right),
			time,
			path: difference?.path ?? "",
			expected: boundedView(expected),
			found: boundedView(found),
			views: { [replica]: boundedView(found) },
			examined,
			kind: "wrong",
		},
	);
}
