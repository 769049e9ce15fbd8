/**
 * Of some updates (the adds of an element, the writes of a key) those that no other visible update has seen: its
 * maximal elements by visibility. Two answers, since of some updates it isn't known what they had seen, or whether they
 * happened: `possible` are not surely covered, `sure` certainly happened and can't be covered.
 *
 * Covers are merged into one delivered set, so that an update costs the replicas' number and not the updates'.
 */
import { type DeliveredSet, hasDelivered, NOTHING_DELIVERED, subtract, union } from "../delivered.ts";
import { mayHaveSeen, mustHaveSeen, type Update } from "./update.ts";

export class Heads {
	#possible: Update[] = [];
	/** What the certain covering updates had seen, themselves left out. */
	#covered: DeliveredSet = NOTHING_DELIVERED;
	/** Covering updates that may not have happened, or of which nobody knows what they had seen. */
	#vague: Update[] = [];

	add(update: Update): void {
		const { replica, number } = update;
		if (number > 0 && hasDelivered(this.#covered, replica, number)) return;
		if (this.#vague.some((cover) => cover.certain && mustHaveSeen(cover, update))) return;
		this.#possible.push(update);
	}

	/** An update that undoes or overwrites what it has seen. */
	cover(update: Update): void {
		const { certain, seen, replica, number } = update;
		if (certain && seen !== null) {
			this.#covered = union(this.#covered, subtract(seen, new Map([[replica, [number, number]]])));
			this.#possible = this.#possible.filter(
				(head) => !hasDelivered(this.#covered, head.replica, head.number),
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
		return this.#possible.filter(
			(head) => head.certain && !this.#vague.some((cover) => mayHaveSeen(cover, head)),
		);
	}
}
