/**
 * Automerge 3.5: a document that starts as the same saved bytes everywhere (two writers who each made the list would have
 * made two lists), changes as Automerge encodes them, without a time. What is shown is the live document that
 * Automerge keeps up to date from patches, not one read out anew.
 *
 * Its map is an `or-map`: a delete takes away the writes that it saw, and where the winner among concurrent writes is deleted
 * another one shows again, which no order of all writes explains.
 */
import type * as Automerge from "@automerge/automerge";
import { type LibraryType, library } from "../sdk/library.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { type Documents, NO_UPDATE } from "./documents.ts";
import { counterOf } from "./kinds/counter.ts";
import { listOf } from "./kinds/list.ts";
import { mapOf } from "./kinds/map.ts";
import { type TextDocument, textOf } from "./kinds/text.ts";
import { type PeerLibrary, peerLibrary } from "./peer-library.ts";

export type AutomergeModule = typeof Automerge;

interface AutomergeDocument<C> {
	document: Automerge.Doc<C>;
	/** While it is being changed: where changes go. */
	draft: C | null;
}

/** `00` comes before all writers, whose ids are their names in hexadecimal. */
const FOUNDER = "00";
/** Automerge would take the wall clock. */
const NO_TIME = 0;

export const automerge: Record<"text" | "map" | "list" | "counter", ReplicaDefinition> = automergeTypes(
	peerLibrary("@automerge/automerge", "3.5", () => import("@automerge/automerge")),
);

/** Of any version that has these functions; the development cases bring older ones. */
export function automergeTypes(
	peer: PeerLibrary<AutomergeModule>,
): Record<"text" | "map" | "list" | "counter", ReplicaDefinition> {
	return {
		text: library(textType(peer)),
		map: library(mapType(peer)),
		list: library(listType(peer)),
		counter: library(counterType(peer)),
	};
}

function textType(
	peer: PeerLibrary<AutomergeModule>,
): LibraryType<TextDocument<AutomergeDocument<{ text: string }>>> {
	return textOf(
		documentsFrom(peer, () => ({ text: "" })),
		{
			value: ({ document }) => document.text,
			insert: ({ draft }, at, text) => peer.get().splice(draft as object, ["text"], at, 0, text),
			remove: ({ draft }, at, count) => peer.get().splice(draft as object, ["text"], at, count),
		},
	);
}

function mapType(
	peer: PeerLibrary<AutomergeModule>,
): LibraryType<AutomergeDocument<{ map: Record<string, Json> }>> {
	return mapOf(
		"or-map",
		documentsFrom(peer, () => ({ map: {} as Record<string, Json> })),
		{
			set({ draft }, key, value) {
				if (draft !== null) draft.map[key] = value;
			},
			remove({ draft }, key) {
				delete draft?.map[key];
			},
			value: ({ document }) => document.map,
		},
	);
}

function listType(peer: PeerLibrary<AutomergeModule>): LibraryType<AutomergeDocument<{ list: Json[] }>> {
	return listOf(
		documentsFrom(peer, () => ({ list: [] as Json[] })),
		{
			length: ({ document }) => document.list.length,
			insert: ({ draft }, at, value) => void draft?.list.splice(at, 0, value),
			remove: ({ draft }, at, count) => void draft?.list.splice(at, count),
			value: ({ document }) => document.list,
		},
	);
}

function counterType(
	peer: PeerLibrary<AutomergeModule>,
): LibraryType<AutomergeDocument<{ counter: Automerge.Counter }>> {
	return counterOf(
		documentsFrom(peer, ({ Counter }) => ({ counter: new Counter(0) })),
		{
			add: ({ draft }, amount) => void draft?.counter.increment(amount),
			value: ({ document }) => document.counter.value,
		},
	);
}

function documentsFrom<C extends Record<string, unknown>>(
	peer: PeerLibrary<AutomergeModule>,
	content: (module: AutomergeModule) => C,
): Documents<AutomergeDocument<C>> {
	let founded: Uint8Array = NO_UPDATE;
	const load = (bytes: Uint8Array, actor: string): AutomergeDocument<C> => ({
		document: peer.get().load<C>(bytes, { actor: hexadecimal(actor) }),
		draft: null,
	});
	return {
		async loadModule() {
			await peer.load();
			founded = found(peer.get(), content(peer.get()));
		},
		create: ({ actor }) => load(founded, actor),
		change(made, change) {
			const { document } = made;
			const { change: changeDocument, getLastLocalChange } = peer.get();
			made.document = changeDocument(document, { time: NO_TIME }, (draft) => {
				made.draft = draft;
				change(made);
			});
			made.draft = null;
			return made.document === document ? NO_UPDATE : (getLastLocalChange(made.document) ?? NO_UPDATE);
		},
		apply(made, update) {
			[made.document] = peer.get().applyChanges(made.document, [update]);
		},
		encode: ({ document }) => peer.get().save(document),
		load: (bytes, { actor }) => load(bytes, actor),
		free: ({ document }) => peer.get().free(document),
	};
}

/** The document from which all writers start. */
function found(module: AutomergeModule, content: Record<string, unknown>): Uint8Array {
	const empty = module.init<Record<string, unknown>>({ actor: FOUNDER });
	const document = module.change(empty, { time: NO_TIME }, (draft) => void Object.assign(draft, content));
	const bytes = module.save(document);
	module.free(document);
	return bytes;
}

function hexadecimal(actor: string): string {
	return Array.from(new TextEncoder().encode(actor), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
