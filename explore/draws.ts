/**
 * Draws for one schedule of a campaign, cheap enough to be asked at every step. From the campaign's seed and the schedule's
 * index alone, so that any schedule can be drawn without those before it.
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Draws {
	/** Uniform integer from 0 to `bound` − 1. For bounds far below 2³²: the bias is that small. */
	below(bound: number): number;
	/** Uniform in [0, 1). */
	float(): number;
	chance(probability: number): boolean;
}

const TWO_TO_32 = 2 ** 32;

export function drawsOf(seed: number, index: number): Draws {
	const generator = xoroshiro128plus(mix(mix(seed) ^ index));
	// Its first outputs still resemble the seed.
	generator.next();
	generator.next();
	const float = (): number => (generator.next() >>> 0) / TWO_TO_32;
	return {
		float,
		below: (bound) => Math.floor(float() * bound),
		chance: (probability) => float() < probability,
	};
}

/** Finaliser of MurmurHash3 (Appleby, public domain): every bit of the input changes half of the output's. */
function mix(value: number): number {
	let hash = value | 0;
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) | 0;
}
