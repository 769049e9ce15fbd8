/**
 * Wrong on purpose (kind 3 of 25): a counter kept as the set of its updates, each under an id that only its replica counts up.
 * Two replicas that write for the first time both call their update 1, and of updates with one id the join keeps the
 * greater. All agree, on a sum that lacks the others: `specification` fails, and nothing else does.
 *
 * In the wild: Antidote, where of two updates under one actor's id only one was counted
 * (github.com/AntidoteDB/antidote/issues/129).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import type { StateBasedType } from "../sdk/state-based-type.ts";
import { pnCounterType } from "../types/pn-counter.ts";

/** What was added, by the update's id. */
type State = Record<string, number>;

const collidingType: StateBasedType<State> = {
	type: "pn-counter",
	operations: pnCounterType.operations,
	initial: () => ({}),
	mutate(state, operation, { number }) {
		if (!Number.isSafeInteger(operation.value)) return badValue(operation, "an integer");
		// Right would be `${replica}:${number}`.
		const delta = { [number]: (operation.value as number) + 0 };
		return { state: union(state, delta), delta };
	},
	merge: union,
	canonical: (state) => state,
	view: (state) => Object.values(state).reduce((total, amount) => total + amount, 0),
};

export const pnCounterCollidingIds: ReplicaDefinition = stateBased(collidingType);

function union(a: State, b: State): State {
	const joined = { ...a };
	for (const [id, amount] of Object.entries(b)) joined[id] = Math.max(amount, joined[id] ?? amount);
	return joined;
}
