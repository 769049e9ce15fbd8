/**
 * Last-writer-wins register, state-based, timed by a hybrid logical clock: a later write of a replica always wins over
 * all that it had seen, whatever its wall clock does.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.2.1, specification 8; clock: see hybrid-clock.ts.
 */

import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import type { StateBasedType } from "../sdk/state-based-type.ts";
import { compareTimestamps, nextTimestamp, type Timestamp } from "./hybrid-clock.ts";
import { A_VALUE, isValue } from "./json-value.ts";

/** Null until the first write. */
export type Register = { value: Json; written: Timestamp } | null;

export const lwwRegisterType: StateBasedType<Register> = {
	type: "lww-register",
	gossip: "state",
	operations: { write: { kind: "update", weight: 4, generate: (draw) => draw.unique() } },
	initial: () => null,
	mutate(register, operation, { actor, now }) {
		if (!isValue(operation.value)) return badValue(operation, A_VALUE);
		const written = nextTimestamp(register?.written ?? null, now(), actor);
		return { state: { value: operation.value, written } };
	},
	merge: (a, b) => {
		if (a === null || b === null) return a ?? b;
		return compareTimestamps(a.written, b.written) >= 0 ? a : b;
	},
	canonical: (state) => state,
	view: (register) => register?.value ?? null,
};

export const lwwRegister: ReplicaDefinition = stateBased(lwwRegisterType);
