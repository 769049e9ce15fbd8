/**
 * The elements of a list or text that can be told apart: those that were inserted only once in the whole run, by operations that
 * happened or may have. Of a text they are characters (UTF-16 units).
 */
import type { Json } from "../history/events.ts";
import { canonical } from "./canonical.ts";
import type { Operation, Run } from "./run.ts";

export interface ViewElements {
	/** Element (a character, or a value's canonical form) to the operation that inserted it. */
	unique: ReadonlyMap<string, Operation>;
	/** Elements that were inserted more than once: nobody can tell which of them is shown. */
	leftOut: number;
	/** The unique ones among what a view shows, in its order. */
	shownIn(view: Json): string[];
	valueOf(element: string): Json;
}

/** @returns null for a type that is no list and no text */
export function uniqueElements(run: Run): ViewElements | null {
	if (run.type !== "list" && run.type !== "text") return null;
	const isText = run.type === "text";
	const unique = new Map<string, Operation>();
	const repeated = new Set<string>();
	for (const operation of run.operations) {
		if (operation.completion?.kind === "fail") continue;
		for (const element of insertedBy(operation, isText)) {
			if (unique.has(element)) repeated.add(element);
			else unique.set(element, operation);
		}
	}
	for (const element of repeated) unique.delete(element);
	return {
		unique,
		leftOut: repeated.size,
		shownIn: (view) => elementsOf(view, isText).filter((element) => unique.has(element)),
		valueOf(element) {
			const inserted = unique.get(element)?.value;
			if (isText || typeof inserted !== "object" || inserted === null || Array.isArray(inserted))
				return element;
			return inserted["value"] ?? null;
		},
	};
}

/** Nothing where it inserts nothing that could be read. */
export function insertedBy({ f, value }: Operation, isText: boolean): string[] {
	if (f !== "insert" || typeof value !== "object" || value === null || Array.isArray(value)) return [];
	if (!isText) return value["value"] === undefined ? [] : [canonical(value["value"])];
	const text = value["text"] ?? value["value"];
	return typeof text === "string" ? text.split("") : [];
}

function elementsOf(view: Json, isText: boolean): string[] {
	if (isText) return typeof view === "string" ? view.split("") : [];
	return Array.isArray(view) ? view.map((value) => canonical(value)) : [];
}
