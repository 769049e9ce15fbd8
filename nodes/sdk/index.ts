/**
 * `pakka/node`: how to write a replica. A type made with `stateBased`, `opBased` or `library`, or a state machine of
 * one's own through `defineReplica`, runs in every runtime.
 */

export { type LibraryType, library } from "./library.ts";
export { type OpBasedType, opBased, type Prepared, type UpdateMeta } from "./op-based.ts";
export {
	type DeliveredJson,
	type Draw,
	defineReplica,
	type Effects,
	firstUpdateNumber,
	type Json,
	type Manifest,
	type Operation,
	type OperationSpec,
	type Persisted,
	type Replica,
	type ReplicaContext,
	type ReplicaDefinition,
	type ReplicaId,
	type Reply,
	UPDATES_PER_INCARNATION,
} from "./replica.ts";
export {
	badValue,
	type OperationContext,
	type Queried,
	type Rejection,
	type ReplicatedType,
	type TypeContext,
} from "./replicated-type.ts";
export { type Mutated, type StateBasedType, stateBased } from "./state-based.ts";
export { encodeView } from "./view-encoding.ts";
