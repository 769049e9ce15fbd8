/**
 * The control API of one node (replica protocol: /health, /operation, /state, /journal, /clock). Every call has a time-out
 * and a bound on the reply's size; whatever a node answers becomes a value, nothing that it does is thrown into the run.
 */
import { Pool } from "undici";
import type { Json } from "../history/events.ts";
import { type CallError, errorOfException, errorOfStatus } from "./errors.ts";
import { parseForeignJson } from "./foreign-json.ts";
import {
	type JournalPage,
	type OperationReply,
	readError,
	readJournalPage,
	readOperationReply,
	readStateReply,
	type StateReply,
} from "./replies.ts";

export type Answer<T> =
	| { kind: "ok"; value: T; text: string }
	/** The node answered, with an HTTP error or not at all. */
	| { kind: "error"; error: CallError }
	/** It answered 2xx, but not as the protocol says. */
	| { kind: "garbage"; message: string };

export interface ControlClient extends AsyncDisposable {
	health(timeoutMs: number): Promise<boolean>;
	operation(
		operation: { id: string; f: string; value: Json },
		timeoutMs: number,
	): Promise<Answer<OperationReply>>;
	state(timeoutMs: number): Promise<Answer<StateReply>>;
	/** Entries after number `after`; a program without a journal answers 404. */
	journal(after: number, timeoutMs: number): Promise<Answer<JournalPage>>;
	skewClock(skew: { offsetMs: number; drift: number }, timeoutMs: number): Promise<Answer<null>>;
}

export type { JournalPage, OperationReply, StateReply };

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 2_000;
/** Idle connections of a paused node would otherwise be kept for good. */
const KEEP_ALIVE_MS = 10_000;
const SHOWN_CHARACTERS = 200;

/** @param address host:port of the node's control API */
export function connectControl(address: string): ControlClient {
	const pool = new Pool(`http://${address}`, {
		connect: { timeout: CONNECT_TIMEOUT_MS },
		keepAliveTimeout: KEEP_ALIVE_MS,
		pipelining: 1,
	});
	const get = (path: string, timeoutMs: number) => call(pool, "GET", path, null, timeoutMs);
	const post = (path: string, body: unknown, timeoutMs: number) => call(pool, "POST", path, body, timeoutMs);
	return {
		async health(timeoutMs) {
			const reply = await get("/health", timeoutMs);
			return "status" in reply && reply.status === 200;
		},
		operation: async (operation, timeoutMs) =>
			answer(await post("/operation", operation, timeoutMs), readOperationReply),
		state: async (timeoutMs) => answer(await get("/state", timeoutMs), readStateReply),
		journal: async (after, timeoutMs) =>
			answer(await get(`/journal?after=${after}`, timeoutMs), readJournalPage),
		async skewClock(skew, timeoutMs) {
			const reply = await post("/clock", skew, timeoutMs);
			if (!("status" in reply)) return { kind: "error", error: reply };
			if (reply.status >= 300) return httpError(reply);
			return { kind: "ok", value: null, text: reply.text };
		},
		[Symbol.asyncDispose]: () => pool.destroy(),
	};
}

interface HttpReply {
	status: number;
	text: string;
}

async function call(
	pool: Pool,
	method: "GET" | "POST",
	path: string,
	body: unknown,
	timeoutMs: number,
): Promise<HttpReply | CallError> {
	const timeout = new AbortController();
	const timer = setTimeout(() => {
		timeout.abort(Object.assign(new Error(`no reply within ${timeoutMs} ms`), { name: "TimeoutError" }));
	}, timeoutMs);
	try {
		const { statusCode, body: stream } = await pool.request({
			method,
			path,
			signal: timeout.signal,
			...(method === "POST" && {
				headers: { "content-type": "application/json" },
				body: JSON.stringify(body),
			}),
		});
		const chunks: Buffer[] = [];
		let sizeBytes = 0;
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			sizeBytes += chunk.length;
			// Leaving the loop destroys the stream and its connection.
			if (sizeBytes > MAX_BODY_BYTES) return tooLong(path);
			chunks.push(chunk);
		}
		return { status: statusCode, text: Buffer.concat(chunks).toString("utf8") };
	} catch (error) {
		return errorOfException(error);
	} finally {
		clearTimeout(timer);
	}
}

function tooLong(path: string): CallError {
	const message = `the reply to ${path} has more than ${MAX_BODY_BYTES} bytes`;
	return { code: "reply-too-long", message, definite: false };
}

function answer<T>(reply: HttpReply | CallError, read: (json: Json) => T): Answer<T> {
	if (!("status" in reply)) return { kind: "error", error: reply };
	if (reply.status < 200 || reply.status >= 300) return httpError(reply);
	try {
		return { kind: "ok", value: read(parseForeignJson(reply.text)), text: reply.text };
	} catch (error) {
		return { kind: "garbage", message: `${(error as Error).message}; it answered ${shown(reply.text)}` };
	}
}

function httpError(reply: HttpReply): { kind: "error"; error: CallError } {
	const error = errorOfStatus(reply.status, shown(reply.text));
	try {
		return { kind: "error", error: { ...error, ...readError(parseForeignJson(reply.text)) } };
	} catch {
		return { kind: "error", error };
	}
}

function shown(text: string): string {
	return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
