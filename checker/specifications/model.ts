/**
 * What a specification is to the checker: it takes in the visible updates one by one, in any order, and says what is wrong
 * with a view. `walk.ts` feeds it. Burckhardt et al., "Replicated Data Types: Specification, Verification, Optimality"
 * (POPL 2014), section 4, is where the semantics are from; each file says which.
 */
import type { Json } from "../../history/events.ts";
import type { Operation } from "../run.ts";
import type { Update } from "./update.ts";

export interface Mismatch {
	kind: "lost" | "phantom" | "resurrected" | "duplicated" | "wrong" | "malformed";
	/** Continues "r2 had delivered 17 updates and …", e.g. `doesn't show "milk", which r1:5 added`. */
	words: string;
	path: string;
	expected: Json;
	found: Json;
	/** The operations that it is about. */
	operations: Operation[];
}

export interface Model {
	/**
	 * True where a view can be judged only if everything is delivered that the delivered updates had seen. Without
	 * it implementations differ rightly: a remove undoes the adds that were alive for it, and which were may follow from
	 * a remove that isn't here yet.
	 */
	needsCausality: boolean;
	/**
	 * Of an operation that may hide behind one of several numbers: true where only whether it happened matters, so that it
	 * is applied once (sums, characters); false where it matters which number it has, since a later update may have seen
	 * the one and not the other, so that it is applied for each.
	 */
	ignoresNumbers: boolean;
	apply(update: Update): void;
	/**
	 * @param happened how many of each replica's possible updates did happen; null: nobody knows
	 * @param thorough whether checks that cost more than the view's size are worth it
	 */
	judge(view: Json, happened: ReadonlyMap<string, number> | null, thorough: boolean): Mismatch | null;
}

/** Between concurrent writes one was shown: whatever order the replicas arbitrate by, it puts the others before. */
export type Chosen = (key: string, winner: Update, losers: Update[]) => void;

/** @throws since nothing can be judged where an operation means nothing to the specification */
export function unknownOperation(type: string, operation: Operation): never {
	throw new Error(`the specification of ${type} knows no operation "${operation.f}" (${operation.id})`);
}

export function nameOf(update: Update): string {
	return update.number === 0 ? update.operation.id : `${update.replica}:${update.number}`;
}
