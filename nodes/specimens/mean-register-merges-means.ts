/**
 * Wrong on purpose (kind 22 of 25): a register that shows the mean of all values written to it, and whose join is the weighted
 * mean of two means. What both sides have counts twice, and even where they have nothing in common the rounding depends on
 * the shape of the tree of merges: `strong-convergence` fails, and of the `laws` the join is neither idempotent nor associative.
 * A right one keeps sum and count of each writer, joins by the higher count, and divides when it is read.
 *
 * In the wild: evo, which merged results pairwise by halving their sum (github.com/MichaelGrupp/evo/issues/583).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";

interface Mean {
	mean: number;
	weight: number;
}

export const meanRegisterMergesMeans: ReplicaDefinition = stateBased<Mean>({
	type: "mean-register",
	gossip: "delta",
	operations: { write: { kind: "update", weight: 4, generate: (draw) => draw.integer(0, 100) } },
	initial: () => ({ mean: 0, weight: 0 }),
	mutate(state, operation) {
		if (typeof operation.value !== "number") return badValue(operation, "a number");
		const delta: Mean = { mean: operation.value, weight: 1 };
		return { state: weighted(state, delta), delta };
	},
	merge: weighted,
	canonical: (state) => state,
	view: ({ mean, weight }) => (weight === 0 ? null : mean),
});

function weighted(a: Mean, b: Mean): Mean {
	const weight = a.weight + b.weight;
	return { mean: weight === 0 ? 0 : (a.mean * a.weight + b.mean * b.weight) / weight, weight };
}
