/**
 * Loro 1.17: a document with one root container, updates as Loro emits them at each commit, without a time. Documents and
 * containers live in WASM memory, and are freed. Concurrent writes of a map's key are decided by Lamport time, then peer, and
 * a delete is a write: `lww-map`. Trees start with their nodes, made by a founder.
 */
import type * as Loro from "loro-crdt";
import { type LibraryType, library } from "../sdk/library.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { actorHash } from "./actor-hash.ts";
import { type Documents, NO_UPDATE } from "./documents.ts";
import { counterOf } from "./kinds/counter.ts";
import { listOf, movableListOf } from "./kinds/list.ts";
import { mapOf } from "./kinds/map.ts";
import { type TextDocument, textOf } from "./kinds/text.ts";
import { TREE_NODES, treeOf } from "./kinds/tree.ts";
import { peerLibrary } from "./peer-library.ts";

interface LoroDocument<C> {
	readonly document: Loro.LoroDoc;
	readonly content: C;
	/** What the last change sends. */
	captured: Uint8Array;
}

interface Freed {
	free(): void;
}

const ROOT = "root";
const FOUNDER = "0";

const peer = peerLibrary("loro-crdt", "1.17", () => import("loro-crdt"));

const textType: LibraryType<TextDocument<LoroDocument<Loro.LoroText>>> = textOf(
	documentsWith((document) => document.getText(ROOT)),
	{
		value: ({ content }) => content.toString(),
		insert: ({ content }, at, text) => content.insert(at, text),
		remove: ({ content }, at, count) => content.delete(at, count),
	},
);

const mapType: LibraryType<LoroDocument<Loro.LoroMap>> = mapOf(
	"lww-map",
	documentsWith((document) => document.getMap(ROOT)),
	{
		set: ({ content }, key, value) => content.set(key, value),
		remove: ({ content }, key) => content.delete(key),
		value: ({ content }) => content.toJSON() as Record<string, unknown>,
	},
);

const listType: LibraryType<LoroDocument<Loro.LoroList>> = listOf(
	documentsWith((document) => document.getList(ROOT)),
	{
		length: ({ content }) => content.length,
		insert: ({ content }, at, value) => content.insert(at, value),
		remove: ({ content }, at, count) => content.delete(at, count),
		value: ({ content }) => content.toJSON() as Json[],
	},
);

const movableListType: LibraryType<LoroDocument<Loro.LoroMovableList>> = movableListOf(
	documentsWith((document) => document.getMovableList(ROOT)),
	{
		length: ({ content }) => content.length,
		insert: ({ content }, at, value) => content.insert(at, value),
		remove: ({ content }, at, count) => content.delete(at, count),
		move: ({ content }, from, to) => content.move(from, to),
		set: ({ content }, at, value) => content.set(at, value),
		value: ({ content }) => content.toJSON() as Json[],
	},
);

const counterType: LibraryType<LoroDocument<Loro.LoroCounter>> = counterOf(
	documentsWith((document) => document.getCounter(ROOT)),
	{
		add: ({ content }, amount) => content.increment(amount),
		value: ({ content }) => content.value,
	},
);

const treeType: LibraryType<LoroDocument<Loro.LoroTree>> = treeOf(
	documentsWith(
		(document) => document.getTree(ROOT),
		(tree) => {
			for (let made = 0; made < TREE_NODES.length; made++) tree.createNode().free();
		},
	),
	{
		parentOf({ content }, node) {
			const found = content.getNodeByID(treeId(node));
			const above = found?.parent();
			const parent = above === undefined ? null : nodeOf(above.id);
			above?.free();
			found?.free();
			return parent;
		},
		move: ({ content }, node, parent) =>
			content.move(treeId(node), parent === null ? undefined : treeId(parent)),
	},
);

export const loro: Record<"text" | "map" | "list" | "movable-list" | "counter" | "tree", ReplicaDefinition> =
	{
		text: library(textType),
		map: library(mapType),
		list: library(listType),
		"movable-list": library(movableListType),
		counter: library(counterType),
		tree: library(treeType),
	};

/** @param found makes what is to be in every document from the start */
function documentsWith<C extends Freed>(
	root: (document: Loro.LoroDoc) => C,
	found?: (content: C) => void,
): Documents<LoroDocument<C>> {
	let founded: Uint8Array = NO_UPDATE;
	function create(peerId: string, bytes: Uint8Array): LoroDocument<C> {
		const { LoroDoc } = peer.get();
		const document = new LoroDoc();
		document.setPeerId(peerId as `${number}`);
		if (bytes.length > 0) document.import(bytes);
		const made: LoroDocument<C> = { document, content: root(document), captured: NO_UPDATE };
		document.subscribeLocalUpdates((update) => {
			made.captured = update;
		});
		return made;
	}
	return {
		async loadModule() {
			await peer.load();
			if (found === undefined || founded.length > 0) return;
			const made = create(FOUNDER, NO_UPDATE);
			found(made.content);
			founded = encode(made);
			free(made);
		},
		create: ({ actor }) => create(peerIdOf(actor), founded),
		change(made, change) {
			made.captured = NO_UPDATE;
			change(made);
			made.document.commit();
			return made.captured;
		},
		apply: ({ document }, update) => void document.import(update),
		encode,
		load: (bytes, { actor }) => create(peerIdOf(actor), bytes),
		free,
	};
}

function encode({ document }: LoroDocument<unknown>): Uint8Array {
	return document.export({ mode: "snapshot" });
}

/** The subscription ends with the document. */
function free({ document, content }: LoroDocument<Freed>): void {
	content.free();
	document.free();
}

function peerIdOf(actor: string): string {
	return String(actorHash(actor) + 1);
}

/** The founder's first operations made them, in this order. */
function treeId(node: string): Loro.TreeID {
	return `${TREE_NODES.indexOf(node)}@${FOUNDER}` as Loro.TreeID;
}

function nodeOf(id: Loro.TreeID): string {
	return TREE_NODES[Number.parseInt(id, 10)] as string;
}
