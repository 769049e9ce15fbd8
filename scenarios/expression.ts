/**
 * Invariants as small expressions in CEL (the Common Expression Language), such as `view.all(k, view[k] >= 0)`: what the file's
 * checks compile to find mistakes, and what judges the views. Its variables are `view` and `replica`.
 *
 * Numbers of a view are CEL doubles, which compare and calculate with whole numbers of the expression; where a view holds
 * an integer beyond ±(2⁵³−1), all its integers are CEL ints, so that sums stay exact.
 */
import { Environment } from "@marcbachmann/cel-js";
import type { Json } from "./scenario.ts";

export type Expression =
	| {
			ok: true;
			/** @throws Error when it can't be told of this view (a key that isn't there, a text where a number was expected) */
			holds(view: Json, replica: string): boolean;
	  }
	| { ok: false; message: string /** Where in the text, in characters from 0. */; offset: number };

/** @param text a CEL expression that comes to true or false */
export function compileExpression(text: string): Expression {
	const environment = newEnvironment();
	try {
		const parsed = environment.parse(text);
		const checked = parsed.check();
		if (!checked.valid) return notValid(checked.error);
		if (checked.type !== "bool" && checked.type !== "dyn") {
			return { ok: false, message: `comes to ${checked.type}; expected true or false`, offset: 0 };
		}
		return {
			ok: true,
			holds(view, replica) {
				const answer: unknown = evaluate(() => parsed({ view: decoded(view), replica }) as unknown);
				if (typeof answer === "boolean") return answer;
				const found = typeof answer === "bigint" ? String(answer) : (JSON.stringify(answer) ?? typeof answer);
				throw new Error(`it must come to true or false, it came to ${found}`);
			},
		};
	} catch (error) {
		return notValid(error);
	}
}

/** CEL has no arithmetic between whole numbers and others; an expression's `1` is whole, a view's isn't. */
function newEnvironment(): Environment {
	const environment = new Environment().registerVariable("view", "dyn").registerVariable("replica", "string");
	const operations: [string, (left: number, right: number) => number][] = [
		["+", (left, right) => left + right],
		["-", (left, right) => left - right],
		["*", (left, right) => left * right],
		["/", (left, right) => left / right],
	];
	for (const [sign, calculate] of operations) {
		const mixed = (left: number | bigint, right: number | bigint) => calculate(Number(left), Number(right));
		environment.registerOperator(`double ${sign} int`, mixed);
		environment.registerOperator(`int ${sign} double`, mixed);
	}
	return environment;
}

function notValid(error: unknown): Extract<Expression, { ok: false }> {
	const { summary, node } = error as { summary?: string; node?: { start?: number; pos?: number } };
	const message = summary ?? (error instanceof Error ? error.message : String(error));
	return { ok: false, message: decapitalised(message), offset: node?.start ?? node?.pos ?? 0 };
}

/** The library's messages draw the expression over several lines. */
function evaluate<T>(work: () => T): T {
	try {
		return work();
	} catch (error) {
		const { summary } = error as { summary?: string };
		throw new Error(summary === undefined ? String(error) : decapitalised(summary), { cause: error });
	}
}

function decapitalised(text: string): string {
	return text.charAt(0).toLowerCase() + text.slice(1);
}

function decoded(view: Json): unknown {
	return decode(view, holdsBigInteger(view));
}

function holdsBigInteger(value: Json): boolean {
	if (typeof value !== "object" || value === null) return false;
	if (Array.isArray(value)) return value.some(holdsBigInteger);
	if (typeof value["$bigint"] === "string") return true;
	return Object.values(value).some(holdsBigInteger);
}

/** What the encoding of views wraps (`{"$bigint":"…"}`) as itself; a key of the user's own loses the `$` that it was given. */
function decode(value: Json, wholeAsInt: boolean): unknown {
	if (typeof value === "number") return wholeAsInt && Number.isInteger(value) ? BigInt(value) : value;
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map((item) => decode(item, wholeAsInt));
	const entries = Object.entries(value);
	const [first] = entries;
	if (entries.length === 1 && first !== undefined) {
		const wrapped = unwrap(first[0], first[1], wholeAsInt);
		if (wrapped !== null) return wrapped.value;
	}
	const plain = entries.map(([key, item]): [string, unknown] => [
		key.startsWith("$$") ? key.slice(1) : key,
		decode(item, wholeAsInt),
	]);
	return new Map(plain);
}

/** @returns null for an object that only looks like one */
function unwrap(tag: string, content: Json, wholeAsInt: boolean): { value: unknown } | null {
	if (tag === "$undefined" && content === true) return { value: null };
	if (typeof content === "string") {
		if (tag === "$number") return { value: Number(content) };
		if (tag === "$bigint" && /^-?\d+$/.test(content)) return { value: BigInt(content) };
		if (tag === "$date") return { value: new Date(content) };
		if (tag === "$bytes") return { value: new Uint8Array(Buffer.from(content, "base64")) };
	}
	if (!Array.isArray(content)) return null;
	if (tag === "$set") return { value: content.map((item) => decode(item, wholeAsInt)) };
	if (tag !== "$map") return null;
	const pairs = content as [Json, Json][];
	return { value: new Map(pairs.map(([key, item]) => [decode(key, wholeAsInt), decode(item, wholeAsInt)])) };
}
