/**
 * Yjs 13.6: a document with one root type, updates as Yjs encodes them (version 1). A map's concurrent writes are in the
 * order of one list per key, whose last entry counts; a delete takes that entry's place: `lww-map`.
 *
 * Yjs takes a foreign update with its own client id for another writer, and draws itself a new id; but after a restart a
 * replica's own updates come back to it. So nobody is the document's client while updates are applied.
 */
import * as Y from "yjs";
import type { LibraryType } from "../sdk/library.ts";
import type { Json } from "../sdk/replica.ts";
import { actorHash } from "./actor-hash.ts";
import { type Documents, NO_UPDATE } from "./documents.ts";
import { listOf } from "./kinds/list.ts";
import { mapOf } from "./kinds/map.ts";
import { type TextDocument, textOf } from "./kinds/text.ts";

interface YjsDocument<C> {
	readonly document: Y.Doc;
	readonly content: C;
}

const ROOT = "root";
/** No writer's client id. */
const NOBODY = 0;

export const yjsText: LibraryType<TextDocument<YjsDocument<Y.Text>>> = textOf(
	documentsWith((document) => document.getText(ROOT)),
	{
		value: ({ content }) => content.toJSON(),
		insert: ({ content }, at, text) => content.insert(at, text),
		remove: ({ content }, at, count) => content.delete(at, count),
	},
);

export const yjsMap: LibraryType<YjsDocument<Y.Map<Json>>> = mapOf(
	"lww-map",
	documentsWith((document) => document.getMap<Json>(ROOT)),
	{
		set: ({ content }, key, value) => void content.set(key, value),
		remove: ({ content }, key) => content.delete(key),
		value: ({ content }) => content.toJSON(),
	},
);

export const yjsList: LibraryType<YjsDocument<Y.Array<Json>>> = listOf(
	documentsWith((document) => document.getArray<Json>(ROOT)),
	{
		length: ({ content }) => content.length,
		insert: ({ content }, at, value) => content.insert(at, [value]),
		remove: ({ content }, at, count) => content.delete(at, count),
		value: ({ content }) => content.toJSON(),
	},
);

/** @param root a document's root types are there once they are asked for, with this name in this way */
function documentsWith<C>(root: (document: Y.Doc) => C): Documents<YjsDocument<C>> {
	function create(actor: string): YjsDocument<C> {
		const document = new Y.Doc({ guid: actor });
		document.clientID = actorHash(actor);
		return { document, content: root(document) };
	}
	return {
		create: ({ actor }) => create(actor),
		change(made, change) {
			const { document } = made;
			let captured = NO_UPDATE;
			const capture = (update: Uint8Array): void => {
				captured = update;
			};
			// Only now: somebody who listens makes Yjs encode the updates of others too.
			document.on("update", capture);
			try {
				document.transact(() => change(made));
			} finally {
				document.off("update", capture);
			}
			return captured;
		},
		apply,
		encode: ({ document }) => Y.encodeStateAsUpdate(document),
		load(bytes, { actor }) {
			const made = create(actor);
			apply(made, bytes);
			return made;
		},
		pending: ({ document: { store } }) => (store.pendingStructs === null && store.pendingDs === null ? 0 : 1),
		free: ({ document }) => document.destroy(),
	};
}

function apply({ document }: YjsDocument<unknown>, update: Uint8Array): void {
	const { clientID } = document;
	document.clientID = NOBODY;
	Y.applyUpdate(document, update);
	document.clientID = clientID;
}
