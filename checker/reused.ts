/** Update numbers that a replica gave to two acknowledged updates: it had forgotten the first. */
import { splitUpdateId } from "./delivered.ts";
import { type Operation, type Run } from "./run.ts";

export interface Reused {
	id: string;
	replica: string;
	number: number;
	earlier: Operation;
	later: Operation;
}

/** In the order in which the second one completed. */
export function reusedNumbers(run: Run): Reused[] {
	const given = new Map<string, Operation>();
	const reused: Reused[] = [];
	const done = run.operations.filter((operation) => operation.completion?.update !== undefined);
	const completed = (operation: Operation) => operation.completion?.index ?? 0;
	for (const later of done.sort((left, right) => completed(left) - completed(right))) {
		const id = later.completion?.update as string;
		const earlier = given.get(id);
		if (earlier !== undefined) reused.push({ id, ...splitUpdateId(id), earlier, later });
		given.set(id, later);
	}
	return reused;
}
