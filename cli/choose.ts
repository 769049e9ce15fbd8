/**
 * Which rows of a table speak of some words. The best only: rows with a use that has as many of the words as any use has; those first
 * of whose use the words are the larger part. Plural or singular is the same.
 */

/** They say nothing of what is meant. */
const FILLERS = new Set([
	"a",
	"an",
	"the",
	"of",
	"in",
	"for",
	"and",
	"or",
	"with",
	"that",
	"to",
	"is",
	"are",
	"my",
]);
const SHORTEST_PLURAL = 4;

export interface Row {
	uses: readonly string[];
}

export function choose<R extends Row>(rows: readonly R[], words: readonly string[]): R[] {
	const sought = new Set(termsOf(words.join(" ")));
	const fits = rows.map((row) => ({ row, ...bestFit(row, sought) })).filter(({ matched }) => matched > 0);
	const most = Math.max(...fits.map(({ matched }) => matched));
	return fits
		.filter(({ matched }) => matched === most)
		.sort((a, b) => b.share - a.share)
		.map(({ row }) => row);
}

function bestFit({ uses }: Row, sought: ReadonlySet<string>): { matched: number; share: number } {
	let best = { matched: 0, share: 0 };
	for (const use of uses) {
		const terms = new Set(termsOf(use));
		const matched = [...terms].filter((term) => sought.has(term)).length;
		const share = matched / terms.size;
		if (matched > best.matched || (matched === best.matched && share > best.share)) best = { matched, share };
	}
	return best;
}

function termsOf(text: string): string[] {
	const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
	return words.filter((word) => !FILLERS.has(word)).map(singular);
}

function singular(word: string): string {
	return word.length >= SHORTEST_PLURAL && word.endsWith("s") && !word.endsWith("ss")
		? word.slice(0, -1)
		: word;
}
