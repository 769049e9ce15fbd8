/** What a type says of itself so that `stateBased` can replicate it. */
import type { Operation } from "./replica.ts";
import type { OperationContext, Queried, Rejection, ReplicatedType, TypeContext } from "./replicated-type.ts";

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
	/**
	 * All of a state that decides what it will ever show, in a form that equal states share; plain data. Given it, the
	 * laws of the join are checked on it besides the view.
	 */
	canonical?(state: S): unknown;
}

/**
 * `state` = old state joined with `delta`. Without a delta the whole new state is taken for it. `result` is what
 * the client gets besides the acknowledgement.
 */
export type Mutated<S> = { state: S; delta?: S; result?: unknown } | Queried | Rejection;
