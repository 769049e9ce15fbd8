/**
 * The causal past and future of a moment at a replica, as one horizon a lane: everything at or before `past` may
 * have influenced it, everything at or after `future` may be influenced by it, what lies between is concurrent.
 * Known from deliveries: an update that takes effect carries its origin's past with it. An update is delivered after
 * it was made, so one pass back in time finds the past, and one forward the future.
 */
import type { RunIndex } from "./run-index.ts";

export interface Horizons {
	/** By replica; -Infinity: nothing of it. */
	past: number[];
	/** By replica; Infinity: nothing of it. */
	future: number[];
}

export function horizons(run: RunIndex, replica: number, time: number): Horizons {
	const { deliveries, operations } = run.model;
	const replicas = run.model.run.replicas.length;
	const past = Array.from({ length: replicas }, () => Number.NEGATIVE_INFINITY);
	const future = Array.from({ length: replicas }, () => Number.POSITIVE_INFINITY);
	past[replica] = time;
	future[replica] = time;
	const originOf = (number: number): { replica: number; time: number } | null => {
		const operation = run.operationOfUpdate.get(deliveries.update[number] as number);
		const origin = operation === undefined ? -1 : (operations.replica[operation] as number);
		return origin < 0 ? null : { replica: origin, time: operations.effect[operation as number] as number };
	};
	const last = deliveries.time.length - 1;
	for (let number = last; number >= 0; number--) {
		const origin = originOf(number);
		const lane = deliveries.replica[number] as number;
		if (origin === null || (deliveries.time[number] as number) > (past[lane] ?? Number.NEGATIVE_INFINITY))
			continue;
		past[origin.replica] = Math.max(past[origin.replica] as number, origin.time);
	}
	for (let number = 0; number <= last; number++) {
		const origin = originOf(number);
		const lane = deliveries.replica[number] as number;
		if (origin === null || lane < 0 || origin.time < (future[origin.replica] as number)) continue;
		future[lane] = Math.min(future[lane] as number, deliveries.time[number] as number);
	}
	return { past, future };
}
