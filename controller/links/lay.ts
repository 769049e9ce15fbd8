/**
 * Lays the lanes of a run: names them, chooses their ports and creates their proxies.
 */
import type { Lane } from "./faults.ts";
import { createPortPool, type PortPool } from "./ports.ts";
import { allLinks } from "./shapes.ts";
import { connectToxiproxy, type ProxySpec, ToxiproxyError } from "./toxiproxy-adapter.ts";

/** Somebody may take one of the chosen ports before the proxy has it. */
const MAX_POPULATE_ATTEMPTS = 5;

export interface LayOptions {
	runId: string;
	replicas: { id: string; address: string }[];
	lanes: number;
	serverUrl: string;
	random: () => number;
	ports?: PortPool;
}

/** All lanes, by link in the order of `allLinks`. */
export function planLanes({ replicas, lanes, runId }: LayOptions): Lane[] {
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
	needLocalServer(options.serverUrl);
	const addresses = new Map(options.replicas.map(({ id, address }) => [id, address]));
	const taken = options.replicas.map(({ address }) => Number(address.split(":").at(-1)));
	const pool = options.ports ?? createPortPool({ random: options.random, salt: process.pid, except: taken });
	const adapter = connectToxiproxy(options.serverUrl);
	for (let attempt = 1; ; attempt++) {
		const ports = await pool.take(lanes.length);
		const specs = lanes.map(({ name, to }, index) => ({
			name,
			listen: `127.0.0.1:${ports[index]}`,
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

/** Proxies and replicas meet on 127.0.0.1, so a server elsewhere could neither be reached nor reach anybody. */
function needLocalServer(url: string): void {
	const { hostname } = new URL(url);
	if (hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")) return;
	throw new Error(
		`the Toxiproxy at ${url} is on another host, but replicas and proxies meet on 127.0.0.1. Name one on this machine ` +
			"in TOXIPROXY_URL, or unset it: Pakka then starts its own.",
	);
}
