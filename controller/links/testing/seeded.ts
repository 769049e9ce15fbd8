import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Uniform in [0, 1), the same numbers for the same seed. */
export function seededRandom(seed: number): () => number {
	// The first draws of neighbouring small seeds are almost equal, so the seed is spread over all its bits.
	const generator = xoroshiro128plus(Math.imul(seed + 1, 0x9e3779b1));
	return () => uniformFloat64(generator);
}
