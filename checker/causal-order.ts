/**
 * What is known of causality between updates: each acknowledged one with its number and with what its origin had delivered
 * (its reply says so). One order in which every update comes after all that it had seen, or the cycle where there is none.
 *
 * Numbers that were given twice are left out: whom they mean nobody knows, and `durability` judges them.
 */
import { type DeliveredSet, splitUpdateId } from "./delivered.ts";
import { isUpdate, type Operation, type Run } from "./run.ts";

export interface KnownUpdate {
	operation: Operation;
	replica: string;
	number: number;
	/** What had been delivered where it was executed, itself included. */
	seen: DeliveredSet;
}

/** Cost: the operations. For `once`. */
export function knownUpdates(run: Run): KnownUpdate[] {
	const twice = new Set(run.reused.map(({ id }) => id));
	const known: KnownUpdate[] = [];
	for (const operation of run.operations) {
		const { completion } = operation;
		if (completion?.kind !== "ok" || !isUpdate(operation)) continue;
		const { update, delivered: seen } = completion;
		if (update === undefined || seen === undefined || twice.has(update)) continue;
		const { replica, number } = splitUpdateId(update);
		known.push({ operation, replica, number, seen });
	}
	return known;
}

/** Updates by replica and number, to be found by ranges of numbers. */
export class UpdateIndex<U extends { replica: string; number: number }> {
	readonly #byReplica = new Map<string, { numbers: number[]; updates: U[]; next: number[] }>();

	/** Cost: sorting them. */
	constructor(updates: readonly U[]) {
		const sorted = [...updates].sort((left, right) => left.number - right.number);
		for (const update of sorted) {
			let of = this.#byReplica.get(update.replica);
			if (of === undefined) {
				of = { numbers: [], updates: [], next: [] };
				this.#byReplica.set(update.replica, of);
			}
			of.next.push(of.numbers.length);
			of.numbers.push(update.number);
			of.updates.push(update);
		}
	}

	/** All of one replica, by their numbers. */
	of(replica: string): { numbers: readonly number[]; updates: readonly U[] } {
		return this.#byReplica.get(replica) ?? { numbers: [], updates: [] };
	}

	/** Cost: what is found, and a logarithm for each run of the set. */
	*within(set: DeliveredSet): Generator<U, void, void> {
		for (const [replica, runs] of set) {
			const of = this.#byReplica.get(replica);
			if (of === undefined) continue;
			for (let at = 0; at < runs.length; at += 2) {
				const last = runs[at + 1] as number;
				for (let next = lowerBound(of.numbers, runs[at] as number); next < of.numbers.length; next++) {
					if ((of.numbers[next] as number) > last) break;
					yield of.updates[next] as U;
				}
			}
		}
	}

	/** The first within the set, but for one, that was not taken out yet. Cost: about a logarithm for each run. */
	firstLeft(set: DeliveredSet, butFor: U): U | null {
		for (const [replica, runs] of set) {
			const of = this.#byReplica.get(replica);
			if (of === undefined) continue;
			for (let at = 0; at < runs.length; at += 2) {
				let found = this.#left(of.next, lowerBound(of.numbers, runs[at] as number));
				if (of.updates[found] === butFor) found = this.#left(of.next, found + 1);
				if (found < of.numbers.length && (of.numbers[found] as number) <= (runs[at + 1] as number)) {
					return of.updates[found] as U;
				}
			}
		}
		return null;
	}

	takeOut(update: U): void {
		const of = this.#byReplica.get(update.replica);
		if (of === undefined) return;
		const at = lowerBound(of.numbers, update.number);
		of.next[at] = at + 1;
	}

	/** The first place from `at` on that was not taken out; shortens the way for the next who asks. */
	#left(next: number[], at: number): number {
		let end = at;
		while (end < next.length && next[end] !== end) end = next[end] as number;
		for (let place = at; place < end; ) {
			const following = next[place] as number;
			next[place] = end;
			place = following;
		}
		return end;
	}
}

export interface CausalOrder {
	/** Each after all that it had seen, as far as there is such an order. */
	order: KnownUpdate[];
	/** Each had seen the next, and the last the first; null: there is none. */
	cycle: KnownUpdate[] | null;
}

/** Cost: O(n · replicas) but for logarithms, where updates come nearly in their order. */
export function causalOrder(updates: readonly KnownUpdate[]): CausalOrder {
	const index = new UpdateIndex(updates);
	const order: KnownUpdate[] = [];
	const waiting = new Map<KnownUpdate, KnownUpdate[]>();
	const waitsFor = new Map<KnownUpdate, KnownUpdate>();
	const next = [...updates].reverse();
	for (let update = next.pop(); update !== undefined; update = next.pop()) {
		const lacks = index.firstLeft(update.seen, update);
		if (lacks !== null) {
			waitsFor.set(update, lacks);
			const others = waiting.get(lacks);
			if (others === undefined) waiting.set(lacks, [update]);
			else others.push(update);
			continue;
		}
		waitsFor.delete(update);
		index.takeOut(update);
		order.push(update);
		next.push(...(waiting.get(update) ?? []));
		waiting.delete(update);
	}
	return { order, cycle: cycleIn(waitsFor) };
}

function cycleIn(waitsFor: ReadonlyMap<KnownUpdate, KnownUpdate>): KnownUpdate[] | null {
	const [start] = waitsFor.keys();
	if (start === undefined) return null;
	const trail: KnownUpdate[] = [];
	const seen = new Map<KnownUpdate, number>();
	for (let at: KnownUpdate | undefined = start; at !== undefined; at = waitsFor.get(at)) {
		const before = seen.get(at);
		if (before !== undefined) return trail.slice(before);
		seen.set(at, trail.length);
		trail.push(at);
	}
	return null;
}

function lowerBound(numbers: readonly number[], number: number): number {
	let low = 0;
	let high = numbers.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((numbers[middle] as number) < number) low = middle + 1;
		else high = middle;
	}
	return low;
}
