/**
 * The `docker` runtime: every replica is a container, every link leads through a Toxiproxy container on a network of the run.
 * Crash is SIGKILL to the container, pause its freezer. Works with an engine elsewhere: nothing is mounted from this machine,
 * and no container's address is used from here, only ports that are published on the engine's loopback interface.
 */
import { mkdir } from "node:fs/promises";
import { createDisposal } from "../../disposal.ts";
import { type StartedLinks, startLinks } from "../../links/links.ts";
import type { PortPool } from "../../links/ports.ts";
import type { StartedToxiproxy } from "../../links/server.ts";
import type { ContainerFaults, RuntimeOptions, StartedRuntime } from "../runtime.ts";
import { NO_LIMITS, type Volume } from "./container-options.ts";
import { connectEngine } from "./engine.ts";
import { engineAddress } from "./engine-address.ts";
import { type Faketime, findFaketime, skewsClocks } from "./faketime.ts";
import { type Ground, layGround, sourceOptions } from "./ground.ts";
import { ensureToxiproxyImage } from "./images.ts";
import { aliasOf, makeNode } from "./make-node.ts";
import type { NodeContainer } from "./node-container.ts";
import { CODE_PATH, pakkaImage } from "./replica-source.ts";
import { startToxiproxyContainer, TOXIPROXY_ALIAS } from "./toxiproxy-container.ts";
import { createCodeVolume } from "./volumes.ts";

/** In the container of Toxiproxy all are free. */
const FIRST_PROXY_PORT = 10_000;

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
	const server = undo.use(await startProxy(ground));
	const links = undo.use(
		await startLinks({
			runId,
			replicas: names.map((id, number) => ({
				id,
				address: `${aliasOf(number)}:${ground.source.ports.peers}`,
			})),
			lanes,
			server,
			random,
			ports: countingPorts(),
			place: { listenHost: "0.0.0.0", reachedAt: TOXIPROXY_ALIAS },
			note,
		}),
	);
	const code = await carryCode(ground);
	const faketime = await fakeClocks(ground);
	const nodes = new Map(
		names.map((replica, number) => {
			const node = makeNode(ground, replica, number, links, { code, faketime });
			undo.use(node.container);
			return [replica, node] as const;
		}),
	);
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

async function startProxy(ground: Ground): Promise<StartedToxiproxy> {
	const { options, engine, events, labels, networks, host, publishedOn } = ground;
	const { note, signal, runId } = options;
	const { image, entrypoint, command, port } = await ensureToxiproxyImage(
		engine.docker,
		() => pakkaImage(sourceOptions(options, engine), []),
		{ note, signal },
	);
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

function countingPorts(): PortPool {
	let next = FIRST_PROXY_PORT;
	return { take: async (count) => Array.from({ length: count }, () => next++) };
}

function unknownReplica(replica: string, names: readonly string[]): never {
	throw new Error(`no replica '${replica}' (replicas are ${names.join(", ")})`);
}
