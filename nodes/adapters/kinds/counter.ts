/** Counters that go up and down: `add` integer, the view is the sum. Their type is `pn-counter`. */
import type { LibraryType } from "../../sdk/library.ts";
import type { OperationSpec } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import type { Documents } from "../documents.ts";

export interface CounterContent<D> {
	add(document: D, amount: number): void;
	value(document: D): number;
}

const OPERATIONS: Record<string, OperationSpec> = {
	add: { kind: "update", weight: 4, generate: (draw) => draw.integer(-9, 9) },
};

export function counterOf<D>(documents: Documents<D>, content: CounterContent<D>): LibraryType<D> {
	return {
		...documents,
		type: "pn-counter",
		operations: OPERATIONS,
		invoke(document, operation) {
			if (!Number.isSafeInteger(operation.value)) return badValue(operation, "an integer");
			const amount = operation.value as number;
			const update = documents.change(document, (changing) => {
				if (amount !== 0) content.add(changing, amount);
			});
			return { update };
		},
		// A library may say -0 for nothing.
		view: (document) => content.value(document) + 0,
	};
}
