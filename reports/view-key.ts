/**
 * When two views count as equal for the page's colours and counts: object keys in any order, and for set-like types
 * array members in any order. The checker judges by its own, finer canonical form; no verdict depends on this one.
 */
import type { Json } from "../history/events.ts";

const UNORDERED_TYPES = new Set([
	"g-set",
	"two-phase-set",
	"or-set",
	"aw-set",
	"rw-set",
	"lww-set",
	"mv-register",
	"or-map",
	"lww-map",
	"mv-map",
]);

/** @returns a function from a view to JSON text with everything in a fixed order */
export function viewKeyOf(type: string | null): (view: Json) => string {
	const unordered = type !== null && UNORDERED_TYPES.has(type);
	return (view) => JSON.stringify(ordered(view, unordered));
}

function ordered(value: Json, unordered: boolean): Json {
	if (value === null || typeof value !== "object") return value;
	if (Array.isArray(value)) {
		const members = value.map((member) => ordered(member, unordered));
		return unordered ? byText(members) : members;
	}
	const keys = Object.keys(value).sort();
	const isSet = keys.length === 1 && (keys[0] === "$set" || keys[0] === "$map");
	// Not a plain assignment: a key may be `__proto__`.
	return Object.fromEntries(keys.map((key) => [key, ordered(value[key] ?? null, unordered || isSet)]));
}

function byText(members: Json[]): Json[] {
	return members
		.map((member) => ({ member, text: JSON.stringify(member) }))
		.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
		.map(({ member }) => member);
}
