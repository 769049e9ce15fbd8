/**
 * Delivered sets as version vectors: where of each replica all updates up to a number were delivered, which is nearly always,
 * the set is a list of numbers, and two are compared without any look-up. A set with holes has no vector; those who ask
 * compare it as it is. Parker et al. 1983, "Detection of mutual inconsistency in distributed systems", section 3.
 */
import type { DeliveredSet } from "./delivered.ts";

/** By place of the replica; 0: nothing of it. */
export type VersionVector = readonly number[];

export class VersionVectors {
	readonly replicas: readonly string[];
	readonly #places: ReadonlyMap<string, number>;
	readonly #known = new Map<DeliveredSet, VersionVector | null>();

	/** @param replicas in the order of their places */
	constructor(replicas: readonly string[]) {
		this.replicas = replicas;
		this.#places = new Map(replicas.map((replica, place) => [replica, place]));
	}

	/** Null: it has holes, or something of a replica that nobody named. Made once for each object. */
	of(set: DeliveredSet): VersionVector | null {
		let vector = this.#known.get(set);
		if (vector === undefined) {
			vector = this.#make(set);
			this.#known.set(set, vector);
		}
		return vector;
	}

	#make(set: DeliveredSet): VersionVector | null {
		const vector: number[] = [];
		while (vector.length < this.#places.size) vector.push(0);
		for (const [replica, runs] of set) {
			const place = this.#places.get(replica);
			if (place === undefined || runs.length !== 2 || runs[0] !== 1) return null;
			vector[place] = runs[1] as number;
		}
		return vector;
	}
}

/** Everything in `part` is in `whole`. */
export function coversVector(whole: VersionVector, part: VersionVector): boolean {
	for (let place = 0; place < part.length; place++) {
		if ((whole[place] as number) < (part[place] as number)) return false;
	}
	return true;
}
