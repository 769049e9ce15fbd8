/** Texts by number, each once: repeated labels, operation names and update ids weigh little in the page. */
export interface StringTable {
	readonly strings: string[];
	/** @returns the text's number; -1 for undefined */
	number(text: string | undefined): number;
}

export function createStringTable(): StringTable {
	const numbers = new Map<string, number>();
	const strings: string[] = [];
	return {
		strings,
		number(text) {
			if (text === undefined) return -1;
			const known = numbers.get(text);
			if (known !== undefined) return known;
			numbers.set(text, strings.length);
			return strings.push(text) - 1;
		},
	};
}
