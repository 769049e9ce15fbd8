/**
 * json-joy 17.67: a JSON CRDT model that starts as the same bytes everywhere, patches in its binary encoding. A key of an
 * object is a last-writer-wins register by logical time, then session, and a delete writes `undefined`: `lww-map`.
 */
import type * as JsonJoy from "json-joy/lib/json-crdt/index.js";
import { type LibraryType, library } from "../sdk/library.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { actorHash } from "./actor-hash.ts";
import { type Documents, NO_UPDATE } from "./documents.ts";
import { listOf } from "./kinds/list.ts";
import { mapOf } from "./kinds/map.ts";
import { type TextDocument, textOf } from "./kinds/text.ts";
import { peerLibrary } from "./peer-library.ts";

type Model = JsonJoy.Model;

/** Smaller ones are reserved. */
const FIRST_SESSION = 65_536;

const peer = peerLibrary("json-joy", "17.67", () => import("json-joy/lib/json-crdt/index.js"));

const textType: LibraryType<TextDocument<Model>> = textOf(documentsFrom("text"), {
	value: ({ root }) => root.view() as string,
	insert: ({ api }, at, text) => api.str([]).ins(at, text),
	remove: ({ api }, at, count) => api.str([]).del(at, count),
});

const mapType: LibraryType<Model> = mapOf("lww-map", documentsFrom("map"), {
	set: ({ api }, key, value) => api.obj([]).set({ [key]: value }),
	remove: ({ api }, key) => api.obj([]).del([key]),
	value: ({ root }) => root.view() as Record<string, Json>,
});

const listType: LibraryType<Model> = listOf(documentsFrom("list"), {
	length: ({ api }) => api.arr([]).length(),
	insert: ({ api }, at, value) => api.arr([]).ins(at, [value]),
	remove: ({ api }, at, count) => api.arr([]).del(at, count),
	value: ({ root }) => root.view() as Json[],
});

export const jsonJoy: Record<"text" | "map" | "list", ReplicaDefinition> = {
	text: library(textType),
	map: library(mapType),
	list: library(listType),
};

function documentsFrom(kind: "text" | "map" | "list"): Documents<Model> {
	let founded: Uint8Array = NO_UPDATE;
	const load = (bytes: Uint8Array, actor: string): Model =>
		peer.get().Model.load(bytes, FIRST_SESSION + 1 + actorHash(actor));
	return {
		async loadModule() {
			await peer.load();
			founded = found(peer.get(), kind);
		},
		create: ({ actor }) => load(founded, actor),
		change(model, change) {
			change(model);
			const patch = model.api.flush();
			return patch.ops.length === 0 ? NO_UPDATE : patch.toBinary();
		},
		apply: (model, update) => model.applyPatch(peer.get().Patch.fromBinary(update)),
		encode: (model) => model.toBinary(),
		load: (bytes, { actor }) => load(bytes, actor),
	};
}

/** The model from which all writers start. */
function found({ Model, s }: typeof JsonJoy, kind: "text" | "map" | "list"): Uint8Array {
	const empty = { text: s.str(""), map: s.obj({}), list: s.arr([]) }[kind];
	const model = Model.create(empty, FIRST_SESSION);
	model.api.flush();
	return model.toBinary();
}
