/**
 * Observed-remove set as delta state, optimised (ORSWOT): an element is kept with the dots of the adds that no operation
 * has superseded, a state with its causal context, all dots that it ever knew. A dot that one state lacks although its
 * context covers it was superseded there; no tombstones. A delta of an operation is its own dot and, in the context alone, the dots that
 * it supersedes. Removes have dots too, so that the context of a whole state has no gaps and stays a version vector.
 *
 * Source: Almeida, Shoker, Baquero 2018, "Delta state replicated data types", sections 7.1 to 7.3 (causal contexts, dot
 * maps, the add-wins set); the optimisation is Bieniusa et al. 2012, INRIA RR-8083, section 4. Cost of a join: the
 * elements of both states.
 */
import {
	addAll,
	addUpdate,
	type DeliveredSet,
	deliveredFromJson,
	deliveredToJson,
	emptyDelivered,
	hasUpdate,
} from "../sdk/delivered.ts";
import type { DeliveredJson, Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import type { StateBasedType } from "../sdk/state-based-type.ts";
import { type Dots, dotNames, filterDots, includes, NO_DOTS } from "./dots.ts";
import { A_VALUE, canonicalKey, isValue } from "./json-value.ts";

interface Entry {
	element: Json;
	/** At least one. */
	dots: Dots;
}

export interface OrSetState {
	/** By canonical key. */
	entries: Record<string, Entry>;
	/** All dots that it has ever known: the numbers by replica, as a delivered set. */
	context: DeliveredJson;
}

export const deltaOrSetType: StateBasedType<OrSetState> = {
	type: "or-set",
	gossip: "delta",
	operations: {
		add: { kind: "update", weight: 3, generate: (draw) => draw.key() },
		remove: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => ({ entries: {}, context: {} }),
	mutate(state, operation, { replica, number }) {
		const { value: element, f } = operation;
		if (!isValue(element)) return badValue(operation, A_VALUE);
		const key = canonicalKey(element);
		const superseded = state.entries[key]?.dots ?? NO_DOTS;
		const context = emptyDelivered();
		addUpdate(context, replica, number);
		for (let i = 0; i < superseded.length; i += 2) {
			addUpdate(context, superseded[i] as string, superseded[i + 1] as number);
		}
		const entries = f === "add" ? { [key]: { element, dots: [replica, number] } } : {};
		const delta = { entries, context: deliveredToJson(context) };
		return { state: join(state, delta), delta };
	},
	merge: join,
	canonical: ({ entries, context }) => [
		context,
		Object.fromEntries(Object.entries(entries).map(([key, { dots }]) => [key, dotNames(dots)])),
	],
	view: ({ entries }) => Object.values(entries).map(({ element }) => element),
};

export const deltaOrSet: ReplicaDefinition = stateBased(deltaOrSetType);

/** A dot is in the join if both have it, or one has it and the other has never known it. */
function join(a: OrSetState, b: OrSetState): OrSetState {
	const context = deliveredFromJson(a.context);
	const theirs = deliveredFromJson(b.context);
	const entries: Record<string, Entry> = {};
	for (const [key, { element, dots }] of Object.entries(a.entries)) {
		const left = survivors(dots, b.entries[key]?.dots ?? NO_DOTS, theirs);
		if (left.length > 0) entries[key] = { element, dots: left };
	}
	for (const [key, { element, dots }] of Object.entries(b.entries)) {
		// What both have is there already.
		const added = filterDots(dots, (replica, number) => !hasUpdate(context, replica, number));
		if (added.length > 0) entries[key] = { element, dots: [...(entries[key]?.dots ?? NO_DOTS), ...added] };
	}
	addAll(context, b.context);
	return { entries, context: deliveredToJson(context) };
}

function survivors(dots: Dots, others: Dots, known: DeliveredSet): Dots {
	return filterDots(
		dots,
		(replica, number) => includes(others, replica, number) || !hasUpdate(known, replica, number),
	);
}
