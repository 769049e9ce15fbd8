/** Cheap hashes of 32 bits: of keys, of plain values, and of what comes one after the other. */
import type { Json } from "../scenarios/scenario.ts";

export function hashOf(key: number | string): number {
	if (typeof key === "number") return mixed(key | 0, (key / TWO_TO_32) | 0);
	let hash = 0;
	for (let i = 0; i < key.length; i++) hash = mixed(hash, key.charCodeAt(i));
	return hash;
}

/** Of values that are written alike, as those of one schedule are. */
export function hashOfJson(value: Json): number {
	if (typeof value === "string" || typeof value === "number") return hashOf(value);
	if (typeof value !== "object" || value === null) return value === null ? 1 : value ? 2 : 3;
	let hash = 4;
	if (Array.isArray(value)) {
		for (const element of value) hash = mixed(hash, hashOfJson(element));
		return hash;
	}
	for (const key in value) hash = mixed(mixed(hash, hashOf(key)), hashOfJson(value[key] as Json));
	return hash;
}

const TWO_TO_32 = 2 ** 32;

/** One round of MurmurHash3 (Appleby, public domain). */
export function mixed(hash: number, value: number): number {
	let word = Math.imul(value, 0xcc9e2d51);
	word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
	const sum = hash ^ word;
	return (Math.imul((sum << 13) | (sum >>> 19), 5) + 0xe6546b64) | 0;
}
