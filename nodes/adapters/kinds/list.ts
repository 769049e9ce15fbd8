/**
 * Lists: `insert` { index, value } and `delete` { index, count }; a place beyond the end is the end. With `move` and `set`
 * in the content also `move` { from, to } and `set` { index, value }: then it is a `movable-list`, a type of its own.
 */
import type { LibraryType } from "../../sdk/library.ts";
import type { Json, Operation, OperationSpec } from "../../sdk/replica.ts";
import { badValue, type Rejection } from "../../sdk/replicated-type.ts";
import { A_VALUE, isValue } from "../../types/json-value.ts";
import type { Documents } from "../documents.ts";
import { isCount, membersOf } from "./members.ts";

export interface ListContent<D> {
	length(document: D): number;
	insert(document: D, at: number, value: Json): void;
	/** @param count at least 1, and not beyond the end */
	remove(document: D, at: number, count: number): void;
	value(document: D): readonly unknown[];
}

export interface MovableListContent<D> extends ListContent<D> {
	/** @param to where it is afterwards */
	move(document: D, from: number, to: number): void;
	set(document: D, at: number, value: Json): void;
}

const HIGHEST_INDEX = 20;
const HIGHEST_DELETE_COUNT = 3;

const OPERATIONS: Record<string, OperationSpec> = {
	insert: {
		kind: "update",
		weight: 3,
		generate: (draw) => ({ index: draw.integer(0, HIGHEST_INDEX), value: draw.unique() }),
	},
	delete: {
		kind: "update",
		weight: 1,
		generate: (draw) => ({
			index: draw.integer(0, HIGHEST_INDEX),
			count: draw.integer(1, HIGHEST_DELETE_COUNT),
		}),
	},
};

const MOVABLE_OPERATIONS: Record<string, OperationSpec> = {
	...OPERATIONS,
	move: {
		kind: "update",
		weight: 2,
		generate: (draw) => ({ from: draw.integer(0, HIGHEST_INDEX), to: draw.integer(0, HIGHEST_INDEX) }),
	},
	set: {
		kind: "update",
		weight: 2,
		generate: (draw) => ({ index: draw.integer(0, HIGHEST_INDEX), value: draw.unique() }),
	},
};

/** What an operation does; null: nothing, since there is nothing at its place. */
type Change<D> = (document: D) => void;

export function listOf<D>(documents: Documents<D>, content: ListContent<D>): LibraryType<D> {
	return listType("list", OPERATIONS, documents, content, (document, operation) =>
		changeOf(content, document, operation),
	);
}

export function movableListOf<D>(documents: Documents<D>, content: MovableListContent<D>): LibraryType<D> {
	return listType("movable-list", MOVABLE_OPERATIONS, documents, content, (document, operation) =>
		movableChangeOf(content, document, operation),
	);
}

function listType<D>(
	type: string,
	operations: Record<string, OperationSpec>,
	documents: Documents<D>,
	content: ListContent<D>,
	plan: (document: D, operation: Operation) => Change<D> | null | Rejection,
): LibraryType<D> {
	return {
		...documents,
		type,
		operations,
		invoke(document, operation) {
			const change = plan(document, operation);
			if (change !== null && typeof change !== "function") return change;
			return { update: documents.change(document, change ?? nothing) };
		},
		view: (document) => content.value(document),
	};
}

function changeOf<D>(
	content: ListContent<D>,
	document: D,
	operation: Operation,
): Change<D> | null | Rejection {
	const { index, value, count } = membersOf(operation.value);
	const length = content.length(document);
	if (operation.f === "insert") {
		if (!isCount(index) || !isValue(value))
			return badValue(operation, `{ index: integer ≥ 0, value: ${A_VALUE} }`);
		return (changing) => content.insert(changing, Math.min(index, length), value);
	}
	if (!isCount(index) || !isCount(count)) {
		return badValue(operation, "{ index: integer ≥ 0, count: integer ≥ 0 }");
	}
	const removed = Math.min(count, length - index);
	return removed <= 0 ? null : (changing) => content.remove(changing, index, removed);
}

function movableChangeOf<D>(
	content: MovableListContent<D>,
	document: D,
	operation: Operation,
): Change<D> | null | Rejection {
	const { index, value, from, to } = membersOf(operation.value);
	const length = content.length(document);
	if (operation.f === "set") {
		if (!isCount(index) || !isValue(value))
			return badValue(operation, `{ index: integer ≥ 0, value: ${A_VALUE} }`);
		return index >= length ? null : (changing) => content.set(changing, index, value);
	}
	if (operation.f !== "move") return changeOf(content, document, operation);
	if (!isCount(from) || !isCount(to)) return badValue(operation, "{ from: integer ≥ 0, to: integer ≥ 0 }");
	return from >= length ? null : (changing) => content.move(changing, from, Math.min(to, length - 1));
}

function nothing(): void {}
