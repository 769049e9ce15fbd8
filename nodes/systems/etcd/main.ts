/**
 * A replica program (docs/replica-protocol.md) that is a member of a real etcd cluster: what a system built on consensus
 * does under the workload and the faults that the replicated types get. It claims the type `g-set`; `add` puts a key,
 * `read` is a linearizable range over all keys.
 *
 *     replicas: { count: 3, command: [node, ../../dist/nodes/systems/etcd/main.js], type: g-set, lanes: 1 }
 *
 * What can't be answered within a second is a 503: it may have happened. `/state` reads this member's own copy, so that
 * it answers without a majority too.
 *
 * Left out on purpose: delivered sets (etcd numbers revisions, not updates of an origin), hence only final states are
 * judged; `/journal` and `/clock`, which answer 404; a cluster that changes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readEnvironment } from "../../sdk/environment.ts";
import { listenOn } from "../../sdk/listen.ts";
import { parseOperation } from "../../sdk/operation.ts";
import { type EtcdClient, etcdClient } from "./client.ts";
import { startForwardProxy } from "./forward-proxy.ts";
import { startMember } from "./member.ts";

const EXIT_FAILURE = 70;
const MAX_BODY_BYTES = 1024 * 1024;
/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

interface Answer {
	status: number;
	body: unknown;
}

const environment = readEnvironment(process.env);
const { replicas, peers, options } = environment;
const proxy = await startForwardProxy(replicas, peers, Number(options["replyDelayMs"] ?? 0));
const member = await startMember(environment, proxy.url);
const client = etcdClient(member.socket);
let isReady = false;

const server = createServer((request, response) => {
	answer(request)
		.catch((error: unknown) => refusal(503, "unavailable", String(error)))
		.then((reply) => send(response, reply))
		.catch(() => response.destroy());
});
server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
await listenOn(server, environment.control, "PAKKA_CONTROL");
for (const signal of ["SIGTERM", "SIGINT"] as const) {
	process.once(signal, () => {
		member.end();
		process.exit(0);
	});
}
// A replica without its etcd is no replica.
process.stderr.write(`etcd ended: ${await member.ended}\n`);
process.exit(EXIT_FAILURE);

async function answer(request: IncomingMessage): Promise<Answer> {
	const { pathname } = new URL(request.url ?? "/", "http://node");
	switch (`${request.method} ${pathname}`) {
		case "GET /health":
			return health();
		case "GET /state":
			return { status: 200, body: { view: await client.read("own copy"), pending: 0 } };
		case "POST /operation":
			return operation(client, await bodyOf(request));
		default:
			return refusal(404, "not-found", `${request.method} ${pathname} is not known here`);
	}
}

/** Ready with the first answer of a majority; after that it is up as long as its etcd lives. */
async function health(): Promise<Answer> {
	if (!isReady) await client.read("majority");
	isReady = true;
	return { status: 200, body: {} };
}

async function operation(etcd: EtcdClient, body: string): Promise<Answer> {
	const parsed = parseOperation(body);
	if (!parsed.ok) return refusal(400, "bad-request", parsed.message);
	const { f, value } = parsed.operation;
	if (f === "read") return { status: 200, body: { value: await etcd.read("majority") } };
	if (f !== "add") return refusal(400, "unknown-operation", `expected add or read, found ${f}`);
	await etcd.add(value);
	return { status: 200, body: { value: null } };
}

function refusal(status: number, code: string, message: string): Answer {
	return { status, body: { error: { code, message } } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
	const text = JSON.stringify(body);
	response.writeHead(status, {
		"content-type": "application/json",
		"content-length": Buffer.byteLength(text),
	});
	response.end(text);
}

/** @throws when it is too long */
async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	let sizeBytes = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		sizeBytes += chunk.length;
		if (sizeBytes > MAX_BODY_BYTES) throw new Error(`the body has more than ${MAX_BODY_BYTES} bytes`);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}
