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

/**
 * The name of errors after which no document of the same library can be trusted in this thread; whoever runs many
 * replicas one after another goes on in a new worker.
 */
export const PANIC_NAME = "LibraryPanic";

/** @typeParam D the library's live document. */
export interface LibraryType<D> extends ReplicatedType {
	order?: "causal" | "any";
	/** An empty document that writes as `actor`; client ids have to follow from it alone. */
	create(context: TypeContext): D;
	/**
	 * Changes the document, and captures the change. No bytes: the library found nothing to change and will tell nobody, so this is
	 * no update and gets no number (Loro, for one, doesn't move a node to where it is).
	 */
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
		delivers: { order: "any", duplicates: true, durable: true, causal: library.order !== "any" },
		laws: effectLaws(type),
		create: (context, persisted) => createBroadcastReplica(type, behaviour, context, persisted),
	};
}

/** A live document, and what broke it. */
interface Held<D> {
	readonly document: D;
	broken: Error | null;
}

function asOpBased<D>(library: LibraryType<D>): OpBasedType<Held<D>, Uint8Array> {
	const hold = (document: D): Held<D> => ({ document, broken: null });
	return {
		type: library.type,
		operations: library.operations,
		initial: (context) => hold(library.create(context)),
		prepare: (held, operation) =>
			guarded(library, held, operation.f, (document) => {
				const changed = library.invoke(document, operation);
				if (!("update" in changed)) return changed;
				if (changed.update.length === 0) return { query: changed.result ?? null };
				return { effect: changed.update, result: changed.result, applied: true };
			}),
		apply(held, update) {
			guarded(library, held, "apply", (document) => library.apply(document, update));
			return held;
		},
		view: (held) => guarded(library, held, "view", (document) => library.view(document)),
		save: (held) => guarded(library, held, "save", (document) => library.encode(document)),
		load: (saved, context) => hold(library.load(saved as Uint8Array, context)),
		...(library.pending && { pending: ({ document }) => library.pending?.(document) ?? 0 }),
		dispose: (held) => {
			// Of a broken document nothing can be expected, and freeing it may throw once more.
			if (held.broken === null) library.free?.(held.document);
		},
	};
}

/** What WebAssembly throws when Rust panics, and wasm-bindgen when a panic left a borrow behind. */
const PANIC =
	/unreachable|recursive use of an object|null pointer passed to rust|memory access out of bounds/;

/**
 * A library that threw may have done half of a step, so its document is used no more: each later step throws too, until
 * the replica is started anew from its disk.
 */
function guarded<D, R>(library: LibraryType<D>, held: Held<D>, step: string, work: (document: D) => R): R {
	const { type } = library;
	if (held.broken !== null) {
		const message = `this ${type} document broke at an earlier step; start the replica anew. It was: ${held.broken.message}`;
		throw new Error(message, { cause: held.broken });
	}
	try {
		return work(held.document);
	} catch (error) {
		held.broken = explained(type, step, error);
		throw held.broken;
	}
}

function explained(type: string, step: string, error: unknown): Error {
	const found = error instanceof Error ? error.message : String(error);
	const panicked = (error instanceof Error && error.name === "RuntimeError") || PANIC.test(found);
	if (!panicked) return new Error(`the library of this ${type} threw at ${step}: ${found}`, { cause: error });
	const message = `the library of this ${type} panicked at ${step}: ${found}. Its WebAssembly instance may be damaged: go on in a new process or worker`;
	const panic = new Error(message, { cause: error });
	panic.name = PANIC_NAME;
	return panic;
}
