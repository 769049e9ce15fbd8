/**
 * "Did you mean": the nearest of some known words, by optimal string alignment distance (insertions, deletions,
 * substitutions and swaps of neighbours cost 1), and the small phrases that messages about mistakes share.
 */

/** Words longer than this are not compared: nobody mistypes them by hand. */
const MAX_COMPARED_CHARACTERS = 60;
const MAX_SHOWN_CHARACTERS = 60;

/** The nearest candidate, or null when none is near: at most a third of the letters may differ, at least one. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
	if (word.length > MAX_COMPARED_CHARACTERS) return null;
	const wanted = word.toLowerCase();
	let best: string | null = null;
	let bestDistance = Number.POSITIVE_INFINITY;
	for (const candidate of candidates) {
		const distance = alignmentDistance(wanted, candidate.toLowerCase());
		const allowed = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
		if (distance <= allowed && distance < bestDistance) [best, bestDistance] = [candidate, distance];
	}
	return best;
}

/** ` (did you mean 'or-set'?)`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
	const near = nearest(word, candidates);
	return near === null ? "" : ` (did you mean '${near}'?)`;
}

/** A value as a message shows it: short, on one line, never throwing. */
export function show(value: unknown): string {
	if (typeof value === "bigint" || typeof value === "symbol") return String(value);
	if (typeof value === "function") return "a function";
	if (value === undefined) return "nothing";
	if (typeof value === "number") return String(value);
	let text: string;
	try {
		text = JSON.stringify(value);
	} catch {
		text = "a value that is not JSON";
	}
	if (typeof value === "string") text = `'${text.slice(1, -1).replaceAll('\\"', '"')}'`;
	return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS - 1)}…` : text;
}

/** `r1, r2, r3`; from five on `r1 … r9`, so that messages stay on one line. */
export function listNames(names: readonly string[]): string {
	const MAX_LISTED = 4;
	return names.length > MAX_LISTED ? `${names[0]} … ${names.at(-1)}` : names.join(", ");
}

function alignmentDistance(a: string, b: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, j) => j);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
			let cost = Math.min(substitution, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
				cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
			}
			row.push(cost);
		}
		[beforeLast, last] = [last, row];
	}
	return last[b.length] ?? 0;
}
