/**
 * Feeds a specification with what each observation had delivered, and has it judge the view. Observations of one
 * replica are gone through in the order in which its delivered set grew, so that each update is applied once for
 * each replica; where a set doesn't extend the one before (a replica that forgot) the model is built anew.
 * Cost: O(updates × replicas + sizes of the views).
 */
import {
	covers,
	type DeliveredSet,
	deliveredKey,
	NOTHING_DELIVERED,
	sizeOf,
	subtract,
} from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Mismatch, Model } from "./model.ts";
import { eachNumbered, type Update, type Updates } from "./update.ts";

export interface Walked {
	/** The first in the history. */
	first: { observation: Observation; mismatch: Mismatch } | null;
	mismatches: number;
	/** Views judged, equal ones at equal delivered sets once. */
	judged: number;
	/** Of those the ones that had delivered something. */
	informative: number;
	/** Left out: an update was delivered before one that it had seen, and the type can't be judged then. */
	notCausal: number;
}

interface Position {
	model: Model;
	delivered: DeliveredSet;
	happened: Map<string, number>;
	known: Set<object>;
	/** Updates applied that had seen some that are not here yet, or of which nobody can tell. */
	early: Update[];
}

/**
 * @param isClosed known already: no observation delivered an update before one that this had seen
 * @param makeModel gets the observation that is being judged whenever its model asks
 */
export function walk(
	observations: readonly Observation[],
	updates: Updates,
	isClosed: boolean,
	makeModel: (current: () => Observation) => Model,
): Walked {
	const walked: Walked = { first: null, mismatches: 0, judged: 0, informative: 0, notCausal: 0 };
	const judged = new Set<string>();
	for (const ofReplica of byReplica(observations).values()) {
		let current = ofReplica[0] as Observation;
		const begin = (): Position => ({
			model: makeModel(() => current),
			delivered: NOTHING_DELIVERED,
			happened: new Map(),
			known: new Set(),
			early: [],
		});
		let position = begin();
		for (const observation of ofReplica) {
			const delivered = observation.delivered as DeliveredSet;
			const identity = `${deliveredKey(delivered)} ${observation.view.key}`;
			if (judged.has(identity)) continue;
			judged.add(identity);
			current = observation;
			if (!covers(delivered, position.delivered)) position = begin();
			advance(position, delivered, updates, isClosed);
			if (position.early.length > 0 && position.model.needsCausality) {
				walked.notCausal += 1;
				continue;
			}
			walked.judged += 1;
			if (delivered.size > 0) walked.informative += 1;
			const thorough = observation.source === "final";
			const mismatch = position.model.judge(observation.view.json, position.happened, thorough);
			if (mismatch === null) continue;
			walked.mismatches += 1;
			if (walked.first === null || observation.index < walked.first.observation.index) {
				walked.first = { observation, mismatch };
			}
		}
	}
	return walked;
}

function advance(position: Position, delivered: DeliveredSet, updates: Updates, isClosed: boolean): void {
	const { model, happened, known } = position;
	const applied: Update[] = [];
	eachNumbered(updates, subtract(delivered, position.delivered), (entry) => {
		for (const update of entry.updates) {
			if (entry.ambiguous && model.ignoresNumbers) {
				if (known.has(update.operation)) continue;
				known.add(update.operation);
			}
			model.apply(update);
			if (!isClosed) applied.push(update);
		}
		const [some] = entry.updates;
		if (entry.ambiguous && some !== undefined)
			happened.set(some.replica, (happened.get(some.replica) ?? 0) + 1);
	});
	position.delivered = delivered;
	if (isClosed) return;
	position.early = [...position.early, ...applied].filter(
		(update) => update.seen !== null && (!covers(delivered, update.seen) || sawReused(update, updates)),
	);
}

/** Of a number given twice it had seen nobody knows which update, so neither whether that one is here. */
function sawReused({ seen, replica, number }: Update, { reused }: Updates): boolean {
	if (seen === null || reused.size === 0) return false;
	const others = subtract(reused, new Map([[replica, [number, number]]]));
	return sizeOf(subtract(others, seen)) < sizeOf(others);
}

function byReplica(observations: readonly Observation[]): Map<string, Observation[]> {
	const result = new Map<string, Observation[]>();
	for (const observation of observations) {
		const those = result.get(observation.replica);
		if (those === undefined) result.set(observation.replica, [observation]);
		else those.push(observation);
	}
	for (const those of result.values()) {
		const sizes = new Map(
			those.map((observation) => [observation, sizeOf(observation.delivered as DeliveredSet)]),
		);
		those.sort((left, right) => (sizes.get(left) as number) - (sizes.get(right) as number));
	}
	return result;
}
