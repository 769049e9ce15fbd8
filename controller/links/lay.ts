/**
 * Lays the lanes of a run: names them, chooses their ports and creates their proxies.
 */
import type { Lane } from "./faults.ts";
import { createPortPool, type PortPool } from "./ports.ts";
import { allLinks } from "./shapes.ts";
import { connectToxiproxy, type ProxySpec, ToxiproxyError } from "./toxiproxy-adapter.ts";

/** Somebody may take one of the chosen ports before the proxy has it. */
const MAX_POPULATE_ATTEMPTS = 5;
const LOOPBACK = "127.0.0.1";

export interface LayOptions {
	runId: string;
	replicas: { id: string; address: string }[];
	lanes: number;
	serverUrl: string;
	random: () => number;
	ports?: PortPool;
	place?: ProxyPlace;
}

/** Where the proxies of a server are that runs elsewhere, e.g. in a container. */
export interface ProxyPlace {
	/** What they listen on there. */
	listenHost: string;
	/** The name under which replicas reach them. */
	reachedAt: string;
}

/** All lanes, by link in the order of `allLinks`. */
export function planLanes({
	replicas,
	lanes,
	runId,
}: Pick<LayOptions, "runId" | "replicas" | "lanes">): Lane[] {
	const safe = (text: string) => text.replaceAll(/[^A-Za-z0-9_-]/g, "_");
	return allLinks(replicas.map(({ id }) => id)).flatMap((link, index) =>
		Array.from({ length: lanes }, (_, lane) => ({
			...link,
			lane,
			// The index keeps names apart that become equal when made safe.
			name: `pakka-${safe(runId)}-${index}-${safe(link.from)}-${safe(link.to)}-${lane}`,
		})),
	);
}

/**
 * A proxy for each lane, all in one call, each on a port of its own that it keeps.
 * @returns by lane name
 * @throws when the server does not answer, or the ports are taken again and again
 */
export async function createProxies(
	lanes: readonly Lane[],
	options: LayOptions,
): Promise<Map<string, ProxySpec>> {
	if (options.place === undefined) needLocalServer(options.serverUrl);
	const listenHost = options.place?.listenHost ?? LOOPBACK;
	const addresses = new Map(options.replicas.map(({ id, address }) => [id, address]));
	const taken = options.replicas.map(({ address }) => Number(address.split(":").at(-1)));
	const pool = options.ports ?? createPortPool({ random: options.random, salt: process.pid, except: taken });
	const adapter = connectToxiproxy(options.serverUrl);
	for (let attempt = 1; ; attempt++) {
		const ports = await pool.take(lanes.length);
		const specs = lanes.map(({ name, to }, index) => ({
			name,
			listen: `${listenHost}:${ports[index]}`,
			upstream: addresses.get(to) as string,
		}));
		try {
			await adapter.populate(specs);
			return new Map(specs.map((spec) => [spec.name, spec]));
		} catch (error) {
			const unreachable = !(error instanceof ToxiproxyError) || error.status === null;
			if (unreachable || attempt === MAX_POPULATE_ATTEMPTS) throw error;
			for (const { name } of specs) await adapter.remove(name);
		}
	}
}

/**
 * What the links' `peersOf` will say, for those who need it before there is a server. The pool has to hand out the same ports
 * again.
 */
export async function plannedPeers(
	options: Pick<LayOptions, "runId" | "replicas" | "lanes"> & { ports: PortPool; place: ProxyPlace },
): Promise<(id: string) => Record<string, string[]>> {
	const lanes = planLanes(options);
	const ports = await options.ports.take(lanes.length);
	return (id) => {
		const peers: Record<string, string[]> = {};
		for (const [index, { from, to }] of lanes.entries()) {
			if (from === id) (peers[to] ??= []).push(`${options.place.reachedAt}:${ports[index]}`);
		}
		return peers;
	};
}

/** host:port at which replicas reach a proxy. */
export function addressOf({ listen }: ProxySpec, place: ProxyPlace | undefined): string {
	return place === undefined ? listen : `${place.reachedAt}:${listen.split(":").at(-1)}`;
}

/** Proxies and replicas meet on 127.0.0.1, so a server elsewhere could neither be reached nor reach anybody. */
function needLocalServer(url: string): void {
	const { hostname } = new URL(url);
	if (hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")) return;
	throw new Error(
		`the Toxiproxy at ${url} is on another host, but replicas and proxies meet on 127.0.0.1. Name one on this machine ` +
			"in TOXIPROXY_URL, or unset it: Pakka then starts its own.",
	);
}
