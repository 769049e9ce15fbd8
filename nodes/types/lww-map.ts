/**
 * Last-writer-wins map as delta state: a register per key, timed by a hybrid logical clock; deleting writes a
 * tombstone. A delta is the written register alone.
 * Source: Shapiro et al. 2011, INRIA RR-7506, section 3.2.1 per key; LWW-element-set, section 3.3.3; deltas: Almeida,
 * Shoker, Baquero 2018. Tombstones are kept for good.
 */

import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { stateBased } from "../sdk/state-based.ts";
import { compareTimestamps, nextTimestamp, type Timestamp } from "./hybrid-clock.ts";
import { A_VALUE, canonicalKey, isValue } from "./json-value.ts";

interface Entry {
	key: string;
	/** Null and `deleted` for a tombstone. */
	value: Json;
	deleted: boolean;
	written: Timestamp;
}

/** Entries by canonical key. */
type State = Record<string, Entry>;

export const lwwMap: ReplicaDefinition = stateBased<State>({
	type: "lww-map",
	gossip: "delta",
	operations: {
		set: { kind: "update", weight: 3, generate: (draw) => [draw.key(), draw.unique()] },
		delete: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => ({}),
	mutate(state, operation, { actor, now }) {
		const write = operation.f === "set" ? asSet(operation.value) : asDelete(operation.value);
		if (write === null) {
			return badValue(operation, operation.f === "set" ? `[key, value]: text and ${A_VALUE}` : "a key: text");
		}
		const key = canonicalKey(write.key);
		const last = Object.hasOwn(state, key) ? (state[key] as Entry).written : null;
		const delta = { [key]: { ...write, written: nextTimestamp(last, now(), actor) } };
		return { state: { ...state, ...delta }, delta };
	},
	merge(a, b) {
		const joined = { ...a };
		for (const key of Object.keys(b)) {
			const ours = joined[key];
			const theirs = b[key] as Entry;
			if (ours === undefined || compareTimestamps(ours.written, theirs.written) < 0) joined[key] = theirs;
		}
		return joined;
	},
	canonical: (state) => state,
	view(state) {
		// Without a prototype, so that a key `__proto__` is a key like any other.
		const shown: Record<string, Json> = Object.create(null) as Record<string, Json>;
		for (const { key, value, deleted } of Object.values(state)) if (!deleted) shown[key] = value;
		return shown;
	},
});

function asSet(value: Json): Omit<Entry, "written"> | null {
	if (!Array.isArray(value) || value.length !== 2 || !isValue(value)) return null;
	const [key, content] = value;
	return typeof key === "string" ? { key, value: content as Json, deleted: false } : null;
}

function asDelete(key: Json): Omit<Entry, "written"> | null {
	return typeof key === "string" && isValue(key) ? { key, value: null, deleted: true } : null;
}
