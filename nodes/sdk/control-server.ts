/**
 * The control API of a node (docs/replica-protocol.md), HTTP/1.1 and JSON: what clients and the harness ask.
 * `GET /health`, `POST /operation`, `GET /state`, `GET /journal?after=N`, `POST /clock`.
 *
 * 4xx: the operation surely did not happen; 5xx: it may have. Answers are made of the state at one moment and leave
 * when that state is durable.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Address } from "./environment.ts";
import type { JournalPage } from "./journal.ts";
import { listenOn } from "./listen.ts";
import { parseOperation } from "./operation.ts";
import type { Operation } from "./replica.ts";
import type { ClockSkew } from "./skewed-clock.ts";

export const MAX_BODY_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

/** A status and the JSON that goes with it; null: no body. */
export interface Answer {
	status: number;
	body: unknown;
}

/** What the server asks of the node; `respond` is called once, when the answer may leave. */
export interface ControlHandlers {
	health(): Answer;
	operation(operation: Operation, respond: (answer: Answer) => void): void;
	state(respond: (answer: Answer) => void): void;
	journal(after: number): JournalPage & { incarnation: number };
	/** Absent: its clock can't be skewed, and the route answers 404. */
	clock?(skew: ClockSkew): void;
}

export interface StartedControlServer {
	address: Address;
	close(): Promise<void>;
}

export function refusal(status: number, code: string, message: string): Answer {
	return { status, body: { error: { code, message } } };
}

/** @throws when the address can't be bound */
export async function startControlServer(
	listen: Address,
	handlers: ControlHandlers,
): Promise<StartedControlServer> {
	const server = createServer((request, response) => route(handlers, request, response));
	server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
	server.requestTimeout = REQUEST_TIMEOUT_MS;
	const address = await listenOn(server, listen, "PAKKA_CONTROL");
	return {
		address,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}

function route(handlers: ControlHandlers, request: IncomingMessage, response: ServerResponse): void {
	const url = new URL(request.url ?? "/", "http://node");
	const respond = (answer: Answer): void => send(response, answer);
	switch (`${request.method} ${url.pathname}`) {
		case "GET /health":
			return respond(handlers.health());
		case "GET /state":
			return handlers.state(respond);
		case "GET /journal":
			return respond(journalAnswer(handlers, url));
		case "POST /operation":
			return withBody(request, response, (body) => {
				const parsed = parseOperation(body);
				if (parsed.ok) handlers.operation(parsed.operation, respond);
				else respond(refusal(400, "bad-request", parsed.message));
			});
		case "POST /clock":
			return withBody(request, response, (body) => respond(clockAnswer(handlers, body)));
		default:
			return respond(
				refusal(
					404,
					"unknown-route",
					`no ${request.method} ${url.pathname}; there are GET /health, /state, /journal and POST /operation, /clock`,
				),
			);
	}
}

function journalAnswer(handlers: ControlHandlers, url: URL): Answer {
	const after = Number(url.searchParams.get("after") ?? "0");
	if (!Number.isSafeInteger(after) || after < 0) {
		return refusal(400, "bad-request", "after: expected an integer from 0");
	}
	return { status: 200, body: handlers.journal(after) };
}

function clockAnswer(handlers: ControlHandlers, body: string): Answer {
	if (handlers.clock === undefined) return refusal(404, "unknown-route", "this node's clock can't be skewed");
	let skew: { offsetMs?: unknown; drift?: unknown } | null;
	try {
		skew = JSON.parse(body) as typeof skew;
	} catch {
		skew = null;
	}
	const offsetMs = skew?.offsetMs ?? 0;
	const drift = skew?.drift ?? 0;
	if (skew === null || typeof offsetMs !== "number" || typeof drift !== "number") {
		return refusal(400, "bad-request", 'expected {"offsetMs":-300000,"drift":0}');
	}
	handlers.clock({ offsetMs, drift });
	return { status: 204, body: null };
}

function withBody(request: IncomingMessage, response: ServerResponse, use: (body: string) => void): void {
	const chunks: Buffer[] = [];
	let size = 0;
	request.on("data", (chunk: Buffer) => {
		size += chunk.length;
		if (size <= MAX_BODY_BYTES) {
			chunks.push(chunk);
			return;
		}
		if (response.headersSent) return;
		response.setHeader("connection", "close");
		send(
			response,
			refusal(
				413,
				"too-large",
				`the body is over MAX_BODY_BYTES = ${MAX_BODY_BYTES} bytes; nothing was done`,
			),
		);
	});
	request.on("end", () => {
		if (size <= MAX_BODY_BYTES) use(Buffer.concat(chunks).toString("utf8"));
	});
	// The client went away before it had said all: there is nobody to answer.
	request.on("error", () => {});
}

function send(response: ServerResponse, answer: Answer): void {
	if (response.destroyed || response.headersSent) return;
	if (answer.body === null) {
		response.writeHead(answer.status).end();
		return;
	}
	const text = JSON.stringify(answer.body);
	response.writeHead(answer.status, {
		"content-type": "application/json; charset=utf-8",
		"content-length": Buffer.byteLength(text),
	});
	response.end(text);
}
