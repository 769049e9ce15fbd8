/**
 * Replicates a sequence (`sequence.ts`) as `insert` { index, … } and `delete` { index, count }, whatever its elements
 * are; `list.ts` and `text.ts` say that. An insert of several elements is one update. A place that doesn't exist at the
 * replica that is asked is refused (`out-of-range`). A delete names the elements that its origin saw, so that what is
 * inserted among them concurrently stays; it replies with what it removed, since nobody else can know it later.
 */
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Draw, Json, Operation, OperationSpec } from "../sdk/replica.ts";
import { badValue, type Rejection } from "../sdk/replicated-type.ts";
import {
	canonicalSequence,
	copySequence,
	deleteElement,
	type ElementId,
	emptySequence,
	insertRun,
	LONGEST_RUN_ELEMENTS,
	placeAfter,
	type Sequence,
	type SequenceAlgorithm,
} from "./sequence.ts";

export type SequenceEffect<P> = { place: P; content: Json } | { deleted: ElementId[] };

export interface Elements {
	type: "list" | "text";
	/** What an insert carries, and what that has to be. */
	member: string;
	expected: string;
	/** For a generated insert. */
	generate: (draw: Draw) => Json;
	/** The elements that an insert's content stands for; null: it can't be inserted. */
	split(content: Json | undefined): readonly Json[] | null;
	join(values: readonly Json[]): Json;
	/** Whether these two may not be parted. */
	inseparable?: (left: Json, right: Json) => boolean;
}

/** Generated places are the start or near it, so that few are beyond the end of what is still short, and many meet. */
const HIGHEST_GENERATED_INDEX = 12;
const HIGHEST_GENERATED_COUNT = 3;

export function sequenceType<P, I>(
	elements: Elements,
	algorithm: SequenceAlgorithm<P, I>,
): OpBasedType<Sequence<P, I>, SequenceEffect<P>> {
	return {
		type: elements.type,
		operations: operationsOf(elements),
		initial: () => emptySequence(algorithm),
		prepare(sequence, operation) {
			const wanted = operation.f === "insert" ? readInsert(elements, operation) : readDelete(operation);
			if ("reject" in wanted) return wanted;
			const problem = whyNot(elements, sequence, operation, wanted);
			if (problem !== null) return problem;
			const { shown } = sequence;
			if ("content" in wanted) {
				const place = placeAfter(algorithm, sequence, shown[wanted.index - 1]);
				return { effect: { place, content: wanted.content } };
			}
			const removed = shown.slice(wanted.index, wanted.index + wanted.count);
			const result = elements.join(removed.map(({ value }) => value));
			return { effect: { deleted: removed.map(({ id }) => id) }, result };
		},
		apply(sequence, effect, meta) {
			if ("deleted" in effect) for (const id of effect.deleted) deleteElement(sequence, id);
			else insertRun(algorithm, sequence, effect.place, elements.split(effect.content) ?? [], meta);
			return sequence;
		},
		view: ({ shown }) => elements.join(shown.map(({ value }) => value)),
		canonical: canonicalSequence,
		clone: (sequence) => copySequence(algorithm, sequence),
	};
}

function operationsOf({ member, generate }: Elements): Record<string, OperationSpec> {
	return {
		insert: {
			kind: "update",
			weight: 3,
			generate: (draw) => ({ index: generateIndex(draw), [member]: generate(draw) }),
		},
		delete: {
			kind: "update",
			weight: 1,
			generate: (draw) => ({ index: generateIndex(draw), count: draw.integer(1, HIGHEST_GENERATED_COUNT) }),
		},
	};
}

type Wanted = { index: number; content: Json } | { index: number; count: number };

function readInsert(elements: Elements, operation: Operation): Wanted | Rejection {
	const { member, expected } = elements;
	const { index, [member]: content } = membersOf(operation.value);
	const values = elements.split(content);
	if (!isCount(index) || content === undefined || values === null) {
		return badValue(operation, `{ index: integer ≥ 0, ${member}: ${expected} }`);
	}
	if (values.length > LONGEST_RUN_ELEMENTS) {
		return badValue(operation, `at most ${LONGEST_RUN_ELEMENTS} elements in one insert`);
	}
	return { index, content };
}

function readDelete(operation: Operation): Wanted | Rejection {
	const { index, count } = membersOf(operation.value);
	if (isCount(index) && isCount(count)) return { index, count };
	return badValue(operation, "{ index: integer ≥ 0, count: integer ≥ 0 }");
}

function whyNot(
	{ type, inseparable }: Elements,
	{ shown }: Sequence<unknown, unknown>,
	{ f }: Operation,
	wanted: Wanted,
): Rejection | null {
	const { index } = wanted;
	const end = "count" in wanted ? index + wanted.count : index;
	if (end > shown.length) {
		const asked = "count" in wanted ? `${wanted.count} from ${index} on` : `${index}`;
		const message = `${f}: expected a place within the ${type}, which has the indexes 0 to ${shown.length} here, found ${asked}`;
		return { reject: { code: "out-of-range", message } };
	}
	for (const cut of [index, end]) {
		const [left, right] = [shown[cut - 1], shown[cut]];
		if (left === undefined || right === undefined || inseparable?.(left.value, right.value) !== true)
			continue;
		const message = `${f}: index ${cut} is within a surrogate pair; indexes count UTF-16 code units`;
		return { reject: { code: "out-of-range", message } };
	}
	return null;
}

export function generateIndex(draw: Draw): number {
	return draw.integer(0, 1) === 0 ? 0 : draw.integer(0, draw.integer(0, HIGHEST_GENERATED_INDEX));
}

export function membersOf(value: Json): Record<string, Json | undefined> {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** An index or a number of elements. */
export function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
