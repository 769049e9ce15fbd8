/**
 * Part of `list-order`: each insert, held against later views (`specifications/places.ts`). Against the final ones, and
 * where there are few inserts also against views of in between, which show elements that were deleted later.
 */
import { firstCausalGap } from "../causal-gaps.ts";
import { knownUpdates } from "../causal-order.ts";
import { covers, type DeliveredSet, sizeOf } from "../delivered.ts";
import type { ViewElements } from "../elements.ts";
import { type Observation, type Operation, once, type Run } from "../run.ts";
import type { Mismatch } from "../specifications/model.ts";
import { placesModel, type Reference } from "../specifications/places.ts";
import type { SequenceType } from "../specifications/sequence-items.ts";
import { numberUpdates } from "../specifications/update.ts";
import { walk } from "../specifications/walk.ts";

/** Inserts judged, once for each view that they are held against. */
const MAX_JUDGED = 200_000;
const MAX_REFERENCES = 16;

export interface Misplaced {
	/** Where it was inserted, as its origin said so. */
	insert: Observation;
	mismatch: Mismatch;
	/** The view that shows it. */
	reference: Observation;
}

export interface Places {
	first: Misplaced | null;
	/** Inserts held against a view, each counted once for each of them. */
	judged: number;
}

/** Cost: O(updates × replicas × log(elements)) for each of the views. */
export function judgePlaces(run: Run, type: SequenceType, elements: ViewElements): Places {
	const places: Places = { first: null, judged: 0 };
	const inserts = insertsOf(run);
	const updates = numberUpdates(run);
	if (inserts.length === 0 || updates.overflow !== null || holdsPairs(run, type)) return places;
	// Replies are among the moments that gaps are looked for at.
	const isClosed = run.reused.length === 0 && once(run, firstCausalGap).gap === null;
	const operations = new Map(inserts.map(({ operation }) => [operation.id, operation]));
	const references = referencesOf(run, Math.floor(MAX_JUDGED / inserts.length));
	for (const reference of references) {
		const delivered = reference.delivered as DeliveredSet;
		const shown = placesIn(elements.shownIn(reference.view.json));
		const fitting = inserts
			.filter(({ observation }) => covers(delivered, observation.delivered as DeliveredSet))
			.map(({ observation }) => observation);
		const walked = walk(fitting, updates, isClosed, () => placesModel(type, shown, elements, operations));
		places.judged += walked.judged;
		if (walked.first === null) continue;
		const { observation: insert, mismatch } = walked.first;
		places.first = { insert, mismatch, reference };
		return places;
	}
	return places;
}

interface Insert {
	operation: Operation;
	observation: Observation;
}

/** Those of which it is known what their origin had delivered, with a place that is one. */
function insertsOf(run: Run): Insert[] {
	return once(run, knownUpdates).flatMap(({ operation, seen }): Insert[] => {
		const { f, value, replica, id, completion } = operation;
		if (f !== "insert" || typeof value !== "object" || value === null || Array.isArray(value)) return [];
		const index = value["index"];
		if (!Number.isSafeInteger(index) || (index as number) < 0) return [];
		const { index: at = 0, time = 0 } = completion ?? {};
		const view = { key: id, json: id };
		return [{ operation, observation: { index: at, time, replica, source: "state", view, delivered: seen } }];
	});
}

/** Whoever counts code points and not UTF-16 units has other indexes then. */
function holdsPairs(run: Run, type: SequenceType): boolean {
	return type === "text" && run.operations.some(({ value }) => /[\ud800-\udfff]/.test(JSON.stringify(value)));
}

/** Each different final view, or where there is none the fullest; and some before it, evenly. */
function referencesOf(run: Run, most: number): Observation[] {
	const sized = run.observations
		.filter(({ delivered }) => delivered !== null)
		.map((observation) => ({ observation, size: sizeOf(observation.delivered as DeliveredSet) }))
		.sort((left, right) => left.size - right.size)
		.map(({ observation }) => observation);
	const finals = sized.filter(({ source }) => source === "final");
	const last = finals.length > 0 ? finals : sized.slice(-1);
	const between = Math.min(MAX_REFERENCES, most, sized.length);
	const some = Array.from(
		{ length: between },
		(_, at) => sized[Math.floor((at * sized.length) / between)] as Observation,
	);
	const byView = new Map([...last, ...some].map((observation) => [observation.view.key, observation]));
	return [...byView.values()].slice(0, Math.max(1, most));
}

function placesIn(shown: readonly string[]): Reference {
	return new Map(shown.map((element, at) => [element, at]));
}
