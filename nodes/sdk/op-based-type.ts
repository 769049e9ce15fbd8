/** What a type says of itself so that `opBased` can replicate it, and what travels then. */
import type { DeliveredJson, Operation, ReplicaId } from "./replica.ts";
import type { OperationContext, Queried, Rejection, ReplicatedType, TypeContext } from "./replicated-type.ts";

/** @typeParam S the state; may be changed in place. @typeParam E the effect; plain data, never changed. */
export interface OpBasedType<S, E> extends ReplicatedType {
	initial(context: TypeContext): S;
	/**
	 * At the origin; must not change the state, unless it says that it `applied` the effect.
	 * Must not throw on bad values. `result` is what the client gets besides the acknowledgement.
	 */
	prepare(state: S, operation: Operation, context: OperationContext): Prepared<E>;
	/** At every replica, once. @returns the new state, which may be the old one, changed */
	apply(state: S, effect: E, meta: UpdateMeta): S;
	/** What a user sees: a fresh value, or one that is never changed. */
	view(state: S): unknown;
	/**
	 * All of a state that decides what it will ever show, in a form that equal states share; plain data. Given it,
	 * concurrent effects are checked to commute on it besides the view.
	 */
	canonical?(state: S): unknown;
	/** A copy that no later `apply` to the other changes: lets the search branch without repeating all effects. */
	clone?(state: S): S;
	/** Effects applied whose result has to wait inside the state. */
	pending?(state: S): number;
	/** Plain data for the snapshot. Without `save` and `load` a restart applies all effects again. */
	save?(state: S): unknown;
	load?(saved: unknown, context: TypeContext): S;
	dispose?(state: S): void;
}

export type Prepared<E> = { effect: E; result?: unknown; applied?: boolean } | Queried | Rejection;

/** Identity of an update: unique in the run, hence also a dot. */
export interface UpdateMeta {
	origin: ReplicaId;
	number: number;
}

/** An update as it travels and as it is persisted. */
export interface Update<E> extends UpdateMeta {
	protocol: string;
	kind: "update";
	/** What the origin had delivered before it. */
	dependencies: DeliveredJson;
	effect: E;
}
