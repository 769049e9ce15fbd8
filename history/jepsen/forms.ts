/**
 * Cuts a text of EDN or JSON into its operations, however they are laid out: one a line, over several lines, or all in
 * one vector, list or array. Streams: it holds one operation at a time, and knows the line of each. It looks at
 * brackets, strings and comments only; what an operation says is read by `notation.ts`.
 */
import { MAX_LINE_BYTES } from "../line-file.ts";
import { readLines } from "../lines.ts";
import { shorten } from "../parse-line.ts";

export interface Form {
	/** Where it begins, from 1. */
	line: number;
	text: string;
}

const CLOSERS: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };
const REPLACEMENT_CHARACTER = "\ufffd";
const BYTE_ORDER_MARK = "\ufeff";
/** What only the first line of an operation looks like: one before it that isn't closed shall not swallow others. */
const BEGINS_OPERATION = /^(#jepsen|#knossos|\{\s*[:"](type|process|index|f|time)\b)/;

/**
 * @returns at the end, why the file doesn't end where its recording did; null: it is whole
 * @throws with file and line at the first bracket that doesn't fit, and where the text isn't UTF-8
 */
export async function* readForms(path: string, file: string): AsyncGenerator<Form[], string | null, void> {
	const splitter = new Splitter(file);
	for await (const lines of readLines(path, file)) {
		const forms: Form[] = [];
		for (const line of lines) splitter.line(line.text, line.number, forms);
		if (forms.length > 0) yield forms;
	}
	return splitter.end();
}

class Splitter {
	readonly #file: string;
	/** Brackets of the operation that isn't finished, each with its line. */
	readonly #open: { bracket: string; line: number }[] = [];
	#inString = false;
	/** The unfinished operation: 0 where there is none. */
	#startLine = 0;
	#parts: string[] = [];
	#characters = 0;
	/** What closes the vector around all operations; null: there is none, or it is closed. */
	#wrapper: string | null = null;
	#wrapped = false;
	#forms = 0;
	/** Where the current line's comment begins. */
	#commentAt = 0;

	constructor(file: string) {
		this.#file = file;
	}

	line(text: string, number: number, forms: Form[]): void {
		if (text.includes(REPLACEMENT_CHARACTER)) this.#fail(number, "a text in UTF-8", text);
		if (this.#startLine > 0 && BEGINS_OPERATION.test(text)) this.#unclosed(number);
		let start = 0;
		this.#commentAt = text.length;
		for (let at = 0; at < text.length; ) {
			if (this.#startLine === 0) {
				at = this.#between(text, at, number);
				start = at;
				if (this.#startLine === 0) continue;
			}
			at = this.#inString ? this.#throughString(text, at) : this.#toBracket(text, at, number);
			if (this.#open.length === 0 && !this.#inString && at < Number.POSITIVE_INFINITY) {
				this.#parts.push(text.slice(start, at));
				forms.push({ line: this.#startLine, text: this.#parts.join("\n") });
				this.#forms += 1;
				this.#startLine = 0;
				this.#parts = [];
				this.#characters = 0;
			}
		}
		if (this.#startLine > 0) this.#keep(text.slice(start, this.#commentAt));
	}

	end(): string | null {
		const { line, bracket } = this.#open.at(-1) ?? { line: this.#startLine, bracket: "" };
		if (this.#startLine > 0 && this.#forms === 0) {
			this.#fail(line, `a "${CLOSERS[bracket] ?? "}"}" for this`, this.#parts.join(" "));
		}
		if (this.#startLine > 0) {
			const torn = "the last operation is torn and was dropped (the writer was cut off)";
			return `${this.#file}:${this.#startLine}: ${torn}: ${shorten(this.#parts.join(" "))}`;
		}
		if (this.#wrapper === null) return null;
		return `${this.#file}: the "${this.#wrapper}" that ends the operations is missing (the writer was cut off)`;
	}

	/** Outside of operations. @returns where to go on */
	#between(text: string, from: number, number: number): number {
		let at = from;
		while (at < text.length && isSpace(text[at] as string)) at += 1;
		const character = text[at];
		if (character === undefined || character === ";") return text.length;
		if (character === this.#wrapper) {
			this.#wrapper = null;
			return at + 1;
		}
		if ((character === "[" || character === "(") && !this.#wrapped && this.#forms === 0) {
			this.#wrapped = true;
			this.#wrapper = CLOSERS[character] as string;
			return at + 1;
		}
		const ended = this.#wrapped && this.#wrapper === null;
		if (ended || (character !== "{" && character !== "#")) {
			const expected = ended ? "nothing after the last operation" : "an operation, {…}";
			this.#fail(number, expected, text.slice(at));
		}
		this.#startLine = number;
		return at;
	}

	/** @returns behind the next bracket, which may end the operation; Infinity: there is none in this line */
	#toBracket(text: string, from: number, number: number): number {
		const bracket = /["\\;()[\]{}]/g;
		bracket.lastIndex = from;
		const found = bracket.exec(text);
		if (found === null) return Number.POSITIVE_INFINITY;
		const [character] = found;
		if (character === ";") {
			this.#commentAt = found.index;
			return Number.POSITIVE_INFINITY;
		}
		if (character === '"') {
			this.#inString = true;
		} else if (character === "\\") {
			// A character of EDN, `\{` say; the line may end behind it.
			return found.index + 2 < text.length ? found.index + 2 : Number.POSITIVE_INFINITY;
		} else if (character in CLOSERS) {
			this.#open.push({ bracket: character, line: number });
		} else {
			const opened = this.#open.pop();
			const expected = opened === undefined ? "{" : CLOSERS[opened.bracket];
			if (expected !== character) {
				const what =
					opened === undefined
						? "an operation, {…}"
						: `"${expected}" for line ${opened.line}'s "${opened.bracket}"`;
				this.#fail(number, what, text.slice(found.index));
			}
		}
		return this.#open.length === 0 && !this.#inString
			? found.index + 1
			: Math.min(found.index + 1, text.length);
	}

	#throughString(text: string, from: number): number {
		const end = /\\.|"/g;
		end.lastIndex = from;
		for (let found = end.exec(text); found !== null; found = end.exec(text)) {
			if (found[0] !== '"') continue;
			this.#inString = false;
			return found.index + 1;
		}
		return Number.POSITIVE_INFINITY;
	}

	#keep(part: string): void {
		this.#parts.push(part);
		this.#characters += part.length;
		if (this.#characters > MAX_LINE_BYTES) {
			this.#fail(
				this.#startLine,
				`an operation of at most ${MAX_LINE_BYTES} characters`,
				this.#parts[0] ?? "",
			);
		}
	}

	#unclosed(number: number): never {
		const { bracket, line } = this.#open.at(-1) ?? { bracket: "", line: this.#startLine };
		const closer = this.#inString ? 'a closing "' : `"${CLOSERS[bracket] ?? "}"}"`;
		this.#fail(line, `${closer} before the next operation, on line ${number}, begins`, this.#parts.join(" "));
	}

	#fail(line: number, expected: string, found: string): never {
		throw new Error(`${this.#file}:${line}: expected ${expected}, found ${shorten(found)}`);
	}
}

/** EDN counts commas as space, and in JSON they stand between operations. */
function isSpace(character: string): boolean {
	return character === "," || character.trim() === "" || character === BYTE_ORDER_MARK;
}
