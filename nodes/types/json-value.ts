/**
 * Values that clients hand to the types: any JSON. Two values are the same element if their canonical keys are equal:
 * JSON text with the keys of objects in code-point order. Text that keeps no identity on its way through JSON and
 * UTF-8 (half a surrogate pair, -0, NaN) is refused at the door, or replicas would differ by where it came in.
 */
import type { Json } from "../sdk/replica.ts";

const MAXIMUM_DEPTH_LEVELS = 64;
/** In a pattern with the `u` flag only half of a pair is a surrogate. */
const HALF_A_PAIR = /\p{Surrogate}/u;

/** Whether a value can be an element, a key or a register's content. */
export function isValue(value: unknown): value is Json {
	return isValueAt(value, 0);
}

/** What `isValue` demands, in words for replies. */
export const A_VALUE = "a JSON value (well-formed text, finite numbers, no -0)";

/** Equal for equal values, different for different ones; starts with `"` for text, so it is never `__proto__`. */
export function canonicalKey(value: Json): string {
	if (typeof value !== "object" || value === null) return JSON.stringify(value);
	if (Array.isArray(value)) return `[${value.map(canonicalKey).join(",")}]`;
	const members = Object.keys(value)
		.sort(byCodePoint)
		.map((key) => `${JSON.stringify(key)}:${canonicalKey(value[key] as Json)}`);
	return `{${members.join(",")}}`;
}

/**
 * A cheaper identity for keys of a Map: text, numbers, booleans and null are their own, arrays and objects their
 * canonical key behind a character that marks it.
 */
export function mapKey(value: Json): string | number | boolean | null {
	if (typeof value === "string") return value.charCodeAt(0) === 0 ? `\u0000${value}` : value;
	if (typeof value !== "object" || value === null) return value;
	return `\u0000${canonicalKey(value)}`;
}

/** Order of UTF-8 bytes: the same on every machine, in every locale. */
export function byCodePoint(a: string, b: string): number {
	const length = Math.min(a.length, b.length);
	for (let i = 0; i < length; i++) {
		const left = a.charCodeAt(i);
		const right = b.charCodeAt(i);
		if (left !== right) return rank(left) - rank(right);
	}
	return a.length - b.length;
}

/** Surrogates (of code points beyond U+FFFF) sort after the rest of the code units. */
function rank(codeUnit: number): number {
	if (codeUnit < 0xd800) return codeUnit;
	return codeUnit < 0xe000 ? codeUnit + 0x2000 : codeUnit - 0x800;
}

function isValueAt(value: unknown, depth: number): boolean {
	switch (typeof value) {
		case "string":
			return !HALF_A_PAIR.test(value);
		case "number":
			return Number.isFinite(value) && !Object.is(value, -0);
		case "boolean":
			return true;
		case "object":
			return value === null || (depth < MAXIMUM_DEPTH_LEVELS && isContainer(value, depth + 1));
		default:
			return false;
	}
}

function isContainer(value: object, depth: number): boolean {
	if (Array.isArray(value)) return value.every((item) => isValueAt(item, depth));
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype !== null && prototype !== Object.prototype) return false;
	return Object.entries(value).every(([key, item]) => !HALF_A_PAIR.test(key) && isValueAt(item, depth));
}
