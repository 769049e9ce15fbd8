/** The numbers of a run. Cost: O(events), and for the time to converge O(observations after healing × replicas). */
import type { Observation, Run } from "./run.ts";
import type { Statistics } from "./verdict.ts";

/** Keys of a fault that say how, not what. */
const FAULT_OPTIONS: ReadonlySet<string> = new Set([
	"at",
	"for",
	"mode",
	"disk",
	"links",
	"every",
	"until",
	"restartAfter",
]);
const NANOSECONDS_PER_MILLISECOND = 1e6;

export function statistics(run: Run): Statistics {
	const { operations } = run;
	const completed = (kind: string) =>
		operations.filter((operation) => operation.completion?.kind === kind).length;
	const started = run.faults.filter((fault) => fault.phase === "start");
	const ok = completed("ok");
	const stats: Statistics = {
		replicas: run.header.replicas.length,
		operations: operations.length,
		ok,
		fail: completed("fail"),
		info: completed("info"),
		faults: started.length,
		convergedAfterMs: convergedAfterMs(run),
		availability: operations.length === 0 ? null : ok / operations.length,
		events: run.events,
		observations: run.observations.length,
		deliveries: run.deliveries.length,
		durationMs: run.lastTime / NANOSECONDS_PER_MILLISECOND,
	};
	for (const { fault } of started) {
		const kind = Object.keys(fault).find((key) => !FAULT_OPTIONS.has(key)) ?? "unnamed";
		stats[`faults:${kind}`] = (stats[`faults:${kind}`] ?? 0) + 1;
	}
	return stats;
}

/** From the heal phase to the moment from which the last views of all replicas stayed equal; null: they never did. */
function convergedAfterMs(run: Run): number | null {
	const start =
		run.phases.find(({ phase }) => phase === "heal") ?? run.phases.find(({ phase }) => phase === "settle");
	if (start === undefined || run.end === null) return null;
	const inOrder = [...run.observations].sort(
		(left, right) => left.time - right.time || left.index - right.index,
	);
	const shown = new Map<string, string>();
	let since: Observation | null = null;
	for (const observation of inOrder) {
		shown.set(observation.replica, observation.view.key);
		const equal = shown.size === run.header.replicas.length && new Set(shown.values()).size === 1;
		if (!equal) since = null;
		else since ??= observation;
	}
	return since === null ? null : Math.max(0, since.time - start.time) / NANOSECONDS_PER_MILLISECOND;
}
