/**
 * The `docker` runtime: every replica is a container, every link leads through a Toxiproxy container on a network of the run.
 * Crash is SIGKILL to the container, pause its freezer. Works with an engine elsewhere: nothing is mounted from this machine,
 * and no container's address is used from here, only ports that are published on the engine's loopback interface.
 */
import { mkdir } from "node:fs/promises";
import { createDisposal } from "../../disposal.ts";
import { plannedPeers } from "../../links/lay.ts";
import { type StartedLinks, startLinks } from "../../links/links.ts";
import type { PortPool } from "../../links/ports.ts";
import type { StartedToxiproxy } from "../../links/server.ts";
import type { ContainerFaults, RuntimeOptions, StartedRuntime } from "../runtime.ts";
import { NO_LIMITS, type Volume } from "./container-options.ts";
import { connectEngine } from "./engine.ts";
import { engineAddress } from "./engine-address.ts";
import { type Faketime, findFaketime, skewsClocks } from "./faketime.ts";
import { type Ground, layGround } from "./ground.ts";
import { aliasOf, type ContainerNode, makeNode, type NodeLinks } from "./make-node.ts";
import type { NodeContainer } from "./node-container.ts";
import { CODE_PATH } from "./replica-source.ts";
import { startToxiproxyContainer, TOXIPROXY_ALIAS } from "./toxiproxy-container.ts";
import { createCodeVolume } from "./volumes.ts";

/** In the container of Toxiproxy all are free. */
const FIRST_PROXY_PORT = 10_000;
const PLACE = { listenHost: "0.0.0.0", reachedAt: TOXIPROXY_ALIAS };

/**
 * Makes images where they are missing, networks, Toxiproxy and the links; the nodes are started one by one with `start`.
 * @throws Error when no engine answers, an image is not there, or the engine fails; what was made is removed by its label
 */
