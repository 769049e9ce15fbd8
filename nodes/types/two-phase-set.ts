/**
 * Two-phase set as delta state: a grow-only set of added and one of removed elements. A removed element never comes
 * back. Only an element that is in the set can be removed: removing any other changes nothing.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.3.2, specification 12.
 */

import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import { A_VALUE, canonicalKey, isValue } from "./json-value.ts";

interface State {
	/** Elements by canonical key. */
	added: Record<string, Json>;
	removed: Record<string, true>;
}

const NOTHING: State = { added: {}, removed: {} };

export const twoPhaseSet: ReplicaDefinition = stateBased<State>({
	type: "two-phase-set",
	gossip: "delta",
	operations: {
		add: { kind: "update", weight: 3, generate: (draw) => draw.key() },
		remove: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => NOTHING,
	mutate(state, operation) {
		if (!isValue(operation.value)) return badValue(operation, A_VALUE);
		const key = canonicalKey(operation.value);
		const delta =
			operation.f === "add"
				? { added: { [key]: operation.value }, removed: {} }
				: Object.hasOwn(state.added, key)
					? { added: {}, removed: { [key]: true as const } }
					: NOTHING;
		return { state: join(state, delta), delta };
	},
	merge: join,
	canonical: (state) => state,
	view: ({ added, removed }) => {
		return Object.keys(added)
			.filter((key) => !Object.hasOwn(removed, key))
			.map((key) => added[key]);
	},
});

function join(a: State, b: State): State {
	return { added: { ...a.added, ...b.added }, removed: { ...a.removed, ...b.removed } };
}
