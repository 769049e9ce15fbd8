/**
 * Grow-only counter, state-based: each actor counts what it added, the join takes the maximum per actor.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.1.1, specification 6.
 */

import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import type { StateBasedType } from "../sdk/state-based-type.ts";

/** Sum of what each actor added, by actor. */
type State = Record<string, number>;

export const gCounterType: StateBasedType<State> = {
	type: "g-counter",
	gossip: "state",
	operations: { add: { kind: "update", weight: 4, generate: (draw) => draw.integer(0, 9) } },
	initial: () => ({}),
	mutate(state, operation, { actor }) {
		const { value } = operation;
		if (!Number.isSafeInteger(value) || (value as number) < 0) return badValue(operation, "an integer ≥ 0");
		const sum = (state[actor] ?? 0) + (value as number);
		if (!Number.isSafeInteger(sum)) return badValue(operation, "a sum of at most 2^53 - 1");
		return { state: { ...state, [actor]: sum }, delta: { [actor]: sum } };
	},
	merge(a, b) {
		const joined = { ...a };
		for (const actor of Object.keys(b)) {
			const own = joined[actor];
			if (own === undefined || own < (b[actor] as number)) joined[actor] = b[actor] as number;
		}
		return joined;
	},
	canonical: (state) => state,
	view: (state) => Object.values(state).reduce((total, sum) => total + sum, 0),
};

export const gCounter: ReplicaDefinition = stateBased(gCounterType);
