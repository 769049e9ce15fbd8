/**
 * Words for generated texts in which no character comes twice in a run, so that whoever looks at a text knows which insert put
 * what where: `abc`, `def`, … With Latin used up, other scripts follow; with all used up (some 10,800 words) it begins anew.
 * Each character is one UTF-16 unit, and none combines with another or changes its direction.
 */
import type { Draw } from "../sdk/replica.ts";

const LETTERS_IN_A_WORD = 3;

/** First and last code points: a–z, A–Z, 0–9, Greek, Cyrillic, kana, Hangul, Chinese. */
const SCRIPTS: readonly (readonly [first: number, last: number])[] = [
	[0x61, 0x7a],
	[0x41, 0x5a],
	[0x30, 0x39],
	[0x3b1, 0x3c9],
	[0x391, 0x3a1],
	[0x3a3, 0x3a9],
	[0x430, 0x44f],
	[0x410, 0x42f],
	[0x3041, 0x3096],
	[0x30a1, 0x30fa],
	[0xac00, 0xd7a3],
	[0x4e00, 0x9fff],
];

const LETTERS = SCRIPTS.reduce((sum, [first, last]) => sum + last - first + 1, 0);

/** The next word: that of the number in the next of the run's unique names. */
export function drawWord(draw: Draw): string {
	const name = draw.unique();
	const number = Number(/\d+$/.exec(name)?.[0] ?? Number.NaN);
	if (!Number.isSafeInteger(number)) return `${name} `;
	return Array.from({ length: LETTERS_IN_A_WORD }, (_, at) => letter(number * LETTERS_IN_A_WORD + at)).join(
		"",
	);
}

function letter(number: number): string {
	let left = number % LETTERS;
	for (const [first, last] of SCRIPTS) {
		if (left <= last - first) return String.fromCharCode(first + left);
		left -= last - first + 1;
	}
	throw new Error(`there is no letter ${number}`);
}
