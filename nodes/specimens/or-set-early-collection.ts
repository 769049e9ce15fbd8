/**
 * Wrong on purpose (kind 8 of 25): a state-based or-set with tombstones (Shapiro et al. 2011, INRIA RR-7506, section
 * 3.3.5) that forgets a tombstone, and the add under it, after a fixed time instead of when all replicas have it
 * (causal stability). A replica that was cut off for longer still has the add, and brings it back to all: they
 * agree, and `specification` fails, the element is resurrected.
 *
 * In the wild: Cassandra and Scylla, where a node that was down for longer than `gc_grace_seconds` resurrects deleted
 * rows (github.com/scylladb/scylladb/issues/3560 and 4277).
 */
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import { deltaOrSetType } from "../types/delta-or-set.ts";
import { A_VALUE, canonicalKey, isValue } from "../types/json-value.ts";

/** Enough for every link that works. */
const COLLECTED_AFTER_MS = 300;

interface State {
	/** By dot, `replica:number`. */
	added: Record<string, Json>;
	/** Wall-clock time of the remove, by dot. */
	removed: Record<string, number>;
}

export const orSetEarlyCollection: ReplicaDefinition = stateBased<State>({
	type: "or-set",
	gossip: "state",
	operations: deltaOrSetType.operations,
	initial: () => ({ added: {}, removed: {} }),
	mutate(state, operation, { replica, number, now }) {
		const { value, f } = operation;
		if (!isValue(value)) return badValue(operation, A_VALUE);
		const { added, removed } = collect(state, now());
		if (f === "add") return { state: { added: { ...added, [`${replica}:${number}`]: value }, removed } };
		const key = canonicalKey(value);
		const observed = Object.keys(added).filter((dot) => canonicalKey(added[dot] as Json) === key);
		const buried = Object.fromEntries(observed.map((dot) => [dot, now()]));
		return { state: { added, removed: { ...buried, ...removed } } };
	},
	merge: (a, b) => ({ added: { ...a.added, ...b.added }, removed: { ...a.removed, ...b.removed } }),
	view({ added, removed }) {
		const left = new Map<string, Json>();
		for (const [dot, element] of Object.entries(added)) {
			if (!Object.hasOwn(removed, dot)) left.set(canonicalKey(element), element);
		}
		return [...left.values()];
	},
});

function collect({ added, removed }: State, nowMs: number): State {
	const isOld = (dot: string) => nowMs - (removed[dot] ?? nowMs) > COLLECTED_AFTER_MS;
	const young = <T>(byDot: Record<string, T>): Record<string, T> =>
		Object.fromEntries(Object.entries(byDot).filter(([dot]) => !isOld(dot)));
	return { added: young(added), removed: young(removed) };
}
