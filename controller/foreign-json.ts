/**
 * JSON from programs that we did not write: bounded in depth, and without silent loss. JavaScript rounds integers beyond
 * 2⁵³, and two replicas that differ only there would look equal; so they become `{"$bigint":"…"}`, the encoding of views.
 */
import { parse as parseLossless } from "lossless-json";
import type { Json } from "../history/events.ts";

const MAX_DEPTH = 500;
/** Texts without any of these are read right by JSON.parse: long numbers, minus zero, big exponents. */
const MAY_LOSE = /\d{16}|-0|[eE]\+?\d{3}/;

/** @throws Error in words, whatever is wrong with the text */
export function parseForeignJson(text: string): Json {
	requireShallow(text);
	const plain = JSON.parse(text) as Json;
	if (!MAY_LOSE.test(text)) return plain;
	// Like JSON.parse, a key that comes twice has its last value.
	return parseLossless(text, null, {
		parseNumber: exactNumber,
		onDuplicateKey: ({ newValue }) => newValue,
	}) as Json;
}

function exactNumber(text: string): Json {
	const number = Number(text);
	if (!Number.isFinite(number)) return { $number: number > 0 ? "Infinity" : "-Infinity" };
	if (Object.is(number, -0)) return { $number: "-0" };
	if (/^-?\d+$/.test(text) && !Number.isSafeInteger(number)) return { $bigint: text };
	return number;
}

/** Deeper values would be read here and then overflow the stack of whoever walks them. */
function requireShallow(text: string): void {
	let depth = 0;
	let inString = false;
	for (let at = 0; at < text.length; at++) {
		const character = text[at];
		if (inString) {
			if (character === "\\") at++;
			else if (character === '"') inString = false;
		} else if (character === '"') inString = true;
		else if (character === "[" || character === "{") {
			if (++depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH} levels`);
		} else if (character === "]" || character === "}") depth--;
	}
}
