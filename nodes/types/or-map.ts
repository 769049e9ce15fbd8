/**
 * Observed-remove map, op-based: a set wins over a concurrent delete. A key is present while some visible set of it was
 * seen by no visible delete or set of it. Such sets are siblings; the one with the latest timestamp (hybrid clock, then
 * actor) is shown, and where it goes, by a delete that did not see the others, the next one is.
 *
 * The clock is the replica's, not the key's: a set comes after all that its origin had seen, also after what a delete has taken
 * away since. So all replicas order the sets of a key alike, and never against causality.
 *
 * Source: Almeida, Shoker, Baquero 2018, "Delta state replicated data types", section 7.4, the observed-remove map,
 * with last-writer-wins registers that a delete resets; replicated as or-set.ts is. Cost: O(siblings of the key) per operation.
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { type Dots, includes, NO_DOTS } from "./dots.ts";
import { compareTimestamps, nextTimestamp, type Timestamp } from "./hybrid-clock.ts";
import { A_VALUE, byCodePoint, isValue } from "./json-value.ts";

/** Never changed in place. */
interface Sibling {
	value: Json;
	/** The update that set it. */
	origin: string;
	number: number;
	written: Timestamp;
}

export interface OrMapState {
	/** By key: at least one, the shown one first. Lists are never changed in place. */
	siblings: Map<string, readonly Sibling[]>;
	/** Of the latest set that was ever applied. */
	latest: Timestamp | null;
}

export interface OrMapEffect {
	key: string;
	/** Null for a delete. */
	set: { value: Json; written: Timestamp } | null;
	/** The key's siblings that the origin had seen. */
	supersedes: Dots;
}

const NO_SIBLINGS: readonly Sibling[] = [];

export const orMapType: OpBasedType<OrMapState, OrMapEffect> = {
	type: "or-map",
	operations: {
		set: { kind: "update", weight: 3, generate: (draw) => [draw.key(), draw.unique()] },
		delete: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => ({ siblings: new Map(), latest: null }),
	prepare({ siblings, latest }, operation, { actor, now }) {
		const { f, value } = operation;
		const wanted = f === "set" ? asSet(value) : asDelete(value);
		if (wanted === null)
			return badValue(operation, f === "set" ? `[key, value]: text and ${A_VALUE}` : "a key: text");
		const supersedes = dotsOf(siblings.get(wanted.key) ?? NO_SIBLINGS);
		if (wanted.value === undefined) return { effect: { key: wanted.key, set: null, supersedes } };
		const written = nextTimestamp(latest, now(), actor);
		return { effect: { key: wanted.key, set: { value: wanted.value, written }, supersedes } };
	},
	apply(state, { key, set, supersedes }, { origin, number }) {
		const { siblings, latest } = state;
		const left = (siblings.get(key) ?? NO_SIBLINGS).filter(
			(sibling) => !includes(supersedes, sibling.origin, sibling.number),
		);
		if (set !== null) {
			left.push({ ...set, origin, number });
			left.sort((a, b) => compareTimestamps(b.written, a.written));
			if (latest === null || compareTimestamps(latest, set.written) < 0) state.latest = set.written;
		}
		if (left.length === 0) siblings.delete(key);
		else siblings.set(key, left);
		return state;
	},
	view({ siblings }) {
		// Without a prototype, so that a key `__proto__` is a key like any other.
		const shown: Record<string, Json> = Object.create(null) as Record<string, Json>;
		for (const [key, [winner]] of siblings) shown[key] = (winner as Sibling).value;
		return shown;
	},
	canonical: ({ siblings, latest }) => [
		latest,
		[...siblings].sort(([a], [b]) => byCodePoint(a, b)).map(([key, list]) => [key, ...list]),
	],
	clone: ({ siblings, latest }) => ({ siblings: new Map(siblings), latest }),
};

export const orMap: ReplicaDefinition = opBased(orMapType);

function dotsOf(siblings: readonly Sibling[]): Dots {
	return siblings.length === 0 ? NO_DOTS : siblings.flatMap(({ origin, number }) => [origin, number]);
}

function asSet(value: Json): { key: string; value: Json } | null {
	if (!Array.isArray(value) || value.length !== 2 || !isValue(value)) return null;
	const [key, content] = value;
	return typeof key === "string" ? { key, value: content as Json } : null;
}

function asDelete(key: Json): { key: string; value?: never } | null {
	return typeof key === "string" && isValue(key) ? { key } : null;
}
