/**
 * Observed-remove set where an add wins over a concurrent remove, op-based and optimised: an element is in the set
 * while some add of it (a dot) has not been superseded, and what an operation supersedes are the dots that its
 * origin had seen. Causal delivery brings a dot before whatever supersedes it, so no tombstones are kept.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.3.5, specification 15; without tombstones: Bieniusa et al.
 * 2012, "An optimized conflict-free replicated set", INRIA RR-8083. Cost: O(dots of the element) per operation.
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { type Dots, dotNames, NO_DOTS, withDot, without } from "./dots.ts";
import { A_VALUE, byCodePoint, canonicalKey, isValue, mapKey } from "./json-value.ts";

interface Entry {
	element: Json;
	/** Of the adds that are left. */
	dots: Dots;
}

type State = Map<ReturnType<typeof mapKey>, Entry>;

interface Effect {
	element: Json;
	add: boolean;
	/** The element's dots that the origin had seen. */
	supersedes: Dots;
}

export const orSetType: OpBasedType<State, Effect> = {
	type: "or-set",
	operations: {
		add: { kind: "update", weight: 3, generate: (draw) => draw.key() },
		remove: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => new Map(),
	prepare(state, operation) {
		const { value, f } = operation;
		if (!isValue(value)) return badValue(operation, A_VALUE);
		const supersedes = state.get(mapKey(value))?.dots ?? NO_DOTS;
		return { effect: { element: value, add: f === "add", supersedes } };
	},
	apply(state, { element, add, supersedes }, meta) {
		const key = mapKey(element);
		const entry = state.get(key);
		const left = entry === undefined ? NO_DOTS : without(entry.dots, supersedes);
		const dots = add ? withDot(left, meta) : left;
		if (dots.length === 0) state.delete(key);
		else if (entry === undefined) state.set(key, { element, dots });
		else entry.dots = dots;
		return state;
	},
	view(state) {
		const elements: Json[] = [];
		for (const { element } of state.values()) elements.push(element);
		return elements;
	},
	canonical: (state) =>
		Array.from(state.values(), ({ element, dots }) => [element, ...dotNames(dots)]).sort(byElement),
	clone(state) {
		const copy: State = new Map();
		for (const [key, entry] of state) copy.set(key, { ...entry });
		return copy;
	},
};

export const orSet: ReplicaDefinition = opBased(orSetType);

function byElement([a]: Json[], [b]: Json[]): number {
	return byCodePoint(canonicalKey(a as Json), canonicalKey(b as Json));
}
