/**
 * The run's randomness, cut into independent streams: each use has a stream of its own, named by a label, so that a
 * change in one (a fault more) leaves the draws of the others (the operations) as they were.
 */
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Random {
	/** Uniform in [0, 1). */
	float: () => number;
	/** Uniform integer, both ends included. */
	integer: (min: number, max: number) => number;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A 32-bit seed that depends on the run's seed and the label only. */
export function subSeed(seed: number, label: string): number {
	let hash = FNV_OFFSET;
	for (const character of `${seed}/${label}`) {
		hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), FNV_PRIME);
	}
	return hash >>> 0;
}

/** The stream of draws with this label. */
export function randomStream(seed: number, label: string): Random {
	const generator = xoroshiro128plus(subSeed(seed, label));
	return {
		float: () => uniformFloat64(generator),
		integer: (min, max) => uniformInt(generator, min, max),
	};
}

/** @throws on an empty list: there is nothing to choose from. */
export function pick<T>(random: Random, from: readonly T[]): T {
	const chosen = from[random.integer(0, from.length - 1)];
	if (from.length === 0 || chosen === undefined) throw new Error("nothing to pick from: the list is empty");
	return chosen;
}

/** A shuffled copy (Fisher and Yates). */
export function shuffle<T>(random: Random, list: readonly T[]): T[] {
	const shuffled = [...list];
	for (let last = shuffled.length - 1; last > 0; last--) {
		const other = random.integer(0, last);
		[shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
	}
	return shuffled;
}

/** An index drawn by weight. Weights of 0 are never drawn; at least one must be positive. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	let left = random.float() * total;
	for (const [index, weight] of weights.entries()) {
		left -= weight;
		if (left < 0) return index;
	}
	return weights.findLastIndex((weight) => weight > 0);
}
