/**
 * Histories in which nobody says what had been delivered: programs that don't report it, Jepsen's histories. Then only
 * values tell: final states, and what plain reads showed.
 */
import type { Operation, Run } from "./run.ts";

/** There is something to see, and nothing of it says what had been delivered. */
export function isBlackBox(run: Run): boolean {
	if (run.observations.some(({ delivered }) => delivered !== null)) return false;
	if (run.observations.length > 0) return true;
	const told = run.operations.some(({ completion }) => completion?.delivered !== undefined);
	return !told && plainReads(run).length > 0;
}

/** Reads of the whole view that say nothing of what had been delivered. */
export function plainReads(run: Run): Operation[] {
	return run.operations.filter(
		({ f, value, completion }) =>
			f === "read" && value === null && completion?.kind === "ok" && completion.delivered === undefined,
	);
}
