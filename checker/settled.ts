/** Whether final states may be judged, and why not; shared by the properties that compare them. */
import { isUpdate, type Observation, type Run } from "./run.ts";

export type Finals = { ok: true; finals: Observation[] } | { ok: false; reason: string };

/** The final states of all replicas of a run that came to rest. */
export function finalStates(run: Run): Finals {
	const notAtRest = whyNotAtRest(run);
	if (notAtRest !== null) return { ok: false, reason: notAtRest };
	const missing = run.header.replicas.filter((replica) => !run.finals.has(replica));
	if (missing.length > 0)
		return { ok: false, reason: `the history has no final state of ${missing.join(", ")}` };
	return { ok: true, finals: run.header.replicas.map((replica) => run.finals.get(replica) as Observation) };
}

/** @returns null when nothing more would have come */
function whyNotAtRest(run: Run): string | null {
	if (run.end === null) return "the history has no end: the run was cut off before its verdict";
	const detail = run.end.detail === undefined ? "" : ` (${run.end.detail})`;
	switch (run.end.reason) {
		case "settled":
		case "stalled":
			return null;
		case "still-moving":
			return `replicas were still moving when the time to settle was over${detail}; a longer settle would decide`;
		case "unreadable":
			return `a replica could not be read at the end${detail}`;
		case "interrupted":
			return `the run was interrupted${detail}`;
		case "harness-error":
			return `the harness itself failed${detail}`;
	}
}

/** Without one no property passes: a run that changed nothing shows nothing. */
export function nothingAcknowledged(run: Run): boolean {
	return !run.operations.some((operation) => operation.completion?.kind === "ok" && isUpdate(operation));
}

export const NO_UPDATE = "no update was acknowledged in this run, so there is nothing to judge";
