/**
 * Leads etcd's peer traffic through the links of the run. Members of a cluster know one another by one address, the same
 * for everybody; our links have another one for each pair. So members advertise addresses that lead nowhere (RFC 5737),
 * and each is told to reach HTTP servers by this proxy of its own, which sends what is for member i over the link to it.
 *
 * Members send one another most of what they say in the *replies* to long GETs, which flow against the direction of the link
 * that was dialled, where the fault `latency` delays nothing. `replyDelayMs` delays them here instead.
 *
 * Left out on purpose: CONNECT. Peers speak plain HTTP here.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { Address } from "../../sdk/environment.ts";
import { listenOn } from "../../sdk/listen.ts";

const PEER_PORT = 2380;

/** What member number `index` calls itself. Go sends no loopback address to a proxy, hence one of the documentation's. */
export function advertisedHost(index: number): string {
	return `192.0.2.${index + 1}:${PEER_PORT}`;
}

/**
 * @param replicas ids, in the order of the cluster
 * @param peers by id, where the links to them begin; the first lane is used
 * @param replyDelayMs what replies wait, in order, before they are handed on
 */
export async function startForwardProxy(
	replicas: readonly string[],
	peers: ReadonlyMap<string, readonly Address[]>,
	replyDelayMs: number,
): Promise<{ url: string }> {
	const links = new Map<string, Address>();
	for (const [index, id] of replicas.entries()) {
		const link = peers.get(id)?.[0];
		if (link !== undefined) links.set(advertisedHost(index), link);
	}
	const agent = new Agent({ keepAlive: true });
	const server = createServer((incoming, outgoing) => {
		const { host, pathname, search } = new URL(incoming.url ?? "/");
		const link = links.get(host);
		if (link === undefined) outgoing.writeHead(404).end(`no link leads to ${host}`);
		else forward({ agent, link, path: pathname + search, replyDelayMs }, incoming, outgoing);
	});
	// Streams between members live as long as the members.
	server.requestTimeout = 0;
	server.headersTimeout = 0;
	const { host, port } = await listenOn(server, { host: "127.0.0.1", port: 0 }, "the forward proxy");
	return { url: `http://${host}:${port}` };
}

/** Both ways as it comes: what waited for the end of a reply would never leave. An end of either side ends the other. */
function forward(
	{ agent, link, path, replyDelayMs }: { agent: Agent; link: Address; path: string; replyDelayMs: number },
	incoming: IncomingMessage,
	outgoing: ServerResponse,
): void {
	const { method, headers } = incoming;
	const onward = request({ ...link, method, path, headers, agent }, (reply) => {
		outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
		outgoing.flushHeaders();
		if (replyDelayMs === 0) reply.pipe(outgoing);
		else {
			// Timers of one delay fire in the order in which they were set.
			const later = (action: () => void) => setTimeout(action, replyDelayMs);
			reply.on("data", (chunk: Buffer) => later(() => outgoing.write(chunk)));
			reply.on("end", () => later(() => outgoing.end()));
		}
		reply.on("close", () => {
			if (!reply.complete) outgoing.destroy();
		});
	});
	onward.on("error", () => {
		if (outgoing.headersSent) outgoing.destroy();
		else outgoing.writeHead(502).end();
	});
	outgoing.on("close", () => {
		if (!outgoing.writableFinished) onward.destroy();
	});
	incoming.pipe(onward);
}
