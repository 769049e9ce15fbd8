/**
 * What operations and views of texts and lists hold: a text is a sequence of characters (UTF-16 units, as indexes are), a
 * list one of values.
 */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import type { Operation } from "../run.ts";
import { show } from "../words.ts";

export type SequenceType = "text" | "list" | "movable-list";

/** An item as text: the character, or the value's canonical form. */
export type Item = string;

/** @throws where it inserts nothing that could be read */
export function itemsOf(type: SequenceType, { value, f, id }: Operation): Item[] {
	const { text, value: one } = membersOf(value);
	const content = type === "text" ? (text ?? one) : one;
	if (type === "text" && typeof content === "string") return content.split("");
	if (type !== "text" && content !== undefined) return [canonical(content)];
	const wanted = type === "text" ? `{"index", "text"}` : `{"index", "value"}`;
	throw new Error(`${id} asks for ${f} ${show(value)}; it takes ${wanted}`);
}

/** Of a view, or of what a delete says that it removed. @returns null for what is no text or list */
export function shownItems(type: SequenceType, view: Json): Item[] | null {
	if (type === "text") return typeof view === "string" ? view.split("") : null;
	return Array.isArray(view) ? view.map((value) => canonical(value)) : null;
}

/** For people: values stand as their canonical forms, which for JSON is how they are written. */
export function joinItems(type: SequenceType, items: readonly Item[]): Json {
	return type === "text" ? items.join("") : items.map(plain);
}

function plain(item: Item): Json {
	try {
		return JSON.parse(item) as Json;
	} catch {
		return item;
	}
}

export function membersOf(value: Json): Record<string, Json | undefined> {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
