/**
 * Multi-value register, state-based: a write replaces all values that its replica shows; concurrent writes stay side
 * by side until a later write. Each value carries the dot of its write, the state the version vector of all dots
 * seen: a value that one state lacks although its vector covers the dot was overwritten there.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.2.2, specification 10; with dotted version vectors: Almeida,
 * Baquero, Gonçalves, Preguiça, Fonte 2014, "Scalable and accurate causality tracking for eventually consistent
 * stores", DAIS, section 5.
 */

import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import { A_VALUE, byCodePoint, isValue } from "./json-value.ts";

interface Sibling {
	value: Json;
	actor: string;
	/** The update's number, which with the actor makes the dot. */
	number: number;
}

interface State {
	/** In the order of their dots, so that all replicas show them alike. */
	siblings: Sibling[];
	/** The highest number seen of each actor. */
	seen: Record<string, number>;
}

export const mvRegister: ReplicaDefinition = stateBased<State>({
	type: "mv-register",
	gossip: "state",
	operations: { write: { kind: "update", weight: 4, generate: (draw) => draw.unique() } },
	initial: () => ({ siblings: [], seen: {} }),
	mutate(state, operation, { actor, number }) {
		if (!isValue(operation.value)) return badValue(operation, A_VALUE);
		const sibling: Sibling = { value: operation.value, actor, number };
		return { state: { siblings: [sibling], seen: { ...state.seen, [actor]: number } } };
	},
	merge(a, b) {
		const siblings = [
			...a.siblings.filter((sibling) => isIn(b.siblings, sibling) || !hasSeen(b, sibling)),
			...b.siblings.filter((sibling) => !isIn(a.siblings, sibling) && !hasSeen(a, sibling)),
		];
		const seen = { ...a.seen };
		for (const actor of Object.keys(b.seen)) {
			seen[actor] = Math.max(seen[actor] ?? 0, b.seen[actor] as number);
		}
		return { siblings: siblings.sort(byDot), seen };
	},
	canonical: (state) => state,
	view: ({ siblings }) => siblings.map(({ value }) => value),
});

function isIn(siblings: Sibling[], { actor, number }: Sibling): boolean {
	return siblings.some((other) => other.actor === actor && other.number === number);
}

function hasSeen(state: State, { actor, number }: Sibling): boolean {
	return number <= (state.seen[actor] ?? 0);
}

function byDot(a: Sibling, b: Sibling): number {
	return byCodePoint(a.actor, b.actor) || a.number - b.number;
}
