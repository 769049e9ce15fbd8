/**
 * Text: `insert` { index, text } and `delete` { index, count } as contracts' table has them. Places and counts are in
 * UTF-16 code units; a place beyond the end is the end, a place within a surrogate pair is before it. A delete replies
 * with what it removed, since nobody else can know it later.
 */
import type { LibraryType } from "../../sdk/library.ts";
import type { OperationSpec } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import { drawWord } from "../../types/distinct-letters.ts";
import { isValue } from "../../types/json-value.ts";
import type { Documents } from "../documents.ts";
import { isCount, membersOf } from "./members.ts";

export interface TextContent<D> {
	value(document: D): string;
	insert(document: D, at: number, text: string): void;
	/** @param count at least 1, and not beyond the end */
	remove(document: D, at: number, count: number): void;
}

const HIGHEST_INSERT_INDEX = 40;
const HIGHEST_DELETE_COUNT = 3;

const OPERATIONS: Record<string, OperationSpec> = {
	insert: {
		kind: "update",
		weight: 3,
		generate: (draw) => ({ index: draw.integer(0, HIGHEST_INSERT_INDEX), text: drawWord(draw) }),
	},
	delete: {
		kind: "update",
		weight: 1,
		generate: (draw) => ({
			index: draw.integer(0, HIGHEST_INSERT_INDEX),
			count: draw.integer(1, HIGHEST_DELETE_COUNT),
		}),
	},
};

/** A library's document, and what it shows until its next change: looked at often, and dear where it comes out of WASM memory. */
export interface TextDocument<D> {
	readonly inner: D;
	/** Null: not looked at since the last change. */
	shown: string | null;
}

export function textOf<D>(documents: Documents<D>, content: TextContent<D>): LibraryType<TextDocument<D>> {
	return {
		type: "text",
		operations: OPERATIONS,
		...(documents.loadModule && { loadModule: async () => documents.loadModule?.() }),
		create: (context) => ({ inner: documents.create(context), shown: null }),
		invoke(document, operation) {
			const { index, text, count } = membersOf(operation.value);
			if (operation.f === "insert") {
				if (!isCount(index) || typeof text !== "string" || !isValue(text)) {
					return badValue(operation, "{ index: integer ≥ 0, text: well-formed text }");
				}
				const at = placeIn(shownBy(document, content), index);
				document.shown = null;
				const update = documents.change(document.inner, (changing) => {
					if (text !== "") content.insert(changing, at, text);
				});
				return { update };
			}
			if (!isCount(index) || !isCount(count)) {
				return badValue(operation, "{ index: integer ≥ 0, count: integer ≥ 0 }");
			}
			const before = shownBy(document, content);
			const from = placeIn(before, index);
			const to = placeIn(before, index + count);
			document.shown = null;
			const update = documents.change(document.inner, (changing) => {
				if (to > from) content.remove(changing, from, to - from);
			});
			return { update, result: before.slice(from, to) };
		},
		apply(document, update) {
			document.shown = null;
			documents.apply(document.inner, update);
		},
		view: (document) => shownBy(document, content),
		encode: ({ inner }) => documents.encode(inner),
		load: (bytes, context) => ({ inner: documents.load(bytes, context), shown: null }),
		...(documents.pending && { pending: ({ inner }) => documents.pending?.(inner) ?? 0 }),
		...(documents.free && { free: ({ inner }) => documents.free?.(inner) }),
	};
}

function shownBy<D>(document: TextDocument<D>, content: TextContent<D>): string {
	document.shown ??= content.value(document.inner);
	return document.shown;
}

function placeIn(text: string, index: number): number {
	if (index >= text.length) return text.length;
	const unit = text.charCodeAt(index);
	return index > 0 && unit >= 0xdc00 && unit < 0xe000 ? index - 1 : index;
}
