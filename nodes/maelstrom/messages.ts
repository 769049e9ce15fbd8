/**
 * Maelstrom's messages: one JSON object a line, `{"src":"n1","dest":"n2","body":{"type":"gossip", …}}`, and the errors that
 * its protocol knows. Pure.
 * Source: Maelstrom's documentation, doc/protocol.md, sections "Messages", "Message Bodies" and "Errors".
 */

/** The payload of a message; between nodes it may hold anything. */
export interface Body {
	[key: string]: unknown;
	type?: unknown;
	msg_id?: unknown;
	in_reply_to?: unknown;
}

export interface Message {
	src: string;
	dest: string;
	body: Body;
}

export type ParsedLine = { ok: true; message: Message } | { ok: false; why: string };

/** What a node printed as a line. */
export function parseLine(line: string): ParsedLine {
	let parsed: unknown;
	try {
		parsed = JSON.parse(line);
	} catch {
		return { ok: false, why: "it is not JSON" };
	}
	if (!isObject(parsed)) return { ok: false, why: "it is not a JSON object" };
	const { src, dest, body } = parsed;
	if (typeof src !== "string") return { ok: false, why: "src is not a string" };
	if (typeof dest !== "string") return { ok: false, why: "dest is not a string" };
	if (!isObject(body)) return { ok: false, why: "body is not an object" };
	return { ok: true, message: { src, dest, body } };
}

/** Maelstrom's table. Codes that are not in it are indefinite: what the request asked for may have happened. */
const ERRORS = new Map<number, { name: string; definite: boolean }>([
	[0, { name: "timeout", definite: false }],
	[1, { name: "node-not-found", definite: true }],
	[10, { name: "not-supported", definite: true }],
	[11, { name: "temporarily-unavailable", definite: true }],
	[12, { name: "malformed-request", definite: true }],
	[13, { name: "crash", definite: false }],
	[14, { name: "abort", definite: true }],
	[20, { name: "key-does-not-exist", definite: true }],
	[21, { name: "key-already-exists", definite: true }],
	[22, { name: "precondition-failed", definite: true }],
	[30, { name: "txn-conflict", definite: true }],
]);

export const NODE_NOT_FOUND = 1;
export const NOT_SUPPORTED = 10;

export interface NodeError {
	/** Null where the node gave none. */
	code: number | null;
	/** Maelstrom's name of the code, or `error-1001`. */
	name: string;
	/** It surely did not happen. */
	definite: boolean;
	text: string;
}

/** @param body of the type `error` */
export function errorOf(body: Body): NodeError {
	const { code, text } = body;
	const number = typeof code === "number" ? code : null;
	const known = number === null ? undefined : ERRORS.get(number);
	return {
		code: number,
		name: known?.name ?? `error-${number ?? "without-code"}`,
		definite: known?.definite ?? false,
		text: typeof text === "string" ? text : "",
	};
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
