/**
 * Runs of elements that were typed concurrently at one place should not be mixed with one another. A warning, never a failure:
 * such a list converges and keeps its order, and only its readers are unhappy.
 */
import type { Json } from "../../history/events.ts";
import { type DeliveredSet, deliveredKey, hasDelivered, sizeOf, splitUpdateId } from "../delivered.ts";
import { insertedBy, uniqueElements, type ViewElements } from "../elements.ts";
import { eventsOf } from "../evidence.ts";
import { type Judgement, notApplicable, type Property, pass } from "../property.ts";
import type { Observation, Operation, Run } from "../run.ts";
import { boundedView, count, list, moment, show } from "../words.ts";

/** How many elements are looked at between two of one run. */
const MAX_GAP = 1_000;
const MAX_NAMED = 3;

export const interleaving: Property = {
	name: "interleaving",
	statement:
		"Runs of elements that two replicas typed concurrently at one place stand one after the other in the final views, not mixed. This is a warning: it never fails a run.",
	source:
		"Weidner, Kleppmann 2023, “The art of the Fugue: minimizing interleaving in collaborative text editing”, section 2; Kleppmann, Gomes, Mulligan, Beresford 2019, “Interleaving anomalies in collaborative text editors”",
	needs: ["a list or text", "update numbers", "delivered sets", "final states"],
	cost: "O(operations + lengths of the final views × length of the longest run)",
	limits:
		"A run is one insert of several elements, or inserts of one replica in a row, each beside the one before, that one of its views showed side by side before anything else was delivered. Only elements inserted once in the whole run are looked at.",
	check,
};

/** Elements that a replica typed in a row, with nothing delivered in between. */
interface Typed {
	replica: string;
	elements: string[];
	operations: Operation[];
	numbers: number[];
	/** What had been delivered with the last, itself included. */
	after: DeliveredSet;
	/** 1: each after the one before; -1: each before it; 0: not known yet. */
	direction: -1 | 0 | 1;
	index: number;
}

/** An element of one run stands between two of the other, which had not seen one another. */
interface Mixed {
	run: Typed;
	within: Typed;
	observation: Observation;
}

function check(run: Run): Judgement {
	const elements = uniqueElements(run);
	if (elements === null) return notApplicable("only lists and texts have runs of elements");
	const runs = typedRuns(run, elements);
	const examined = { runs: runs.length, finalViews: run.finals.size };
	const mixed = mixedRuns(runs, [...run.finals.values()], elements);
	const [first] = mixed;
	if (first === undefined) {
		if (runs.length < 2) return notApplicable("no two runs of elements were typed", { examined });
		return pass(`none of ${count(runs.length, "run")} of elements is mixed with a concurrent one`, {
			examined,
		});
	}
	const { observation } = first;
	const pairs = mixed.slice(0, MAX_NAMED).map(({ run: outer, within }) => {
		return `${nameOf(outer, elements)} with ${nameOf(within, elements)}`;
	});
	const more = mixed.length > MAX_NAMED ? ` and ${mixed.length - MAX_NAMED} more pairs` : "";
	const about = eventsOf(run, [...first.run.operations, ...first.within.operations], [observation.replica]);
	return pass(
		`runs typed concurrently at one place are mixed in the view of ${observation.replica} at ${moment(observation.time)}: ${list(pairs)}${more}`,
		{
			...about,
			replicas: [...new Set([first.run.replica, first.within.replica, observation.replica])],
			events: [...about.events, observation.index].sort((left, right) => left - right),
			time: observation.time,
			views: { [observation.replica]: boundedView(observation.view.json) },
			examined: { ...examined, mixed: mixed.length },
			typed: [first.run, first.within].map((typed) => ({
				replica: typed.replica,
				text: textOf(typed, elements),
				operations: typed.operations.map(({ id }) => id),
			})),
			mixed: stretchOf(first, elements),
			isWarning: true,
		},
	);
}

/** @returns the sentence of what is mixed; none where nothing is */
export function interleavingWarnings(run: Run): string[] {
	const { reason, evidence } = check(run);
	return evidence["isWarning"] === true ? [`interleaving: ${reason}`] : [];
}

function nameOf(typed: Typed, elements: ViewElements): string {
	return `${show(textOf(typed, elements))} of ${typed.replica}`;
}

function textOf({ elements: shown }: Pick<Typed, "elements">, elements: ViewElements): Json {
	const values = shown.map((element) => elements.valueOf(element));
	return values.every((value) => typeof value === "string") ? values.join("") : values;
}

