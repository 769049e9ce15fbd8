/**
 * What an application says of itself beside its operations: invariants of its views, and what a view must be after given
 * updates. The functions are its author's; they come in as options, the checker imports no replica.
 */
import type { Json } from "../history/events.ts";

/** @returns true: it holds; false, or a text that says why: it doesn't */
export type Invariant = (view: Json, replica: string) => boolean | string;

export interface DeclaredInvariant {
	/** What it says, for a person. */
	statement?: string;
	/** `always` (default): in every view that was seen; `settled`: in the final views of a run that came to rest. */
	when?: "always" | "settled";
	holds: Invariant;
}

/** An update as a declared specification sees it. */
export interface VisibleUpdate {
	replica: string;
	number: number;
	f: string;
	value: Json;
	/** What its origin had delivered when it accepted it, itself included. */
	seen: Record<string, number | [first: number, last: number][]>;
	/** What its client got besides the acknowledgement. */
	result?: Json;
}

export interface SpecificationContext {
	replicas: readonly string[];
	/** As the scenario hands them to its replicas. */
	options: Readonly<Record<string, Json>>;
}

/**
 * What a replica must show that has delivered exactly these updates. They come in a causal order (each after all that it had seen),
 * otherwise in any: concurrent ones must not depend on it.
 * @returns the view, in the encoding of views; null or undefined: not to be judged
 */
export type DeclaredSpecification = (
	updates: readonly VisibleUpdate[],
	context: SpecificationContext,
) => Json | undefined;

/** A replica's definition is one. */
export interface Application {
	invariants?: Record<string, DeclaredInvariant>;
	specification?: DeclaredSpecification;
}
