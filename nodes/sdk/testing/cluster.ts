/** Nodes of a test, side by side in this process, wired through a lane proxy per lane of every directed link. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReceivedMessage } from "../journal.ts";
import { type StartedNode, startNode } from "../node.ts";
import type { Json, ReplicaDefinition } from "../replica.ts";
import type { LinkCounters } from "../transport/link.ts";
import { type LaneProxy, startLaneProxy } from "./lane-proxy.ts";

const CALL_TIMEOUT_MS = 5_000;
const UNTIL_TIMEOUT_MS = 8_000;
const POLL_EVERY_MS = 10;

export interface ClusterOptions {
	definition: ReplicaDefinition;
	replicas: string[];
	lanes?: number;
	options?: Record<string, Json>;
}

/** What the routes answer, taken together; a test knows which part to expect. */
export interface Body {
	view: Json[];
	delivered: Record<string, number>;
	value: number;
	update: number;
	error: { code: string; message: string };
	now: number;
	next: number;
	dropped: number;
	entries: { n: number; at: number; deliver?: string; message?: ReceivedMessage }[];
	links: Record<string, LinkCounters>;
}

export interface Called {
	status: number;
	body: Body;
}

export interface Cluster extends AsyncDisposable {
	folder: string;
	warnings: string[];
	fatal: unknown[];
	/** By `r1->r2`. */
	lanes: Map<string, LaneProxy[]>;
	node(id: string): StartedNode;
	start(id: string, incarnation: number): Promise<void>;
	stop(id: string): Promise<void>;
	call(id: string, method: string, path: string, body?: unknown): Promise<Called>;
	add(id: string, value: Json): Promise<Called>;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
	const { replicas, definition } = options;
	const folder = await mkdtemp(join(tmpdir(), "pakka-node-test-"));
	const nodes = new Map<string, StartedNode>();
	const lanes = new Map<string, LaneProxy[]>();
	for (const from of replicas) {
		for (const to of replicas.filter((other) => other !== from)) {
			const proxies: LaneProxy[] = [];
			for (let lane = 0; lane < (options.lanes ?? 2); lane += 1) proxies.push(await startLaneProxy());
			lanes.set(`${from}->${to}`, proxies);
		}
	}
	let operations = 0;
	const cluster: Cluster = {
		folder,
		warnings: [],
		fatal: [],
		lanes,
		node(id) {
			const node = nodes.get(id);
			if (node === undefined) throw new Error(`${id} is not running`);
			return node;
		},
		async start(id, incarnation) {
			const others = replicas.filter((other) => other !== id);
			const node = await startNode(
				definition,
				{
					id,
					replicas,
					incarnation,
					control: { host: "127.0.0.1", port: 0 },
					listen: { host: "127.0.0.1", port: 0 },
					peers: new Map(others.map((to) => [to, (lanes.get(`${id}->${to}`) ?? []).map(addressOf)])),
					dataFolder: join(folder, id),
					seed: 42,
					options: options.options ?? {},
				},
				{ warn: (line) => cluster.warnings.push(line), onFatal: (error) => cluster.fatal.push(error) },
			);
			nodes.set(id, node);
			for (const from of others) {
				for (const proxy of lanes.get(`${from}->${id}`) ?? []) proxy.target = node.listen.port;
			}
		},
		async stop(id) {
			await cluster.node(id).stop();
			nodes.delete(id);
		},
		call: (id, method, path, body) =>
			request(`http://127.0.0.1:${cluster.node(id).control.port}${path}`, method, body),
		add(id, value) {
			operations += 1;
			return cluster.call(id, "POST", "/operation", { id: `c-${operations}`, f: "add", value });
		},
		async [Symbol.asyncDispose]() {
			for (const node of nodes.values()) await node.stop();
			for (const proxies of lanes.values()) {
				for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
			}
			await rm(folder, { recursive: true, force: true });
		},
	};
	for (const id of replicas) await cluster.start(id, 0);
	return cluster;
}

export async function request(url: string, method = "GET", body?: unknown): Promise<Called> {
	const response = await fetch(url, {
		method,
		...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
		signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
	});
	const text = await response.text();
	return { status: response.status, body: JSON.parse(text === "" ? "null" : text) as Body };
}

/** @returns what `look` returned at last. @throws when it was never truthy, with the last error */
export async function until<T>(what: string, look: () => Promise<T | false> | T | false): Promise<T> {
	const end = performance.now() + UNTIL_TIMEOUT_MS;
	let last: unknown = "nothing";
	while (performance.now() < end) {
		try {
			const found = await look();
			if (found) return found;
		} catch (error) {
			last = error;
		}
		await sleep(POLL_EVERY_MS);
	}
	throw new Error(`${what}: not within UNTIL_TIMEOUT_MS = ${UNTIL_TIMEOUT_MS} ms; last: ${String(last)}`);
}

function addressOf(proxy: LaneProxy): { host: string; port: number } {
	const [host = "", port = ""] = proxy.address.split(":");
	return { host, port: Number(port) };
}
