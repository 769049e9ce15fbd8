/**
 * Updates that came before something they depend on. Each is filed under one update that it lacks, so that a
 * delivery costs no search: it releases what waits for it, which is delivered or filed under the next lack.
 */
import { type DeliveredSet, firstMissing } from "./delivered.ts";
import type { Update } from "./op-based-type.ts";
import type { ReplicaId } from "./replica.ts";

export interface CausalBuffer {
	/** By origin and number of an update that they lack. */
	readonly waiting: Map<ReplicaId, Map<number, Update<unknown>[]>>;
	size: number;
}

/** So many wait at most; what comes beyond is forgotten, and fetched again by anti-entropy. */
const MAXIMUM_WAITING_UPDATES = 100_000;

export function createCausalBuffer(): CausalBuffer {
	return { waiting: new Map(), size: 0 };
}

export function copyCausalBuffer({ waiting, size }: CausalBuffer): CausalBuffer {
	const copy = createCausalBuffer();
	if (size === 0) return copy;
	copy.size = size;
	for (const [replica, byNumber] of waiting) {
		const copied = new Map<number, Update<unknown>[]>();
		for (const [number, updates] of byNumber) copied.set(number, updates.slice());
		copy.waiting.set(replica, copied);
	}
	return copy;
}

/** All that wait, in an order of their names. */
export function waitingUpdates({ waiting }: CausalBuffer): Update<unknown>[] {
	const updates = [...waiting.values()].flatMap((byNumber) => [...byNumber.values()].flat());
	const nameOf = ({ origin, number }: Update<unknown>) => `${origin}:${number}`;
	return updates.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** @returns whether the update has to wait (again); otherwise it can be delivered */
export function mustWait(buffer: CausalBuffer, update: Update<unknown>, delivered: DeliveredSet): boolean {
	const lack = firstMissing(delivered, update.dependencies);
	if (lack === null) return false;
	let byNumber = buffer.waiting.get(lack.replica);
	if (byNumber === undefined) {
		byNumber = new Map();
		buffer.waiting.set(lack.replica, byNumber);
	}
	let updates = byNumber.get(lack.number);
	if (updates === undefined) {
		updates = [];
		byNumber.set(lack.number, updates);
	}
	if (buffer.size >= MAXIMUM_WAITING_UPDATES) return true;
	if (updates.some((other) => other.origin === update.origin && other.number === update.number)) return true;
	updates.push(update);
	buffer.size++;
	return true;
}

/** Takes out what waited for an update that has just been delivered. */
export function release(buffer: CausalBuffer, replica: ReplicaId, number: number): Update<unknown>[] {
	if (buffer.size === 0) return NONE;
	const byNumber = buffer.waiting.get(replica);
	const updates = byNumber?.get(number);
	if (byNumber === undefined || updates === undefined) return NONE;
	byNumber.delete(number);
	buffer.size -= updates.length;
	return updates;
}

const NONE: Update<unknown>[] = [];
