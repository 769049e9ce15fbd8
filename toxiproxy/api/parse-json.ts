/**
 * Reads the first JSON value of a text as the real server's decoder does: what follows it is ignored, keys keep their
 * order and may repeat, numbers stay text (64-bit integers), and syntax errors have its texts. `JSON.parse` can do none
 * of these.
 */

export type JsonValue =
	| { kind: "null" }
	| { kind: "bool"; value: boolean }
	| { kind: "number"; literal: string }
	| { kind: "string"; value: string }
	| { kind: "array"; items: JsonValue[] }
	| { kind: "object"; entries: [key: string, value: JsonValue][] };

export class JsonSyntaxError extends Error {}

/** The real server gives up at 10,000; no request needs more than three. */
const DEEPEST_NESTING = 1_000;
const ESCAPES: Record<string, string> = {
	'"': '"',
	"\\": "\\",
	"/": "/",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
};
const LITERALS: Record<string, JsonValue> = {
	true: { kind: "bool", value: true },
	false: { kind: "bool", value: false },
	null: { kind: "null" },
};

/** @throws JsonSyntaxError */
export function parseFirstValue(text: string): JsonValue {
	const cursor = new Cursor(text);
	cursor.skipSpace();
	if (cursor.atEnd) throw new JsonSyntaxError("EOF");
	return parseValue(cursor, 0);
}

class Cursor {
	readonly text: string;
	at = 0;

	constructor(text: string) {
		this.text = text;
	}

	get atEnd(): boolean {
		return this.at >= this.text.length;
	}

	/** The character here. @throws at the end */
	get here(): string {
		if (this.atEnd) throw new JsonSyntaxError("unexpected EOF");
		return this.text[this.at] as string;
	}

	skipSpace(): void {
		while (!this.atEnd && " \t\r\n".includes(this.here)) this.at++;
	}

	take(expected: RegExp, context: string): string {
		const found = this.here;
		if (!expected.test(found)) throw this.unexpected(context);
		this.at++;
		return found;
	}

	unexpected(context: string): JsonSyntaxError {
		const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
		const quoted =
			character === "'" ? "'\\''" : character === '"' ? `'"'` : `'${JSON.stringify(character).slice(1, -1)}'`;
		return new JsonSyntaxError(`invalid character ${quoted} ${context}`);
	}
}

function parseValue(cursor: Cursor, depth: number): JsonValue {
	if (depth > DEEPEST_NESTING) throw new JsonSyntaxError("exceeded max depth");
	cursor.skipSpace();
	const first = cursor.here;
	if (first === "{") return parseObject(cursor, depth);
	if (first === "[") return parseArray(cursor, depth);
	if (first === '"') return { kind: "string", value: parseString(cursor) };
	if (first === "-" || (first >= "0" && first <= "9")) return parseNumber(cursor);
	for (const [word, value] of Object.entries(LITERALS)) {
		if (word[0] === first) return parseLiteral(cursor, word, value);
	}
	throw cursor.unexpected("looking for beginning of value");
}

function parseObject(cursor: Cursor, depth: number): JsonValue {
	const entries: [string, JsonValue][] = [];
	cursor.at++;
	cursor.skipSpace();
	if (cursor.here === "}") {
		cursor.at++;
		return { kind: "object", entries };
	}
	for (;;) {
		cursor.skipSpace();
		if (cursor.here !== '"') throw cursor.unexpected("looking for beginning of object key string");
		const key = parseString(cursor);
		cursor.skipSpace();
		cursor.take(/:/, "after object key");
		entries.push([key, parseValue(cursor, depth + 1)]);
		cursor.skipSpace();
		if (cursor.take(/[,}]/, "after object key:value pair") === "}") return { kind: "object", entries };
	}
}

function parseArray(cursor: Cursor, depth: number): JsonValue {
	const items: JsonValue[] = [];
	cursor.at++;
	cursor.skipSpace();
	if (cursor.here === "]") {
		cursor.at++;
		return { kind: "array", items };
	}
	for (;;) {
		items.push(parseValue(cursor, depth + 1));
		cursor.skipSpace();
		if (cursor.take(/[,\]]/, "after array element") === "]") return { kind: "array", items };
	}
}

function parseString(cursor: Cursor): string {
	let value = "";
	cursor.at++;
	for (;;) {
		const character = cursor.here;
		if (character === '"') {
			cursor.at++;
			return wellFormed(value);
		}
		if (character < " ") throw cursor.unexpected("in string literal");
		cursor.at++;
		value += character === "\\" ? parseEscape(cursor) : character;
	}
}

function parseEscape(cursor: Cursor): string {
	const letter = cursor.take(/["\\/bfnrtu]/, "in string escape code");
	if (letter !== "u") return ESCAPES[letter] as string;
	let digits = "";
	while (digits.length < 4) digits += cursor.take(/[0-9a-f]/i, "in \\u hexadecimal character escape");
	return String.fromCharCode(Number.parseInt(digits, 16));
}

/** Halves of surrogate pairs become the replacement character, as in the real server. */
function wellFormed(text: string): string {
	return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (found) =>
		found.length === 2 ? found : "\uFFFD",
	);
}

function parseNumber(cursor: Cursor): JsonValue {
	const start = cursor.at;
	const digits = (): void => {
		while (!cursor.atEnd && /\d/.test(cursor.here)) cursor.at++;
	};
	if (cursor.here === "-") cursor.at++;
	if (cursor.take(/\d/, "in numeric literal") !== "0") digits();
	if (!cursor.atEnd && cursor.here === ".") {
		cursor.at++;
		cursor.take(/\d/, "after decimal point in numeric literal");
		digits();
	}
	if (!cursor.atEnd && /e/i.test(cursor.here)) {
		cursor.at++;
		if (/[+-]/.test(cursor.here)) cursor.at++;
		cursor.take(/\d/, "in exponent of numeric literal");
		digits();
	}
	return { kind: "number", literal: cursor.text.slice(start, cursor.at) };
}

function parseLiteral(cursor: Cursor, word: string, value: JsonValue): JsonValue {
	for (const letter of word) {
		if (cursor.here !== letter) throw cursor.unexpected(`in literal ${word} (expecting '${letter}')`);
		cursor.at++;
	}
	return value;
}
