/**
 * `pakka/node`: how to write a replica. A type made with `stateBased`, `opBased` or `library`, or a state machine of
 * one's own through `defineReplica`, runs in every runtime.
 */

export {
	type AdaptedNode,
	type AdaptedServer,
	type AdaptedStart,
	type AdaptedState,
	type AdapterDefinition,
	defineAdapter,
} from "./adapter.ts";
export { type LibraryType, library } from "./library.ts";
export { opBased } from "./op-based.ts";
export type { OpBasedType, Prepared, UpdateMeta } from "./op-based-type.ts";
export {
	type AppliedUpdate,
	type DeclaredInvariant,
	type DeclaredSpecification,
	type DeliveredJson,
	type Draw,
	defineReplica,
	type EffectLaws,
	type Effects,
	firstUpdateNumber,
	type JoinLaws,
	type Json,
	type Laws,
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
	type VisibleUpdate,
} from "./replica.ts";
export {
	badValue,
	type OperationContext,
	type Queried,
	type Rejection,
	type ReplicatedType,
	type TypeContext,
} from "./replicated-type.ts";
export { stateBased } from "./state-based.ts";
export type { Mutated, StateBasedType } from "./state-based-type.ts";
export { encodeView } from "./view-encoding.ts";
