/** The same scenario over sooner: nothing of it is done for its times, only for their order and some room between them. */
import type { Fault, Scenario } from "../scenarios/scenario.ts";

/** Room enough for real processes. */
const GAP_MS = 100;

/** @returns scenarios to try, the shortest first; none when there is nothing to gain */
export function shorterTimes(scenario: Scenario): Scenario[] {
	const moments = momentsOf(scenario);
	const shortened = new Map<number, number>();
	let before = 0;
	let after = 0;
	for (const moment of moments) {
		after += Math.min(moment - before, GAP_MS);
		before = moment;
		shortened.set(moment, after);
	}
	if (before === after) return [];
	return [retimed(scenario, (moment) => shortened.get(moment) ?? moment)];
}

/** When anything happens, ascending; faults that end are long for a reason, so their ends stay as far off as they are. */
function momentsOf({ workload, faults, messages }: Scenario): number[] {
	const moments = [
		...(workload.script ?? []).map(({ atMs }) => atMs),
		...faults.flatMap((fault) => ("atMs" in fault ? [fault.atMs] : [])),
		...faults.flatMap((fault) => (isPartition(fault) ? [fault.atMs + fault.forMs] : [])),
		...messages.flatMap(({ atMs }) => (atMs === null ? [] : [atMs])),
	];
	return [...new Set(moments)].sort((a, b) => a - b);
}

function isPartition(fault: Fault): fault is Fault & { atMs: number; forMs: number } {
	return "atMs" in fault && fault.forMs !== null && fault.action.kind === "partition";
}

function retimed(scenario: Scenario, time: (moment: number) => number): Scenario {
	return {
		...scenario,
		workload: {
			...scenario.workload,
			script: scenario.workload.script?.map((entry) => ({ ...entry, atMs: time(entry.atMs) })) ?? null,
		},
		faults: scenario.faults.map((fault) => {
			if (!("atMs" in fault)) return fault;
			const atMs = time(fault.atMs);
			return isPartition(fault)
				? { ...fault, atMs, forMs: time(fault.atMs + fault.forMs) - atMs }
				: { ...fault, atMs };
		}),
		messages: scenario.messages.map((fate) => ({
			...fate,
			atMs: fate.atMs === null ? null : time(fate.atMs),
		})),
	};
}
