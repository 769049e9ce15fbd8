/**
 * Replicates the documents of a CRDT library: whatever bytes the library makes of a change travel as the effect of
 * an update. Adapters are this small: create, change and capture, apply, show, save, load.
 *
 * With `order: "causal"` (default) updates reach the library after those that their origin had seen. With `any` they
 * reach it as they arrive: it promises to cope, delivered sets then have gaps, and what a document shows at a gap must
 * follow from the set alone. Yjs doesn't keep that: what it holds back depends on the order of arrival, and where the
 * missing update was lost with a disk that is for good.
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "./causal-broadcast.ts";
import { effectLaws } from "./laws.ts";
import type { OpBasedType } from "./op-based-type.ts";
import type { Operation, ReplicaDefinition } from "./replica.ts";
import {
	definitionOf,
	type Queried,
	type Rejection,
	type ReplicatedType,
	type TypeContext,
} from "./replicated-type.ts";

/** @typeParam D the library's live document. */
export interface LibraryType<D> extends ReplicatedType {
	order?: "causal" | "any";
	/** An empty document that writes as `actor`; client ids have to follow from it alone. */
	create(context: TypeContext): D;
	/** Changes the document, and captures the change. No bytes: an update without effect. */
	invoke(document: D, operation: Operation): { update: Uint8Array; result?: unknown } | Queried | Rejection;
	apply(document: D, update: Uint8Array): void;
	view(document: D): unknown;
	/** The whole document, with all that waits in it. */
	encode(document: D): Uint8Array;
	load(bytes: Uint8Array, context: TypeContext): D;
	/** Updates that wait inside the document for others. */
	pending?(document: D): number;
	/** Frees what the garbage collector doesn't. */
	free?(document: D): void;
}

export function library<D>(library: LibraryType<D>): ReplicaDefinition {
	const behaviour = { ...HONEST_BROADCAST, causalBuffer: library.order !== "any" };
	const type = asOpBased(library);
	return {
		...definitionOf(library),
		delivers: { order: "any", duplicates: true, durable: true },
		laws: effectLaws(type),
		create: (context, persisted) => createBroadcastReplica(type, behaviour, context, persisted),
	};
}

function asOpBased<D>(library: LibraryType<D>): OpBasedType<D, Uint8Array> {
	return {
		type: library.type,
		operations: library.operations,
		initial: (context) => library.create(context),
		prepare: (document, operation) => {
			const changed = library.invoke(document, operation);
			if (!("update" in changed)) return changed;
			return { effect: changed.update, result: changed.result, applied: true };
		},
		apply: (document, update) => {
			if (update.length > 0) library.apply(document, update);
			return document;
		},
		view: (document) => library.view(document),
		save: (document) => library.encode(document),
		load: (saved, context) => library.load(saved as Uint8Array, context),
		...(library.pending && { pending: (document) => library.pending?.(document) ?? 0 }),
		...(library.free && { dispose: (document) => library.free?.(document) }),
	};
}
