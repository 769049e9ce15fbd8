/**
 * Maps: `set` [key, value] and `delete` key as contracts' table has them. What a library does about concurrent writes of
 * one key decides the type that its adapter claims: `lww-map` where all writes, deletes among them, are in one order;
 * `or-map` where a delete takes away only the writes that it saw.
 */
import type { LibraryType } from "../../sdk/library.ts";
import type { Json, OperationSpec } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import { A_VALUE, isValue } from "../../types/json-value.ts";
import type { Documents } from "../documents.ts";

export interface MapContent<D> {
	set(document: D, key: string, value: Json): void;
	remove(document: D, key: string): void;
	/** A fresh object, or one that is never changed. */
	value(document: D): Record<string, unknown>;
}

const A_KEY = "non-empty text, not __proto__";

const OPERATIONS: Record<string, OperationSpec> = {
	set: { kind: "update", weight: 3, generate: (draw) => [draw.key(), draw.unique()] },
	delete: { kind: "update", weight: 1, generate: (draw) => draw.key() },
};

export function mapOf<D>(
	type: "lww-map" | "or-map",
	documents: Documents<D>,
	content: MapContent<D>,
): LibraryType<D> {
	return {
		...documents,
		type,
		operations: OPERATIONS,
		invoke(document, operation) {
			const { f, value } = operation;
			if (f === "delete") {
				if (!isKey(value)) return badValue(operation, `a key: ${A_KEY}`);
				return { update: documents.change(document, (changing) => content.remove(changing, value)) };
			}
			if (!Array.isArray(value) || value.length !== 2 || !isKey(value[0]) || !isValue(value[1])) {
				return badValue(operation, `[key, value]: ${A_KEY}, and ${A_VALUE}`);
			}
			const [key, written] = value as [string, Json];
			return { update: documents.change(document, (changing) => content.set(changing, key, written)) };
		},
		view: (document) => content.value(document),
	};
}

/** Some libraries refuse the empty key, and all keep maps in plain objects somewhere. */
function isKey(value: unknown): value is string {
	return typeof value === "string" && value !== "" && value !== "__proto__" && isValue(value);
}
