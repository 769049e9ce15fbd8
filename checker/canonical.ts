/**
 * The canonical form of views: two views are equal exactly when their canonical texts are. Typed (NaN, −0, bigint,
 * bytes, Map, Set, Date, undefined differ from whatever looks alike), keys in one order (that of UTF-16 units, as in RFC 8785), arrays in theirs;
 * the top-level array of a set-like type is a multiset. 1 and 1.0 are the same JSON number. Reads the view encoding of replicas
 * (`{"$number":"NaN"}` …) and leaves objects that only resemble it as they are. No Unicode normalisation: two
 * spellings of one letter are a difference.
 */
import type { Json } from "../history/events.ts";

const SET_LIKE_TYPES: ReadonlySet<string> = new Set([
	"g-set",
	"two-phase-set",
	"or-set",
	"rw-set",
	"mv-register",
]);

/** Whether the top-level array of this type's views is unordered. */
export function isSetLike(type: string | null): boolean {
	return type !== null && SET_LIKE_TYPES.has(type);
}

/** Cost: the view's size, times a logarithm where keys or sets are sorted. */
export function canonical(view: Json, setLike = false): string {
	if (setLike && Array.isArray(view))
		return `{${view
			.map((element) => write(element))
			.sort()
			.join()}}`;
	return write(view);
}

/** A value that JSON can't hold, as views encode it: the tag (`$map`, …) and what it wraps. */
export interface Typed {
	tag: string;
	content: Json;
}

/** @returns null for everything that is JSON as it stands */
export function typed(value: Json): Typed | null {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
	for (const tag in value) {
		if (!tag.startsWith("$") || tag.startsWith("$$")) return null;
		const content = value[tag] as Json;
		return Object.keys(value).length === 1 && fits(tag, content) ? { tag, content } : null;
	}
	return null;
}

/** The user's own key: one that begins with `$` was given one more. */
export function userKey(key: string): string {
	return key.startsWith("$$") ? key.slice(1) : key;
}

/** Compares by code point, not by UTF-16 unit: U+FF5E comes before U+1F600. */
export function byCodePoint(left: string, right: string): number {
	const length = Math.min(left.length, right.length);
	for (let index = 0; index < length; index++) {
		const a = left.charCodeAt(index);
		const b = right.charCodeAt(index);
		if (a !== b) return liftSurrogate(a) - liftSurrogate(b);
	}
	return left.length - right.length;
}

function liftSurrogate(unit: number): number {
	return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function write(value: Json): string {
	switch (typeof value) {
		case "string":
			return JSON.stringify(value);
		case "number":
			return number(value);
		case "boolean":
			return value ? "true" : "false";
		default:
			if (value === null) return "null";
			return Array.isArray(value) ? `[${value.map(write).join()}]` : writeObject(value);
	}
}

function writeObject(value: { [key: string]: Json }): string {
	const special = typed(value);
	if (special !== null) return writeTyped(special);
	const fields = Object.keys(value).sort();
	return `{${fields.map((key) => `${JSON.stringify(userKey(key))}:${write(value[key] as Json)}`).join()}}`;
}

/** A letter and a parenthesis, which no JSON text begins with. */
function writeTyped({ tag, content }: Typed): string {
	switch (tag) {
		case "$number":
			return number(Number(content));
		case "$bigint":
			return `bigint(${BigInt(content as string)})`;
		case "$undefined":
			return "undefined()";
		case "$bytes":
			return `bytes(${Buffer.from(content as string, "base64").toString("base64")})`;
		case "$date":
			return `date(${content as string})`;
		case "$set":
			return `set(${(content as Json[]).map(write).sort().join()})`;
		default:
			return `map(${(content as [Json, Json][])
				.map(([key, entry]) => `${write(key)}:${write(entry)}`)
				.sort()
				.join()})`;
	}
}

function fits(tag: string, content: Json): boolean {
	switch (tag) {
		case "$number":
			return typeof content === "string" && (content === "NaN" || !Number.isNaN(Number(content)));
		case "$bigint":
			return typeof content === "string" && /^-?\d+$/.test(content);
		case "$undefined":
			return content === true;
		case "$bytes":
		case "$date":
			return typeof content === "string";
		case "$set":
			return Array.isArray(content);
		case "$map":
			return Array.isArray(content) && content.every((entry) => Array.isArray(entry) && entry.length === 2);
		default:
			return false;
	}
}

function number(value: number): string {
	return Object.is(value, -0) ? "-0" : String(value);
}
