/**
 * Counter that goes up and down as delta state: each actor counts what it added and what it took away, the join takes the
 * maximum of both per actor, a delta is the actor's own pair.
 * Source: Almeida, Shoker, Baquero 2018, "Delta state replicated data types", section 4.1; Shapiro et al. 2011,
 * INRIA RR-7506, specification 7, for the pair.
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";

/** Sums of what each actor added and took away, by actor. Never below 0, never falling. */
type State = Record<string, readonly [added: number, taken: number]>;

export const deltaPnCounter: ReplicaDefinition = stateBased<State>({
	type: "pn-counter",
	gossip: "delta",
	operations: { add: { kind: "update", weight: 4, generate: (draw) => draw.integer(-9, 9) } },
	initial: () => ({}),
	mutate(state, operation, { actor }) {
		const { value } = operation;
		if (!Number.isSafeInteger(value)) return badValue(operation, "an integer");
		const amount = value as number;
		const [added, taken] = state[actor] ?? [0, 0];
		const own = [added + Math.max(amount, 0), taken + Math.max(-amount, 0)] as const;
		if (!own.every(Number.isSafeInteger)) return badValue(operation, "sums of at most 2^53 - 1");
		return { state: { ...state, [actor]: own }, delta: { [actor]: own } };
	},
	merge(a, b) {
		const joined = { ...a };
		for (const actor of Object.keys(b)) {
			const [added, taken] = joined[actor] ?? [0, 0];
			const [theirAdded, theirTaken] = b[actor] as State[string];
			joined[actor] = [Math.max(added, theirAdded), Math.max(taken, theirTaken)];
		}
		return joined;
	},
	canonical: (state) => state,
	view: (state) => Object.values(state).reduce((total, [added, taken]) => total + added - taken, 0),
});
