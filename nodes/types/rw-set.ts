/**
 * Set where a remove wins over a concurrent add, op-based: an element is in the set if some visible add added it, and for
 * every visible remove of it there is a visible add that had seen that remove. Of two concurrent removes different adds
 * may have seen each; the stricter reading asks for one add that saw both.
 *
 * It is the or-set mirrored: what is kept of an element are the removes that no add has seen. An add supersedes those
 * that its origin knew, a remove too, since whoever has seen it has seen them. Causal delivery brings a remove before
 * whatever supersedes it. A removed element is kept until it is added again: a concurrent add may still come.
 *
 * Source: Bieniusa et al. 2012, "Brief announcement: semantics of eventually consistent replicated sets", DISC, for
 * the semantics; Preguiça, Baquero, Shapiro 2018, "Conflict-free replicated data types", section "Remove-wins" of sets,
 * which is the stricter reading. Cost: O(concurrent removes of the element) per operation.
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { type Dots, dotNames, NO_DOTS, withDot, without } from "./dots.ts";
import { A_VALUE, byCodePoint, canonicalKey, isValue, mapKey } from "./json-value.ts";

interface Entry {
	element: Json;
	/** Of the removes that no add has seen. Without any the element is in the set: only an add leaves none. */
	removes: Dots;
}

type State = Map<ReturnType<typeof mapKey>, Entry>;

interface Effect {
	element: Json;
	add: boolean;
	/** The element's removes that the origin had seen. */
	supersedes: Dots;
}

const rwSetType: OpBasedType<State, Effect> = {
	type: "rw-set",
	operations: {
		add: { kind: "update", weight: 3, generate: (draw) => draw.key() },
		remove: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => new Map(),
	prepare(state, operation) {
		const { value, f } = operation;
		if (!isValue(value)) return badValue(operation, A_VALUE);
		const supersedes = state.get(mapKey(value))?.removes ?? NO_DOTS;
		return { effect: { element: value, add: f === "add", supersedes } };
	},
	apply(state, { element, add, supersedes }, meta) {
		const key = mapKey(element);
		const left = without(state.get(key)?.removes ?? NO_DOTS, supersedes);
		state.set(key, { element, removes: add ? left : withDot(left, meta) });
		return state;
	},
	view(state) {
		const elements: Json[] = [];
		for (const { element, removes } of state.values()) if (removes.length === 0) elements.push(element);
		return elements;
	},
	canonical: (state) =>
		Array.from(state.values(), ({ element, removes }) => [element, ...dotNames(removes)]).sort(byElement),
	clone: (state) => new Map(state),
};

export const rwSet: ReplicaDefinition = opBased(rwSetType);

function byElement([a]: Json[], [b]: Json[]): number {
	return byCodePoint(canonicalKey(a as Json), canonicalKey(b as Json));
}