export async function startDockerRuntime(options: RuntimeOptions): Promise<StartedRuntime> {
	const { runId, scenario, random, note } = options;
	const { names, lanes } = scenario.replicas;
	await mkdir(options.logsFolder, { recursive: true });
	await using undo = createDisposal();
	const engine = undo.use(connectEngine(engineAddress(process.env)));
	const ground = await layGround(options, engine, undo.use.bind(undo));
	const replicas = names.map((id, number) => ({
		id,
		address: `${aliasOf(number)}:${ground.source.ports.peers}`,
	}));
	const ports = proxyPorts();
	let present: StartedLinks | null = null;
	// They end after the nodes, though they begin after them.
	undo.use({ [Symbol.asyncDispose]: async () => present?.[Symbol.asyncDispose]() });
	const nodes = await makeNodes(ground, {
		peersOf: await plannedPeers({ runId, replicas, lanes, ports, place: PLACE }),
		links: () => present,
	});
	undo.use(togetherEnded([...nodes.values()].map(({ container }) => container)));
	const server = undo.use(await startTogether(ground, [...nodes.values()]));
	const links = await startLinks({ runId, replicas, lanes, server, random, ports, place: PLACE, note });
	present = links;
	const nodeOf = (replica: string) => nodes.get(replica) ?? unknownReplica(replica, names);
	const containerOf = (replica: string) => nodeOf(replica).container;
	const started = undo.move();
	return {
		links,
		toxiproxy: { kind: server.kind, version: server.version },
		failed: Promise.race([links.failed, ground.events.lost]),
		control: (replica) => nodeOf(replica).control,
		status: (replica) => containerOf(replica).status,
		incarnation: (replica) => containerOf(replica).incarnation,
		start: (replica) => containerOf(replica).start(),
		// The links are told first each time: what they hold for a replica that does not read can't be trusted.
		async crash(replica, disk) {
			if (containerOf(replica).status === "paused") await links.replicaResuming(replica);
			return containerOf(replica).crash(disk);
		},
		async pause(replica) {
			if (containerOf(replica).status === "up") await links.replicaPaused(replica);
			return containerOf(replica).pause();
		},
		async resume(replica) {
			if (containerOf(replica).status === "paused") await links.replicaResuming(replica);
			return containerOf(replica).resume();
		},
		containers: containerFaults(containerOf, links),
		lastLogLines: (replica) => nodeOf(replica).log.lastLines(),
		[Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
	};
}

function containerFaults(
	containerOf: (replica: string) => NodeContainer,
	links: StartedLinks,
): ContainerFaults {
	return {
		async stop(replica, graceMs) {
			if (containerOf(replica).status === "paused") await links.replicaResuming(replica);
			return containerOf(replica).stop(graceMs);
		},
		// One that is cut off does not read either.
		async disconnect(replica) {
			await links.replicaPaused(replica);
			return containerOf(replica).setOnLinks(false);
		},
		async connect(replica) {
			const done = await containerOf(replica).setOnLinks(true);
			await links.replicaResuming(replica);
			return done;
		},
		limit: (replica, limits) => containerOf(replica).limit(limits ?? NO_LIMITS),
	};
}

async function makeNodes(ground: Ground, links: NodeLinks): Promise<Map<string, ContainerNode>> {
	const [code, faketime] = await Promise.all([carryCode(ground), fakeClocks(ground)]);
	const { names } = ground.options.scenario.replicas;
	return new Map(
		names.map((replica, number) => [replica, makeNode(ground, replica, number, links, { code, faketime })]),
	);
}

/**
 * All containers at once: none waits for what runs in another, as peers may be down anyhow. Only programs that Pakka did not write
 * are started after Toxiproxy can be found by its name: they may take a name that nobody has for a mistake.
 * @returns when Toxiproxy answers
 */
async function startTogether(ground: Ground, nodes: ContainerNode[]): Promise<StartedToxiproxy> {
	let named: () => void = () => {};
	const toxiproxyNamed = new Promise<void>((resolve) => {
		named = resolve;
	});
	const begin = async (node: ContainerNode, made: Promise<void>) => {
		await made;
		if (ground.source.needsPeersNamed) await toxiproxyNamed;
		// What is not begun need not be ended.
		ground.options.signal?.throwIfAborted();
		node.container.begin();
	};
	// First in the engine's queue, because it is asked for the links next.
	const server = startProxy(ground, named);
	const prepared = nodes.map(({ container }) => container.prepare());
	// Without Toxiproxy none of them is of use.
	const failed = server.then(undefined, named);
	const begun = nodes.map((node, index) => begin(node, prepared[index] ?? Promise.resolve()));
	await Promise.allSettled([failed, ...begun]);
	await Promise.all(begun);
	return server;
}

function startProxy(ground: Ground, whenNamed: () => void): Promise<StartedToxiproxy> {
	const { options, engine, events, labels, networks, host, publishedOn } = ground;
	const { image, entrypoint, command, port } = ground.toxiproxy;
	const { runId, signal } = options;
	return startToxiproxyContainer({
		engine,
		events,
		spec: {
			name: `pakka-${runId}-toxiproxy`,
			image,
			entrypoint,
			command,
			imageUser: "",
			environment: {},
			labels,
			network: networks.control,
			volumes: [],
			publishedPort: port,
			publishedOn,
			limits: NO_LIMITS,
		},
		linksNetwork: networks.links,
		host,
		...(signal && { signal }),
		whenNamed,
	});
}

async function carryCode({ source, engine, options, labels }: Ground): Promise<Volume[]> {
	if (source.code === null) return [];
	const { image, code } = source;
	const name = `pakka-${options.runId}-code`;
	return [await createCodeVolume(engine, { code, image, name, labels, path: CODE_PATH })];
}

/**
 * Replicas made with the SDK skew their own clocks. A program of somebody else's may too; where its image has libfaketime,
 * that is taken instead. @throws Error where neither can be
 */
async function fakeClocks({ source, engine, options, labels }: Ground): Promise<Faketime | null> {
	if (!source.opensVolumes || !skewsClocks(options.scenario)) return null;
	const { image, dataPath, adapter } = source;
	const name = `pakka-${options.runId}-looker`;
	const found = await findFaketime(engine, { image, name, labels, dataPath });
	if (found !== null || adapter === null) return found;
	throw new Error(
		`faults: the clock of '${image}' can't be skewed: it has no libfaketime, and a server behind an adapter can't be asked to. ` +
			"Install libfaketime in the image, or leave the clock alone.",
	);
}

/** Always the same ones, so that they are known before Toxiproxy runs. */
function proxyPorts(): PortPool {
	return { take: async (count) => Array.from({ length: count }, (_, index) => FIRST_PROXY_PORT + index) };
}

/** All at once; what one of them throws is thrown when all are through. */
function togetherEnded(things: AsyncDisposable[]): AsyncDisposable {
	return {
		async [Symbol.asyncDispose]() {
			const endings = things.map((thing) => Promise.resolve(thing[Symbol.asyncDispose]()));
			await Promise.allSettled(endings);
			await Promise.all(endings);
		},
	};
}

function unknownReplica(replica: string, names: readonly string[]): never {
	throw new Error(`no replica '${replica}' (replicas are ${names.join(", ")})`);
}
