/**
 * Text of a YAML or JSON file → the plain value in it, and where each part of that value stands. JSON is read as
 * the YAML that it also is, so both get the same places.
 */
import {
	type Document,
	isAlias,
	isCollection,
	isMap,
	isNode,
	isPair,
	isScalar,
	LineCounter,
	type Node,
	parseAllDocuments,
} from "yaml";
import type { Mistake } from "./problem.ts";

/** A scenario is written by hand; anything larger is some other file. */
const MAX_FILE_CHARACTERS = 5_000_000;
/** Places that aliases may expand to; beyond is a bomb. */
const MAX_ALIASES = 100;

export interface Place {
	line: number;
	column: number;
}

export interface Placed {
	message: string;
	place: Place;
}

export type YamlResult =
	| { ok: true; value: unknown; syntax: Placed[]; locate(mistake: Mistake): Place }
	| { ok: false; syntax: Placed[] };

/** Mistakes in `syntax` of an `ok` result don't hide the value (a key that is there twice). */
export function parseYaml(source: string): YamlResult {
	const start = { line: 1, column: 1 };
	if (source.length > MAX_FILE_CHARACTERS) {
		const message = `the file has ${source.length} characters, at most ${MAX_FILE_CHARACTERS} are read: is it a scenario?`;
		return { ok: false, syntax: [{ message, place: start }] };
	}
	const lines = new LineCounter();
	const placeOf = (offset: number): Place => {
		const { line, col } = lines.linePos(offset);
		return { line: Math.max(1, line), column: Math.max(1, col) };
	};
	try {
		const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
		const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
		const [document, second] = documents as Document.Parsed[];
		if (document === undefined || document.contents === null) {
			const message = "the file is empty: it should hold a scenario (a map with name, replicas, …)";
			const errors = document === undefined ? [] : syntaxOf(document, placeOf);
			return { ok: false, syntax: errors.length > 0 ? errors : [{ message, place: start }] };
		}
		const syntax = syntaxOf(document, placeOf);
		if (second !== undefined) {
			const message = "a second YAML document begins here: write one scenario in each file";
			syntax.push({ message, place: placeOf(second.contents?.range?.[0] ?? second.range[0]) });
		}
		const hidden = document.errors.some((error) => error.code !== "DUPLICATE_KEY");
		if (hidden || second !== undefined) return { ok: false, syntax };
		return readValue(document, syntax, placeOf, text);
	} catch (error) {
		const message = `can't be read as YAML: ${error instanceof Error ? error.message : String(error)}`;
		return { ok: false, syntax: [{ message, place: start }] };
	}
}

function syntaxOf(document: Document.Parsed, placeOf: (offset: number) => Place): Placed[] {
	return [...document.errors, ...document.warnings].map((error) => ({
		message: error.code === "DUPLICATE_KEY" ? "this key is there twice" : error.message,
		place: placeOf(error.pos[0]),
	}));
}

function readValue(
	document: Document.Parsed,
	syntax: Placed[],
	placeOf: (offset: number) => Place,
	text: string,
): YamlResult {
	try {
		const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
		const locate = (mistake: Mistake) => {
			const offset = offsetOf(document, mistake);
			return placeOf(offset + shiftWithin(document, mistake, text, offset));
		};
		return { ok: true, value, syntax, locate };
	} catch (error) {
		const reason = error instanceof Error ? error.message : String(error);
		const message = reason.startsWith("Excessive alias count")
			? `aliases expand to more than ${MAX_ALIASES} places: write them out`
			: reason;
		return { ok: false, syntax: [...syntax, { message, place: placeOf(firstAlias(document)) }] };
	}
}

/**
 * A scalar or a flow collection is pointed at itself, a block collection at its key: its own first character is
 * on a later line. What is not there (a missing key) has the place of what should contain it.
 */
function offsetOf(document: Document.Parsed, { path, atKey }: Mistake): number {
	let node: Node | null = document.contents;
	let offset = node?.range?.[0] ?? 0;
	for (const [depth, step] of path.entries()) {
		const inside = isAlias(node) ? (node.resolve(document) ?? null) : node;
		const found = child(inside, step);
		if (found === null) return offset;
		const keyOnly = atKey === true && depth === path.length - 1;
		const block = isCollection(found.value) && found.value.flow !== true;
		const target: Node | null = found.key !== null && (keyOnly || block) ? found.key : found.value;
		offset = target?.range?.[0] ?? offset;
		node = found.value;
	}
	return offset;
}

/** Into a text that stands in the file as it is, quoted or not; one that is folded or escaped is pointed at as a whole. */
function shiftWithin(
	document: Document.Parsed,
	{ path, within }: Mistake,
	text: string,
	offset: number,
): number {
	const value = within === undefined ? undefined : document.getIn(path);
	if (within === undefined || typeof value !== "string") return 0;
	if (text.startsWith(value, offset)) return within;
	return /^["']/.test(text.slice(offset, offset + 1)) && text.startsWith(value, offset + 1) ? within + 1 : 0;
}

function child(node: Node | null, step: string | number): { key: Node | null; value: Node | null } | null {
	if (!isCollection(node)) return null;
	if (!isMap(node)) {
		const item = typeof step === "number" ? node.items[step] : undefined;
		return isNode(item) ? { key: null, value: item } : null;
	}
	for (const pair of node.items) {
		if (!isPair(pair) || !isNode(pair.key)) continue;
		if (isScalar(pair.key) && String(pair.key.value) === String(step))
			return { key: pair.key, value: isNode(pair.value) ? pair.value : null };
	}
	return null;
}

function firstAlias(document: Document.Parsed): number {
	let first = 0;
	const visit = (node: unknown): boolean => {
		if (isAlias(node)) {
			first = node.range?.[0] ?? 0;
			return true;
		}
		if (isPair(node)) return visit(node.key) || visit(node.value);
		return isCollection(node) && node.items.some(visit);
	};
	visit(document.contents);
	return first;
}
