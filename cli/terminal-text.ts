/** Text for a terminal. What replicas wrote may hold control sequences: it is cleaned before it is printed. */
import { stripVTControlCharacters } from "node:util";

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Without control sequences, control characters and bidirectional overrides, on one line. */
export function cleanText(text: string): string {
	return stripVTControlCharacters(text)
		.replace(/[\r\n\t]+/g, " ")
		.replace(CONTROL, "\ufffd");
}

export function truncate(text: string, length: number): string {
	const points = Array.from(text);
	return points.length <= length ? text : `${points.slice(0, length - 1).join("")}…`;
}

/** Cuts coloured text to a number of columns; colours are dropped where it has to cut. */
export function cutToWidth(text: string, columns: number): string {
	const plain = stripVTControlCharacters(text);
	return Array.from(plain).length < columns ? text : truncate(plain, Math.max(1, columns - 1));
}

export function printDuration(milliseconds: number): string {
	if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
	if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
	const seconds = Math.round(milliseconds / 1_000);
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
