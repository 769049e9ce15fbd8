/**
 * A server that is spoken to through an adapter (nodes/sdk/adapter.ts), with the face of a node that speaks the replica
 * protocol: same time-outs, same answers, same distinction of what surely did not happen from what may have.
 *
 * Whatever an adapter does becomes a value: what it throws is an error of which it is not known whether the operation happened,
 * what it returns in another shape is garbage. It has no journal and can't skew a clock.
 */

import type { Json } from "../../../history/events.ts";
import type { AdaptedNode, AdaptedServer, AdapterDefinition } from "../../../nodes/sdk/adapter.ts";
import { parseAddress } from "../../../nodes/sdk/environment.ts";
import { encodeView } from "../../../nodes/sdk/view-encoding.ts";
import type { Answer, ControlClient } from "../../control-client.ts";
import { type CallError, errorOfStatus } from "../../errors.ts";
import { readOperationReply, readStateReply } from "../../replies.ts";

/** It may hang on to a connection that is gone. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * @param address host:port where the server's client port is reached
 * @returns to be disposed when the server is gone; after a restart there is another one
 */
export function connectAdapter(
	adapter: AdapterDefinition,
	node: AdaptedNode & { incarnation: number },
	address: string,
): ControlClient {
	const parsed = parseAddress(address);
	if (parsed === null) throw new Error(`expected host:port, found '${address}'`);
	const over = new AbortController();
	let server: AdaptedServer | null = null;
	// Not when it is made: a mistake in the adapter is to become an answer like any other.
	const connected = () => (server ??= adapter.connect(parsed, node));
	const call = <T>(timeoutMs: number, ask: (server: AdaptedServer, signal: AbortSignal) => Promise<T>) =>
		bounded(timeoutMs, over.signal, (signal) => ask(connected(), signal));
	return {
		async health(timeoutMs) {
			const answer = await call(timeoutMs, (server, signal) => server.ready(signal));
			return "value" in answer && answer.value;
		},
		async operation(operation, timeoutMs) {
			const answer = await call(timeoutMs, (server, signal) => server.invoke(operation, signal));
			if ("error" in answer) return { kind: "error", error: answer.error };
			const reply: unknown = answer.value;
			if (isRefusal(reply)) return refused(reply);
			return read(reply, "value", (json) => {
				if (!isObject(json) || json["ok"] !== true)
					throw new Error("expected invoke to resolve to { ok: … }");
				return readOperationReply(json);
			});
		},
		async state(timeoutMs) {
			const answer = await call(timeoutMs, (server, signal) => server.state(signal));
			if ("error" in answer) return { kind: "error", error: answer.error };
			return read(answer.value, "view", readStateReply);
		},
		journal: async () => lacking("an adapter has no journal"),
		skewClock: async () => lacking("an adapter can't skew the clock of its server"),
		async [Symbol.asyncDispose]() {
			over.abort(new Error("the server is gone, or the run is over"));
			const present = server;
			if (present === null) return;
			await bounded(CLOSE_TIMEOUT_MS, undefined, async () => present.close());
		},
	};
}

async function bounded<T>(
	timeoutMs: number,
	over: AbortSignal | undefined,
	ask: (signal: AbortSignal) => Promise<T>,
): Promise<{ value: T } | { error: CallError }> {
	const ending = new AbortController();
	const timer = setTimeout(() => {
		ending.abort(Object.assign(new Error(`no reply within ${timeoutMs} ms`), { name: "TimeoutError" }));
	}, timeoutMs);
	const end = () => ending.abort(over?.reason);
	over?.addEventListener("abort", end, { once: true });
	const aborted = new Promise<never>((_, reject) => {
		ending.signal.addEventListener("abort", () => reject(ending.signal.reason as Error), { once: true });
	});
	try {
		if (over?.aborted === true) end();
		return { value: await Promise.race([ask(ending.signal), aborted]) };
	} catch (error) {
		return { error: unknownOutcome(error) };
	} finally {
		clearTimeout(timer);
		over?.removeEventListener("abort", end);
	}
}

/** Unlike the replica protocol's, an adapter's connection error says nothing: part of the operation may be done. */
function unknownOutcome(error: unknown): CallError {
	const message = error instanceof Error ? error.message : String(error);
	if (error instanceof Error && error.name === "TimeoutError")
		return { code: "timeout", message, definite: false };
	const { code } = error as { code?: unknown };
	return { code: typeof code === "string" ? code : "adapter", message, definite: false };
}

function isRefusal(reply: unknown): reply is { ok: false; code: string; message: string } {
	return (
		isObject(reply) &&
		reply["ok"] === false &&
		typeof reply["code"] === "string" &&
		typeof reply["message"] === "string"
	);
}

function refused({ code, message }: { code: string; message: string }): Answer<never> {
	return { kind: "error", error: { code, message, definite: true } };
}

/** @param encoded the field that may hold what JSON lacks */
function read<T>(reply: unknown, encoded: string, readJson: (json: Json) => T): Answer<T> {
	try {
		const present = isObject(reply) && reply[encoded] !== undefined;
		const plain = present ? { ...reply, [encoded]: encodeView(reply[encoded]) } : reply;
		const text = JSON.stringify(plain) ?? "null";
		return { kind: "ok", value: readJson(JSON.parse(text) as Json), text };
	} catch (error) {
		return { kind: "garbage", message: `the adapter's answer: ${(error as Error).message}` };
	}
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lacking(message: string): Answer<never> {
	return { kind: "error", error: errorOfStatus(404, message) };
}
