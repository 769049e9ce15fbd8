/**
 * State-based replication (CvRDT; Shapiro, Preguiça, Baquero, Zawirski 2011, INRIA RR-7506, section 2.2.1) and
 * delta-state replication (Almeida, Shoker, Baquero 2018, "Delta state replicated data types", Algorithm 2): a
 * type says how an operation changes the state and how two states join; `stateBased` gossips states, or
 * joined deltas. A state travels with its delivered set, so that what a replica has delivered is always known.
 */

import type { Operation, ReplicaDefinition } from "./replica.ts";
import {
	definitionOf,
	type OperationContext,
	type Queried,
	type Rejection,
	type ReplicatedType,
	type TypeContext,
} from "./replicated-type.ts";
import { createGossipReplica } from "./state-gossip.ts";

/**
 * @typeParam S the state, a join semilattice; plain data (JSON values and Uint8Array), never changed in place: it
 *   is sent as it is, and new states may share parts with old ones.
 */
export interface StateBasedType<S> extends ReplicatedType {
	/** `state`: whole states travel. `delta` (default): deltas, and whole states where a peer can't use them. */
	gossip?: "state" | "delta";
	initial(context: TypeContext): S;
	/** At the replica that accepts the operation. Must not throw on bad values. */
	mutate(state: S, operation: Operation, context: OperationContext): Mutated<S>;
	/** The join: commutative, associative, idempotent. */
	merge(a: S, b: S): S;
	/** What a user sees: a fresh value, or one that is never changed. */
	view(state: S): unknown;
}

/**
 * `state` = old state joined with `delta`. Without a delta the whole new state is taken for it. `result` is what
 * the client gets besides the acknowledgement.
 */
export type Mutated<S> = { state: S; delta?: S; result?: unknown } | Queried | Rejection;

/** Cost per update: one message to each peer, of the size of the state or of the delta. */
export function stateBased<S>(type: StateBasedType<S>): ReplicaDefinition {
	return {
		...definitionOf(type),
		delivers: { order: "any", duplicates: true, durable: true },
		create: (context, persisted) => createGossipReplica(type, context, persisted),
	};
}
