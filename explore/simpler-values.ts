/**
 * Simpler JSON values, for shrinking: what is worth trying in place of one, the simplest first. Every value's way
 * down ends: each that is proposed is smaller than the one that it is proposed for (`sizeOf`).
 */
import type { Json } from "../scenarios/scenario.ts";

/** Of what a value holds, so many elements or keys are tried to be left out one by one. */
const MOST_PARTS = 16;

/** @returns values smaller than this one, at most a few dozen */
export function simplerValues(value: Json): Json[] {
	const candidates = propose(value);
	const size = sizeOf(value);
	return candidates.filter((candidate) => sizeOf(candidate) < size);
}

function propose(value: Json): Json[] {
	if (typeof value === "string") return simplerTexts(value);
	if (typeof value === "number") return simplerNumbers(value);
	if (typeof value === "boolean") return [false];
	if (value === null) return [];
	if (Array.isArray(value)) {
		const shorter = value.slice(0, MOST_PARTS).map((_, index) => value.toSpliced(index, 1));
		const inner = value.flatMap((item, index) =>
			simplerValues(item).map((simpler) => value.with(index, simpler)),
		);
		return [...shorter, ...inner];
	}
	const keys = Object.keys(value);
	const fewer = keys
		.slice(0, MOST_PARTS)
		.map((left) => fromEntries(Object.entries(value).filter(([key]) => key !== left)));
	const inner = keys.flatMap((changed) =>
		simplerValues(value[changed] as Json).map((simpler) =>
			fromEntries(Object.entries(value).map(([key, item]) => [key, key === changed ? simpler : item])),
		),
	);
	return [...fewer, ...inner];
}

/** The letter `a`, which most people find plainer than any other, and parts; what reads as a name stays one. */
function simplerTexts(text: string): string[] {
	if (isName(text)) return [];
	const characters = Array.from(text);
	const half = Math.ceil(characters.length / 2);
	return [
		"a",
		characters.slice(0, 1).join(""),
		characters.slice(0, half).join(""),
		characters.slice(half).join(""),
		characters.slice(0, -1).join(""),
	];
}

function simplerNumbers(value: number): number[] {
	return [0, 1, -value, Math.trunc(value / 2), value - Math.sign(value), Math.trunc(value)];
}

/** Simplicity as a number: names before other texts, these by length, numbers by their distance from 0. */
export function sizeOf(value: Json): number {
	if (value === null) return 0;
	if (typeof value === "boolean") return value ? 2 : 1;
	if (typeof value === "string") return isName(value) ? 1 : 2 + value.length;
	if (typeof value === "number") {
		return 1 + Math.abs(value) + (value < 0 ? 0.5 : 0) + (Number.isInteger(value) ? 0 : 0.25);
	}
	if (Array.isArray(value)) return 2 + value.reduce<number>((sum, item) => sum + 1 + sizeOf(item), 0);
	return 2 + Object.entries(value).reduce((sum, [key, item]) => sum + 1 + key.length + sizeOf(item), 0);
}

/** `a`, `k0`, `v12`: as short as it needs to be. */
function isName(text: string): boolean {
	return /^[a-z]\d{0,2}$/.test(text);
}

/** Own properties whatever their names are, `__proto__` among them. */
function fromEntries(entries: [string, Json][]): Json {
	return Object.fromEntries(entries);
}

/** Every text in a value, in order of appearance. */
export function textsIn(value: Json): string[] {
	if (typeof value === "string") return [value];
	if (typeof value !== "object" || value === null) return [];
	return Object.values(value).flatMap(textsIn);
}

/** The value with other texts in place of some, wherever they stand by themselves; keys of maps stay. */
export function replaceTexts(value: Json, by: ReadonlyMap<string, string>): Json {
	if (typeof value === "string") return by.get(value) ?? value;
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map((item) => replaceTexts(item, by));
	return fromEntries(Object.entries(value).map(([key, item]) => [key, replaceTexts(item, by)]));
}

/**
 * Short names for the texts of a schedule, counted in the order in which they appear: `k3` and `k5` become `k0` and
 * `k1`, `v9` becomes `v0`, anything else `k2`.
 * @returns only those that change
 */
export function shortNames(texts: readonly string[]): Map<string, string> {
	const names = new Map<string, string>();
	const used = new Map<string, number>();
	for (const text of new Set(texts)) {
		const letter = /^[a-z]\d+$/.test(text) ? text.charAt(0) : "k";
		const number = used.get(letter) ?? 0;
		used.set(letter, number + 1);
		names.set(text, `${letter}${number}`);
	}
	for (const [text, name] of names) if (text === name) names.delete(text);
	return names;
}
