/**
 * The lives of replicas: what a replica shows may shrink where it crashed, since only what it acknowledged has to survive,
 * and where it lost its disk or doesn't claim to be durable not even that.
 */
import type { Run } from "./run.ts";

export interface Lives {
	/** Another number after each crash began, and after it ended: a reply may be recorded while its replica is being killed. */
	lifeOf(replica: string, index: number): number;
	/** Another number after each crash by which the replica may rightly forget what it had acknowledged. */
	memoryOf(replica: string, index: number): number;
}

export function livesOf(run: Run): Lives {
	const life = new Map<string, number[]>();
	const memory = new Map<string, number[]>();
	for (const { replica, diskLost, startIndex, endIndex } of run.crashes) {
		const bounds = [startIndex, endIndex];
		life.set(replica, [...(life.get(replica) ?? []), ...bounds]);
		if (diskLost || run.header.delivers?.durable === false) {
			memory.set(replica, [...(memory.get(replica) ?? []), ...bounds]);
		}
	}
	return {
		lifeOf: (replica, index) => countUpTo(life.get(replica), index),
		memoryOf: (replica, index) => countUpTo(memory.get(replica), index),
	};
}

/** @param bounds ascending */
function countUpTo(bounds: readonly number[] | undefined, index: number): number {
	if (bounds === undefined) return 0;
	let low = 0;
	let high = bounds.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((bounds[middle] as number) <= index) low = middle + 1;
		else high = middle;
	}
	return low;
}
