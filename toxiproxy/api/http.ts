/**
 * HTTP round the routes, with the real server's habits: paths are decoded, then cleaned with a redirect; an unknown
 * method is an empty 405; browsers are refused; routed replies carry a request id; errors are plain text.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { posix } from "node:path";
import type { Duplex } from "node:stream";
import { encodeError } from "./encode.ts";
import { ApiError, badRequestBody } from "./errors.ts";
import { type ApiContext, findRoute, type Match, type Reply } from "./routes.ts";

const PLAIN_TEXT = "text/plain; charset=utf-8";
const BAD_REQUEST = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PLAIN_TEXT}\r\nConnection: close\r\n\r\n400 Bad Request`;
const REQUEST_ID_BYTES = 10;
/** A populate of 10,000 proxies is about 1 MB. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;

export function createApiServer(context: ApiContext): Server {
	const server = createServer(
		{ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS },
		(request, response) => {
			answer(context, request, response).catch(() => response.destroy());
		},
	);
	server.on("clientError", (_error, socket) => endBadly(socket));
	return server;
}

async function answer(
	context: ApiContext,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	request.on("error", () => {});
	response.on("error", () => {});
	const { path, query } = splitTarget(request.url ?? "/");
	const decoded = decodePath(path);
	if (decoded === null) return endBadly(request.socket);

	const clean = cleanPath(decoded);
	if (clean !== decoded) {
		response.setHeader("Location", encodeURI(clean) + query);
		return send(request, response, { status: 301 });
	}
	const match = findRoute(request.method ?? "", decoded);
	if (match === null) return send(request, response, plainText("404 page not found\n", 404));
	if (match.handler === undefined) return send(request, response, { status: 405 });

	response.setHeader("X-Toxiproxy-Request-Id", randomBytes(REQUEST_ID_BYTES).toString("hex"));
	if ((request.headers["user-agent"] ?? "").startsWith("Mozilla/")) {
		return send(request, response, plainText("User agent not allowed\n", 403));
	}
	send(request, response, await handle(context, match, request));
}

async function handle(context: ApiContext, match: Match, request: IncomingMessage): Promise<Reply> {
	try {
		const { proxy, toxic } = match;
		return (await match.handler?.(context, { proxy, toxic, body: await readBody(request) })) as Reply;
	} catch (error) {
		const status = error instanceof ApiError ? error.status : 500;
		return plainText(`${encodeError((error as Error).message, status)}\n`, status);
	}
}

function send(
	request: IncomingMessage,
	response: ServerResponse,
	{ status, contentType, body }: Reply,
): void {
	// A body that nobody wants would block the next request of the connection.
	request.resume();
	response.statusCode = status;
	if (contentType !== undefined) response.setHeader("Content-Type", contentType);
	if (contentType === PLAIN_TEXT) response.setHeader("X-Content-Type-Options", "nosniff");
	response.end(body);
}

function plainText(body: string, status: number): Reply {
	return { status, contentType: PLAIN_TEXT, body };
}

function endBadly(socket: Duplex): void {
	if (socket.writable) socket.end(BAD_REQUEST, () => socket.destroy());
	else socket.destroy();
}

/** @throws ApiError 400 when it is too large */
async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		sizeBytes += chunk.length;
		if (sizeBytes > LARGEST_BODY_BYTES) {
			throw badRequestBody(`larger than ${LARGEST_BODY_BYTES} bytes`);
		}
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

function splitTarget(target: string): { path: string; query: string } {
	const local = target.replace(/^https?:\/\/[^/?]*/i, "");
	const mark = local.indexOf("?");
	return mark < 0 ? { path: local, query: "" } : { path: local.slice(0, mark), query: local.slice(mark) };
}

/** @returns `null` when a percent sign is not followed by two hexadecimal digits */
function decodePath(path: string): string | null {
	if (/%(?![0-9a-f]{2})/i.test(path)) return null;
	const bytes = Buffer.from(path, "latin1").toString("latin1");
	const decoded = bytes.replace(/%(..)/g, (_, digits: string) =>
		String.fromCharCode(Number.parseInt(digits, 16)),
	);
	return Buffer.from(decoded, "latin1").toString("utf8");
}

function cleanPath(path: string): string {
	const clean = posix.normalize(path.startsWith("/") ? path : `/${path}`);
	return /\/\.\.?$/.test(path) && clean.length > 1 ? clean.replace(/\/$/, "") : clean;
}
