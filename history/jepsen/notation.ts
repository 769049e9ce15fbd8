/**
 * One operation's text, EDN or JSON, as fields of JSON. Keywords lose nothing but their kind (`:a` becomes the text
 * ":a"; field names lose the colon too), sets and lists become arrays where a set is the whole value and `{"$set":…}` within one,
 * integers beyond ±(2⁵³−1) become `{"$bigint":"…"}`, tags are kept. What Clojure prints and EDN can't hold (functions,
 * exceptions) is read as far as it goes, since no verdict needs it.
 */
import edn from "edn-data";
import type { Json } from "../events.ts";
import { type JsonObject, parseLine, shorten } from "../parse-line.ts";
import type { Form } from "./forms.ts";

export type Notation = "edn" | "json";

const EXAMPLE = "{:type :invoke, :process 0, :f :add, :value 1}";
/** Where edn-data would lose digits or its way. */
const NEEDS_HELP = /\d{16}|##|\\[()[\]{}"]/;
/** Integers that a double may not hold, and numbers that EDN writes with two hashes; strings are passed over. */
const INEXACT = /"(?:[^"\\]|\\.)*"|\\.|##(-?\w+)|(?<![\w.:/+\-*])[+-]?\d{16,}(?![\w.])/gs;

/** What edn-data makes of EDN; see its `EDNVal`. */
type EdnValue =
	| null
	| string
	| number
	| boolean
	| bigint
	| Date
	| EdnValue[]
	| { map: [EdnValue, EdnValue][] }
	| { set: EdnValue[] }
	| { list: EdnValue[] }
	| { key: string }
	| { sym: string }
	| { char: string }
	| { tag: string; val: EdnValue };

/** @returns null for a form that EDN's `#_` comments out
 * @throws with file and line when it is no map */
export function readFields(form: Form, notation: Notation, file: string): JsonObject | null {
	return notation === "json"
		? parseLine({ number: form.line, text: form.text, ended: true }, file)
		: readEdn(form, file);
}

function readEdn({ line, text }: Form, file: string): JsonObject | null {
	if (text.startsWith("#_")) return null;
	let value: EdnValue;
	try {
		value = edn.parseEDNString(NEEDS_HELP.test(text) ? text.replace(INEXACT, exact) : text) as EdnValue;
	} catch (error) {
		throw new Error(`${file}:${line}: not EDN (${(error as Error).message}): ${shorten(text)}`, {
			cause: error,
		});
	}
	// A record: #jepsen.history.Op{…}
	if (typeof value === "object" && value !== null && "tag" in value) value = value.val;
	if (typeof value !== "object" || value === null || Array.isArray(value) || !("map" in value)) {
		throw new Error(`${file}:${line}: expected an operation such as ${EXAMPLE}, found ${shorten(text)}`);
	}
	const fields: JsonObject = {};
	for (const [key, content] of value.map) {
		const name = fieldName(key);
		if (name !== null) fields[name] = toJson(content, true);
	}
	return fields;
}

function exact(text: string, special: string | undefined): string {
	if (special !== undefined) return `#pakka/number "${special}"`;
	// A character that is a bracket, for which edn-data would take it.
	if (/^\\[^\w\s]/.test(text)) return JSON.stringify(text.slice(1));
	return /^[+-]?\d/.test(text) ? `${text.replace("+", "")}N` : text;
}

/** @returns null for a key that is neither keyword nor text: no field of ours is named so */
function fieldName(key: EdnValue): string | null {
	if (typeof key === "string") return key;
	return typeof key === "object" && key !== null && "key" in key ? key.key : null;
}

function toJson(value: EdnValue, top = false): Json {
	switch (typeof value) {
		case "bigint":
			return isSafe(value) ? Number(value) : { $bigint: String(value) };
		case "number":
			return toJsonNumber(value);
		case "string":
		case "boolean":
			return value;
		default:
			if (value === null) return null;
			if (Array.isArray(value)) return value.map((item) => toJson(item));
			return value instanceof Date ? { $date: value.toISOString() } : toJsonObject(value, top);
	}
}

function toJsonObject(
	value: Exclude<EdnValue, null | string | number | boolean | bigint | Date | EdnValue[]>,
	top: boolean,
): Json {
	if ("set" in value) {
		const elements = value.set.map((item) => toJson(item));
		return top ? elements : { $set: elements };
	}
	if ("list" in value) return value.list.map((item) => toJson(item));
	if ("key" in value) return `:${value.key}`;
	if ("sym" in value) return value.sym;
	if ("char" in value) return value.char;
	if ("tag" in value) {
		if (value.tag === "pakka/number") return { $number: specialNumber(value.val) };
		return { [`#${value.tag}`]: toJson(value.val) };
	}
	return toJsonMap(value.map);
}

function toJsonMap(entries: [EdnValue, EdnValue][]): Json {
	const fields: [string, Json][] = [];
	for (const [key, content] of entries) {
		const name = fieldName(key);
		if (name === null) return { $map: entries.map(([left, right]) => [toJson(left), toJson(right)]) };
		fields.push([name.startsWith("$") ? `$${name}` : name, toJson(content)]);
	}
	return Object.fromEntries(fields);
}

function toJsonNumber(value: number): Json {
	if (Number.isFinite(value)) return value === 0 ? 0 : value;
	return { $number: String(value) };
}

function specialNumber(name: EdnValue): string {
	return { Inf: "Infinity", "-Inf": "-Infinity" }[typeof name === "string" ? name : ""] ?? "NaN";
}

function isSafe(value: bigint): boolean {
	return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}
