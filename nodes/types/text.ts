/**
 * Text on Yjs, as an application would use it: one `Y.Text` per document, updates captured as Yjs encodes them.
 * Places and counts are in UTF-16 code units; a place beyond the end is the end, a place within a surrogate pair is
 * before it. A delete replies with what it removed, since nobody else can know it later.
 */
import * as Y from "yjs";
import { type LibraryType, library } from "../sdk/library.ts";
import type { Json, Operation, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { isValue } from "./json-value.ts";

const NAME = "text";
/** No writer's client id. */
const NOBODY = 0;
const HIGHEST_INSERT_INDEX = 40;
const HIGHEST_DELETE_COUNT = 3;

export const textType: LibraryType<Y.Doc> = {
	type: "text",
	order: "causal",
	operations: {
		insert: {
			kind: "update",
			weight: 3,
			generate: (draw) => ({ index: draw.integer(0, HIGHEST_INSERT_INDEX), text: `${draw.unique()} ` }),
		},
		delete: {
			kind: "update",
			weight: 1,
			generate: (draw) => ({
				index: draw.integer(0, HIGHEST_INSERT_INDEX),
				count: draw.integer(1, HIGHEST_DELETE_COUNT),
			}),
		},
	},
	create: ({ actor }) => createDocument(actor),
	invoke: (document, operation) => (operation.f === "insert" ? insert : remove)(document, operation),
	apply,
	// A document's root types are there once they are asked for, with this name in this way.
	view: (document) => document.getText(NAME).toJSON(),
	encode: (document) => Y.encodeStateAsUpdate(document),
	load(bytes, { actor }) {
		const document = createDocument(actor);
		apply(document, bytes);
		return document;
	},
	pending: ({ store }) => (store.pendingStructs === null && store.pendingDs === null ? 0 : 1),
	free: (document) => document.destroy(),
};

export const text: ReplicaDefinition = library(textType);

/** @param actor also makes the client id, which Yjs would draw at random */
function createDocument(actor: string): Y.Doc {
	const document = new Y.Doc({ guid: actor });
	document.clientID = clientId(actor);
	document.getText(NAME);
	return document;
}

/**
 * Yjs takes a foreign update with its own client id for another writer, and draws itself a new id; but after a
 * restart a replica's own updates come back to it.
 */
function apply(document: Y.Doc, update: Uint8Array): void {
	const { clientID } = document;
	document.clientID = NOBODY;
	Y.applyUpdate(document, update);
	document.clientID = clientID;
}

/** FNV-1a, 32 bits, as Yjs' own ids have. */
function clientId(actor: string): number {
	let hash = 0x811c9dc5;
	for (const byte of new TextEncoder().encode(actor)) hash = Math.imul(hash ^ byte, 0x01000193);
	return hash >>> 0;
}

function insert(document: Y.Doc, operation: Operation): ReturnType<LibraryType<Y.Doc>["invoke"]> {
	const { index, text } = membersOf(operation.value);
	if (!isCount(index) || typeof text !== "string" || !isValue(text)) {
		return badValue(operation, "{ index: integer ≥ 0, text: well-formed text }");
	}
	const content = document.getText(NAME);
	const at = placeIn(content.toJSON(), index);
	return { update: capture(document, () => content.insert(at, text)) };
}

function remove(document: Y.Doc, operation: Operation): ReturnType<LibraryType<Y.Doc>["invoke"]> {
	const { index, count } = membersOf(operation.value);
	if (!isCount(index) || !isCount(count)) {
		return badValue(operation, "{ index: integer ≥ 0, count: integer ≥ 0 }");
	}
	const content = document.getText(NAME);
	const before = content.toJSON();
	const from = placeIn(before, index);
	const to = placeIn(before, index + count);
	const update = capture(document, () => content.delete(from, to - from));
	return { update, result: before.slice(from, to) };
}

/** What Yjs would send for a change; empty when nothing changed. */
function capture(document: Y.Doc, change: () => void): Uint8Array {
	let captured: Uint8Array = new Uint8Array(0);
	const keep = (update: Uint8Array): void => {
		captured = update;
	};
	document.on("update", keep);
	document.transact(change);
	document.off("update", keep);
	return captured;
}

function placeIn(text: string, index: number): number {
	if (index >= text.length) return text.length;
	const unit = text.charCodeAt(index);
	return index > 0 && unit >= 0xdc00 && unit < 0xe000 ? index - 1 : index;
}

function membersOf(value: Json): Record<string, Json | undefined> {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
