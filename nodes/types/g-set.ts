/**
 * Grow-only set as delta state: the join is the union, a delta is the added element alone.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.3.1, specification 11; deltas: Almeida, Shoker, Baquero 2018,
 * "Delta state replicated data types", section 4.
 */

import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import { A_VALUE, canonicalKey, isValue } from "./json-value.ts";

/** Elements by canonical key. */
type State = Record<string, Json>;

export const gSet: ReplicaDefinition = stateBased<State>({
	type: "g-set",
	gossip: "delta",
	operations: { add: { kind: "update", weight: 4, generate: (draw) => draw.key() } },
	initial: () => ({}),
	mutate(state, operation) {
		if (!isValue(operation.value)) return badValue(operation, A_VALUE);
		const delta = { [canonicalKey(operation.value)]: operation.value };
		return { state: { ...state, ...delta }, delta };
	},
	merge: (a, b) => ({ ...a, ...b }),
	canonical: (state) => state,
	view: (state) => Object.values(state),
});
