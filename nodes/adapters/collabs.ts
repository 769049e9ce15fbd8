/**
 * Collabs 0.13: a runtime with one registered collab, messages as its transactions send them. `CValueMap` keeps the concurrent
 * writes of a key and shows the one of the first replica id; a delete takes away those that it saw: `or-map`.
 *
 * A runtime must never get to see messages of its own replica id that it didn't send, so each runtime that may write has an id
 * of its own: of the actor, the node's incarnation, and how often the state was saved and loaded.
 *
 * The runtime reads the wall clock for each transaction but sends the time only where a collab asks for it; none of
 * these does.
 */
import type * as Collabs from "@collabs/collabs";
import { type LibraryType, library } from "../sdk/library.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import type { TypeContext } from "../sdk/replicated-type.ts";
import { type Documents, NO_UPDATE } from "./documents.ts";
import { counterOf } from "./kinds/counter.ts";
import { listOf } from "./kinds/list.ts";
import { mapOf } from "./kinds/map.ts";
import { type TextDocument, textOf } from "./kinds/text.ts";
import { peerLibrary } from "./peer-library.ts";

interface CollabsDocument<C> {
	readonly runtime: Collabs.CRuntime;
	readonly content: C;
	/** How often what it holds was loaded. */
	readonly generation: number;
	/** What the last change sends. */
	captured: Uint8Array;
}

const ROOT = "root";

const peer = peerLibrary("@collabs/collabs", "0.13", () => import("@collabs/collabs"));

const textType: LibraryType<TextDocument<CollabsDocument<Collabs.CText>>> = textOf(
	documentsWith((init, { CText }) => new CText(init)),
	{
		value: ({ content }) => content.toString(),
		insert: ({ content }, at, text) => content.insert(charactersIn(content, 0, at), text),
		remove: ({ content }, at, count) =>
			content.delete(charactersIn(content, 0, at), charactersIn(content, at, at + count)),
	},
);

const mapType: LibraryType<CollabsDocument<Collabs.CValueMap<string, Json>>> = mapOf(
	"or-map",
	documentsWith((init, { CValueMap }) => new CValueMap<string, Json>(init)),
	{
		set: ({ content }, key, value) => void content.set(key, value),
		remove: ({ content }, key) => void content.delete(key),
		value: ({ content }) => Object.fromEntries(content.entries()),
	},
);

const listType: LibraryType<CollabsDocument<Collabs.CValueList<Json>>> = listOf(
	documentsWith((init, { CValueList }) => new CValueList<Json>(init)),
	{
		length: ({ content }) => content.length,
		insert: ({ content }, at, value) => void content.insert(at, value),
		remove: ({ content }, at, count) => content.delete(at, count),
		value: ({ content }) => content.slice(),
	},
);

const counterType: LibraryType<CollabsDocument<Collabs.CCounter>> = counterOf(
	documentsWith((init, { CCounter }) => new CCounter(init)),
	{
		add: ({ content }, amount) => content.add(amount),
		value: ({ content }) => content.value,
	},
);

export const collabs: Record<"text" | "map" | "list" | "counter", ReplicaDefinition> = {
	text: library(textType),
	map: library(mapType),
	list: library(listType),
	counter: library(counterType),
};

function documentsWith<C extends Collabs.Collab>(
	content: (init: Collabs.InitToken, module: typeof Collabs) => C,
): Documents<CollabsDocument<C>> {
	function create({ actor, incarnation }: TypeContext, generation: number): CollabsDocument<C> {
		const module = peer.get();
		const debugReplicaID = `${actor}.${incarnation}.${generation}`;
		const runtime = new module.CRuntime({ debugReplicaID, autoTransactions: "error" });
		const registered = runtime.registerCollab(ROOT, (init) => content(init, module));
		const made: CollabsDocument<C> = { runtime, content: registered, generation, captured: NO_UPDATE };
		runtime.on("Send", ({ message }) => {
			made.captured = message;
		});
		return made;
	}
	return {
		loadModule: () => peer.load(),
		create: (context) => create(context, 0),
		change(made, change) {
			made.captured = NO_UPDATE;
			made.runtime.transact(() => change(made));
			return made.captured;
		},
		apply: ({ runtime }, update) => runtime.receive(update),
		encode: ({ runtime, generation }) => withGeneration(runtime.save(), generation),
		load(bytes, context) {
			const made = create(context, generationOf(bytes) + 1);
			made.runtime.load(bytes.subarray(GENERATION_BYTES));
			return made;
		},
	};
}

/** It counts code points, where operations count UTF-16 code units. */
function charactersIn(content: Collabs.CText, from: number, to: number): number {
	const text = content.toString();
	return text.length === content.length ? to - from : Array.from(text.slice(from, to)).length;
}

const GENERATION_BYTES = 4;

function withGeneration(state: Uint8Array, generation: number): Uint8Array {
	const bytes = new Uint8Array(GENERATION_BYTES + state.length);
	new DataView(bytes.buffer).setUint32(0, generation);
	bytes.set(state, GENERATION_BYTES);
	return bytes;
}

function generationOf(bytes: Uint8Array): number {
	return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
