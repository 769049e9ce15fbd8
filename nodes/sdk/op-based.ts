/**
 * Operation-based replication (CmRDT; Shapiro, Preguiça, Baquero, Zawirski 2011, "A comprehensive study of
 * Convergent and Commutative Replicated Data Types", INRIA RR-7506, section 2.2.2): a type says how an operation
 * becomes an effect at the replica that accepts it, and how an effect is applied at every replica. `opBased` adds
 * the reliable causal broadcast that effects need: each is applied exactly once everywhere, after those that its
 * origin had applied when it made it. Concurrent effects are the type's to make commute.
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "./causal-broadcast.ts";
import type { DeliveredJson, Operation, ReplicaDefinition, ReplicaId } from "./replica.ts";
import {
	definitionOf,
	type OperationContext,
	type Queried,
	type Rejection,
	type ReplicatedType,
	type TypeContext,
} from "./replicated-type.ts";

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

/** Cost per update: one message to each peer, O(replicas) for its dependencies, and the type's own. */
export function opBased<S, E>(type: OpBasedType<S, E>): ReplicaDefinition {
	return {
		...definitionOf(type),
		delivers: { order: "any", duplicates: true, durable: true },
		create: (context, persisted) => createBroadcastReplica(type, HONEST_BROADCAST, context, persisted),
	};
}
