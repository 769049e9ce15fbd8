/**
 * Counter that goes up and down, op-based: additions commute, so the effect is the number to add.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.1.1, specification 5.
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";

export const pnCounterType: OpBasedType<number, number> = {
	type: "pn-counter",
	operations: { add: { kind: "update", weight: 4, generate: (draw) => draw.integer(-9, 9) } },
	initial: () => 0,
	prepare(_total, operation) {
		if (!Number.isSafeInteger(operation.value)) return badValue(operation, "an integer");
		// JSON can say -0; added to 0 it must not show.
		return { effect: (operation.value as number) + 0 };
	},
	apply: (total, amount) => total + amount,
	view: (total) => total,
	canonical: (total) => total,
	clone: (total) => total,
};

export const pnCounter: ReplicaDefinition = opBased(pnCounterType);
