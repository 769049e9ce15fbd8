/**
 * Where two views first differ, in words that a person can act on. First in the canonical order of keys; for
 * unordered views the first element that only one of them has; for texts the character.
 */
import type { Json } from "../history/events.ts";
import { byCodePoint, canonical, isSetLike, typed, userKey } from "./canonical.ts";
import { show } from "./words.ts";

export interface Difference {
	/** E.g. `items.milk`, `[3]`; empty: at the root. */
	path: string;
	/** E.g. `only r1 has "milk"`, `at items.milk r1 shows 1 and r2 shows 2`. */
	words: string;
	/** The key or element that it is about, for finding the operations on it; undefined: none in particular. */
	subject?: Json;
}

export interface Named {
	name: string;
	view: Json;
}

/**
 * @param type of the replicas: set-like views are unordered, and only a `text` is gone through by character
 * @returns null when the views are equal
 */
export function firstDifference(left: Named, right: Named, type: string | null): Difference | null {
	const setLike = isSetLike(type);
	if (canonical(left.view, setLike) === canonical(right.view, setLike)) return null;
	if (setLike && Array.isArray(left.view) && Array.isArray(right.view)) {
		return unordered(left.name, left.view, right.name, right.view, "");
	}
	if (type === "text" && typeof left.view === "string" && typeof right.view === "string") {
		return text(left.name, left.view, right.name, right.view);
	}
	return descend(left, right, "");
}

function descend(left: Named, right: Named, path: string): Difference {
	const [a, b] = [left.view, right.view];
	if (Array.isArray(a) && Array.isArray(b)) return array(left.name, a, right.name, b, path);
	if (isPlain(a) && isPlain(b)) return object(left.name, a, right.name, b, path);
	const [x, y] = [typed(a), typed(b)];
	if (x?.tag === "$set" && y?.tag === "$set") {
		return unordered(left.name, x.content as Json[], right.name, y.content as Json[], path);
	}
	if (x?.tag === "$map" && y?.tag === "$map") {
		return unordered(left.name, x.content as Json[], right.name, y.content as Json[], path);
	}
	return { path, words: `${at(path)}${left.name} shows ${show(a)} and ${right.name} shows ${show(b)}` };
}

function object(
	leftName: string,
	left: { [key: string]: Json },
	rightName: string,
	right: { [key: string]: Json },
	path: string,
): Difference {
	const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort(byCodePoint);
	for (const key of keys) {
		const [a, b] = [left[key], right[key]];
		const inner = path === "" ? userKey(key) : `${path}.${userKey(key)}`;
		const subject = path === "" ? { subject: userKey(key) } : {};
		if (a === undefined || b === undefined) {
			const [owner, value] = a === undefined ? [rightName, b] : [leftName, a];
			return { path: inner, words: `only ${owner} has ${inner} (${show(value)})`, ...subject };
		}
		if (canonical(a) !== canonical(b)) {
			return { ...descend({ name: leftName, view: a }, { name: rightName, view: b }, inner), ...subject };
		}
	}
	return { path, words: `${at(path)}the keys differ` };
}

function array(leftName: string, left: Json[], rightName: string, right: Json[], path: string): Difference {
	for (let index = 0; index < Math.max(left.length, right.length); index++) {
		const inner = `${path}[${index}]`;
		const [a, b] = [left[index], right[index]];
		if (a === undefined || b === undefined) {
			const [owner, value] = a === undefined ? [rightName, b] : [leftName, a];
			return { path: inner, words: `only ${owner} has ${inner} (${show(value)})` };
		}
		if (canonical(a) !== canonical(b)) {
			return descend({ name: leftName, view: a }, { name: rightName, view: b }, inner);
		}
	}
	return { path, words: `${at(path)}the elements differ` };
}

function unordered(
	leftName: string,
	left: Json[],
	rightName: string,
	right: Json[],
	path: string,
): Difference {
	const counts = new Map<string, { element: Json; surplus: number }>();
	for (const [elements, step] of [[left, 1] as const, [right, -1] as const]) {
		for (const element of elements) {
			const key = canonical(element);
			const entry = counts.get(key) ?? { element, surplus: 0 };
			entry.surplus += step;
			counts.set(key, entry);
		}
	}
	for (const key of [...counts.keys()].sort(byCodePoint)) {
		const { element, surplus } = counts.get(key) as { element: Json; surplus: number };
		if (surplus === 0) continue;
		const [owner, other, theirs] = surplus > 0 ? [leftName, rightName, right] : [rightName, leftName, left];
		const shared = theirs.some((candidate) => canonical(candidate) === key);
		const words = shared
			? `${owner} has ${show(element)} more often than ${other}`
			: `only ${owner} has ${show(element)}`;
		return { path, words: at(path) + words, subject: element };
	}
	return { path, words: `${at(path)}the elements differ` };
}

function text(leftName: string, left: string, rightName: string, right: string): Difference {
	let index = 0;
	while (left[index] === right[index]) index += 1;
	const path = `[${index}]`;
	const [a, b] = [left.slice(index), right.slice(index)];
	return { path, words: `from ${path} on ${leftName} shows ${show(a)} and ${rightName} shows ${show(b)}` };
}

function isPlain(value: Json): value is { [key: string]: Json } {
	return typeof value === "object" && value !== null && !Array.isArray(value) && typed(value) === null;
}

function at(path: string): string {
	return path === "" ? "" : `at ${path} `;
}
