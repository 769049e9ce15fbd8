/**
 * How many different configurations a campaign has seen, in memory that doesn't grow: linear counting over hashes (Whang,
 * Vander-Zanden, Taylor 1990, "A linear-time probabilistic counting algorithm for database applications", ACM TODS 15).
 * A configuration is what each replica has delivered, with the operations that these updates were. Shared by all workers.
 */

export interface Coverage {
	/** A bit for each hash; on shared memory, so that workers fill one map. */
	readonly words: Int32Array;
}

/** 4 Mi bits: within 1% up to some ten million configurations. */
const WORDS = 2 ** 17;
const BITS_PER_WORD = 32;

export function createCoverage(): Coverage {
	return { words: new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) };
}

/** @param hash 32 bits */
export function markConfiguration({ words }: Coverage, hash: number): void {
	const at = (hash >>> 5) % WORDS;
	const bit = 1 << (hash & 31);
	if (((words[at] as number) & bit) === 0) Atomics.or(words, at, bit);
}

export function countConfigurations({ words }: Coverage): number {
	let set = 0;
	for (let word of words) for (; word !== 0; word &= word - 1) set++;
	const bits = WORDS * BITS_PER_WORD;
	const clear = Math.max(1, bits - set);
	return Math.round(bits * Math.log(bits / clear));
}
