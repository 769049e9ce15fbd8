/**
 * Virtual time: what is going to happen, ordered by time, then by rank, then by when it was planned. Whole
 * microseconds. Nothing happens but by `step`; time stands still in between.
 */

/** At the same moment faults come first, then operations, then the network and the disk, then ticks. */
export const RANK = { fault: 0, operation: 1, message: 2, tick: 3 } as const;
export type Rank = (typeof RANK)[keyof typeof RANK];

interface Planned {
	readonly timeUs: number;
	readonly rank: Rank;
	readonly order: number;
	readonly run: () => void;
}

export interface Agenda {
	nowUs(): number;
	/** Times that are past happen now. */
	at(timeUs: number, rank: Rank, run: () => void): void;
	/** Does what is next. @returns false when nothing is planned any more */
	step(): boolean;
}

/** Cost: logarithmic in what is planned, per `at` and per `step`. */
export function createAgenda(): Agenda {
	const heap: Planned[] = [];
	let nowUs = 0;
	let planned = 0;

	function isBefore(a: Planned, b: Planned): boolean {
		if (a.timeUs !== b.timeUs) return a.timeUs < b.timeUs;
		return a.rank !== b.rank ? a.rank < b.rank : a.order < b.order;
	}

	function rise(entry: Planned): void {
		let hole = heap.length;
		heap.push(entry);
		while (hole > 0) {
			const parent = (hole - 1) >> 1;
			if (!isBefore(entry, heap[parent] as Planned)) break;
			heap[hole] = heap[parent] as Planned;
			hole = parent;
		}
		heap[hole] = entry;
	}

	/** Puts `entry` in the place of the root. */
	function sink(entry: Planned): void {
		let hole = 0;
		for (;;) {
			let child = 2 * hole + 1;
			if (child >= heap.length) break;
			if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child++;
			if (!isBefore(heap[child] as Planned, entry)) break;
			heap[hole] = heap[child] as Planned;
			hole = child;
		}
		heap[hole] = entry;
	}

	return {
		nowUs: () => nowUs,
		at(timeUs, rank, run) {
			rise({ timeUs: Math.max(nowUs, timeUs), rank, order: planned++, run });
		},
		step() {
			const [next] = heap;
			if (next === undefined) return false;
			const last = heap.pop() as Planned;
			if (heap.length > 0) sink(last);
			nowUs = next.timeUs;
			next.run();
			return true;
		},
	};
}

/** Milliseconds of a scenario, to virtual time. */
export function toUs(ms: number): number {
	return Math.round(ms * 1_000);
}
