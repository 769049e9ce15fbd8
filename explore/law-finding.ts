/** What the examination of one harvest comes to, and how two views, and what stands behind them, are compared. */
import { canonical, isSetLike } from "../checker/canonical.ts";
import { firstDifference } from "../checker/difference.ts";
import type { Evidence } from "../checker/verdict.ts";
import { boundedView } from "../checker/words.ts";
import { pick, type Random } from "../controller/plan/random.ts";
import type { Json } from "../controller/runtimes/sim/cluster.ts";

export interface LawFinding {
	kind: "join" | "effects";
	/** Null: none was found. */
	violation: Violation | null;
	/** Why not all could be examined; null: all was. */
	problem: string | null;
	/** In numbers: `states`, `pairs`, `triples`, `steps`. */
	examined: Record<string, number>;
}

export interface Violation {
	reason: string;
	evidence: Evidence;
}

/** One side of an equation: what it is called, and what is to be the same on both. */
export interface Side {
	name: string;
	view: Json;
	/** Undefined: the type gives none. */
	canonical: Json | undefined;
}

export interface Unequal {
	/** `merge(a, b) shows 5 and merge(b, a) shows 7`. */
	words: string;
	path: string;
	/** By the names of the sides. */
	views: Record<string, Json>;
}

/** @returns null when the two sides are equal */
export function compare(left: Side, right: Side, type: string): Unequal | null {
	const setLike = isSetLike(type);
	const views = { [left.name]: boundedView(left.view), [right.name]: boundedView(right.view) };
	if (canonical(left.view, setLike) !== canonical(right.view, setLike)) {
		const difference = firstDifference(left, right, type);
		return { words: difference?.words ?? "their views differ", path: difference?.path ?? "", views };
	}
	if (left.canonical === undefined || right.canonical === undefined) return null;
	if (canonical(left.canonical) === canonical(right.canonical)) return null;
	const difference = firstDifference(
		{ name: left.name, view: left.canonical },
		{ name: right.name, view: right.canonical },
		null,
	);
	const words = `they show the same, but ${difference?.words ?? "their canonical forms differ"}`;
	return { words, path: difference?.path ?? "", views };
}

/** All of a short list, otherwise a sample of it, in the list's order. */
export function sample<T>(random: Random, list: readonly T[], most: number): T[] {
	if (list.length <= most) return [...list];
	const chosen = new Set<T>();
	while (chosen.size < most) chosen.add(pick(random, list));
	return list.filter((item) => chosen.has(item));
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
