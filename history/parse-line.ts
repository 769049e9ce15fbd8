/**
 * One line of JSON to an object. A last line that no line feed ends and that isn't whole is torn (the writer was
 * killed): it yields null and the reader drops it with a warning. Integers beyond ±(2⁵³−1), which a history recorded elsewhere
 * may hold, become `{"$bigint":"…"}` instead of losing their last digits.
 */
import { parse } from "lossless-json";
import type { Json } from "./events.ts";
import type { Line } from "./lines.ts";

export type JsonObject = Record<string, Json | undefined>;

const MAX_SHOWN_CHARACTERS = 120;
/** @throws with the file and the line's number when the line is no JSON object */
export function parseLine(line: Pick<Line, "number" | "text" | "ended">, file: string): JsonObject | null {
	let value: Json;
	try {
		value = JSON.parse(line.text) as Json;
		if (hasLongInteger(value)) value = parse(line.text, null, { parseNumber: exactNumber }) as Json;
	} catch (error) {
		if (!line.ended) return null;
		throw new Error(`${file}:${line.number}: not JSON (${(error as Error).message}): ${shorten(line.text)}`, {
			cause: error,
		});
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new Error(`${file}:${line.number}: expected a JSON object, found ${shorten(line.text)}`);
	}
	return value;
}

export function tornWarning(line: Line, file: string): string {
	return `${file}:${line.number}: the last line is torn and was dropped (the writer was cut off): ${shorten(line.text)}`;
}

export function shorten(text: string): string {
	return text.length <= MAX_SHOWN_CHARACTERS ? text : `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`;
}

/** Parsing twice costs, and such integers are rare: looked for in what the first parse made. */
function hasLongInteger(value: Json): boolean {
	if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
	if (typeof value !== "object" || value === null) return false;
	if (Array.isArray(value)) return value.some(hasLongInteger);
	for (const key in value) if (hasLongInteger(value[key] as Json)) return true;
	return false;
}

function exactNumber(text: string): unknown {
	const number = Number(text);
	if (!/^-?\d+$/.test(text) || Number.isSafeInteger(number)) return number;
	return { $bigint: BigInt(text).toString() };
}
