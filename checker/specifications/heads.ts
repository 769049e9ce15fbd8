/**
 * Of some updates (the adds of an element, the writes of a key) those that no other visible update has seen: its
 * maximal elements by visibility. Two answers, since of some updates it isn't known what they had seen, or whether they
 * happened: `possible` are not surely covered, `sure` certainly happened and can't be covered.
 *
 * Covers are merged into one delivered set, so that an update costs the replicas' number and not the updates'.
 */
import { type DeliveredSet, hasDelivered, type Runs, subtractRuns, unite } from "../delivered.ts";
import { mayHaveSeen, mustHaveSeen, type Update } from "./update.ts";

export class Heads {
	#possible: Update[] = [];
	/** What the certain covering updates had seen, themselves left out. Changed in place: this is where the time goes. */
	readonly #covered = new Map<string, Runs>();
	/** Covering updates that may not have happened, or of which nobody knows what they had seen. */
	#vague: Update[] = [];

	add(update: Update): void {
		const { replica, number, reused } = update;
		if (number > 0 && !reused && hasDelivered(this.#covered, replica, number)) return;
		if (this.#vague.some((cover) => cover.certain && mustHaveSeen(cover, update))) return;
		this.#possible.push(update);
	}

	/** An update that undoes or overwrites what it has seen. */
	cover(update: Update): void {
		const { certain, seen, replica, number } = update;
		if (certain && seen !== null) {
			addTo(this.#covered, seen, replica, number);
			if (this.#possible.length === 0) return;
			this.#possible = this.#possible.filter(
				(head) => head.reused || !hasDelivered(this.#covered, head.replica, head.number),
			);
			return;
		}
		this.#vague.push(update);
		if (certain) this.#possible = this.#possible.filter((head) => !mustHaveSeen(update, head));
	}

	get possible(): readonly Update[] {
		return this.#possible;
	}

	get sure(): Update[] {
		return this.#possible.filter((head) => this.#isSure(head));
	}

	/** The first of the sure ones, for who needs no more: of an element that is only ever added all adds are heads. */
	firstSure(limit: number): Update[] {
		const found: Update[] = [];
		for (const head of this.#possible) {
			if (found.length === limit) break;
			if (this.#isSure(head)) found.push(head);
		}
		return found;
	}

	#isSure(head: Update): boolean {
		return head.certain && !this.#vague.some((cover) => mayHaveSeen(cover, head));
	}
}

/** All of the set but the one update. */
function addTo(covered: Map<string, Runs>, set: DeliveredSet, replica: string, number: number): void {
	for (const [owner, runs] of set) {
		const before = covered.get(owner);
		if (before === runs) continue;
		const more = owner === replica ? subtractRuns(runs, [number, number]) : runs;
		if (more.length === 0) continue;
		covered.set(owner, before === undefined ? more : unite(before, more));
	}
}