/** What the view shows of both, from the first of them to the last. */
function stretchOf({ run, within, observation }: Mixed, elements: ViewElements): Json {
	const both = new Set([...run.elements, ...within.elements]);
	const shown = elements.shownIn(observation.view.json);
	const first = shown.findIndex((element) => both.has(element));
	const last = shown.findLastIndex((element) => both.has(element));
	return textOf({ elements: shown.slice(first, last + 1) }, elements);
}

function typedRuns(run: Run, elements: ViewElements): Typed[] {
	const isText = run.type === "text";
	const seenContiguous = contiguityOf(run, elements);
	const latest = new Map<string, Typed>();
	const runs: Typed[] = [];
	for (const operation of run.operations) {
		const { completion, f, value } = operation;
		if (completion?.kind !== "ok" || completion.update === undefined || completion.delivered === undefined)
			continue;
		const { replica, number } = splitUpdateId(completion.update);
		const last = latest.get(replica);
		latest.delete(replica);
		const inserted = insertedBy(operation, isText);
		const index = f === "insert" ? (value as { index?: unknown }).index : undefined;
		if (typeof index !== "number" || !inserted.every((element) => elements.unique.has(element))) continue;
		const typed: Typed = {
			replica,
			elements: inserted,
			operations: [operation],
			numbers: [number],
			after: completion.delivered,
			direction: 0,
			index,
		};
		const longer = last === undefined ? null : continued(last, typed);
		if (last !== undefined && longer !== null && seenContiguous(longer)) {
			runs[runs.indexOf(last)] = longer;
			latest.set(replica, longer);
		} else {
			runs.push(typed);
			latest.set(replica, typed);
		}
	}
	return runs.filter((typed) => typed.elements.length > 1);
}

/** @returns null where the later insert doesn't go on from the run */
function continued(run: Typed, next: Typed): Typed | null {
	if (sizeOf(next.after) !== sizeOf(run.after) + 1) return null;
	const isAfter = next.index === run.index + (run.direction === -1 ? 1 : run.elements.length);
	const isBefore = next.index === run.index;
	const direction = isAfter && run.direction !== -1 ? 1 : isBefore && run.direction !== 1 ? -1 : null;
	if (direction === null) return null;
	const [left, right] = direction === 1 ? [run, next] : [next, run];
	return {
		...run,
		elements: [...left.elements, ...right.elements],
		operations: [...run.operations, ...next.operations],
		numbers: [...run.numbers, ...next.numbers],
		after: next.after,
		direction,
	};
}

/** Whether a view of the replica, just after the last of the run, showed it side by side: indexes may have been cut. */
function contiguityOf(run: Run, elements: ViewElements): (typed: Typed) => boolean {
	const views = new Map<string, Observation>();
	for (const observation of run.observations) {
		if (observation.delivered === null) continue;
		const key = `${observation.replica} ${deliveredKey(observation.delivered)}`;
		if (!views.has(key)) views.set(key, observation);
	}
	return ({ replica, after, elements: typed }) => {
		const observation = views.get(`${replica} ${deliveredKey(after)}`);
		if (observation === undefined) return false;
		const shown = elements.shownIn(observation.view.json);
		const at = shown.indexOf(typed[0] as string);
		return at !== -1 && typed.every((element, index) => shown[at + index] === element);
	};
}

function mixedRuns(runs: readonly Typed[], finals: readonly Observation[], elements: ViewElements): Mixed[] {
	const runOf = new Map(runs.flatMap((typed) => typed.elements.map((element) => [element, typed] as const)));
	const found: Mixed[] = [];
	const judged = new Set<string>();
	const known = new Set<string>();
	for (const observation of finals) {
		if (judged.has(observation.view.key)) continue;
		judged.add(observation.view.key);
		const shown = elements.shownIn(observation.view.json);
		const lastPlace = new Map<Typed, number>();
		for (const [place, element] of shown.entries()) {
			const typed = runOf.get(element);
			if (typed === undefined) continue;
			const from = lastPlace.get(typed) ?? place;
			lastPlace.set(typed, place);
			if (place - from > MAX_GAP) continue;
			for (const between of shown.slice(from + 1, place)) {
				const within = runOf.get(between);
				if (within === undefined || !areConcurrent(typed, within)) continue;
				const pair = [runs.indexOf(typed), runs.indexOf(within)].sort((left, right) => left - right).join();
				if (!known.has(pair)) found.push({ run: typed, within, observation });
				known.add(pair);
			}
		}
	}
	return found;
}

function areConcurrent(left: Typed, right: Typed): boolean {
	return left !== right && !hasSeen(left, right) && !hasSeen(right, left);
}

function hasSeen({ after }: Typed, { replica, numbers }: Typed): boolean {
	return numbers.some((number) => hasDelivered(after, replica, number));
}
