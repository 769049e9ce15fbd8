/**
 * The `docker` runtime: every replica is a container, every link leads through a Toxiproxy container on a network of the run.
 * Crash is SIGKILL to the container, pause its freezer. Works with an engine elsewhere: nothing is mounted from this machine,
 * and no container's address is used from here, only ports that are published on the engine's loopback interface.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { connectControl } from "../../control-client.ts";
import { createDisposal } from "../../disposal.ts";
import { type StartedLinks, startLinks } from "../../links/links.ts";
import type { PortPool } from "../../links/ports.ts";
import type { StartedToxiproxy } from "../../links/server.ts";
import { openLog } from "../process/log-file.ts";
import type { ContainerFaults, RuntimeOptions, StartedRuntime } from "../runtime.ts";
import { connectAdapter } from "./adapter.ts";
import { type ContainerEvents, followEvents } from "./container-events.ts";
import { NO_LIMITS, type Volume } from "./container-options.ts";
import { connectEngine, type Engine, EngineError, requireEngine } from "./engine.ts";
import { engineAddress, engineHost, isLocalEngine } from "./engine-address.ts";
import { ensureToxiproxyImage } from "./images.ts";
import { type Labels, labelsOf } from "./labels.ts";
import { createMovingControl } from "./moving-control.ts";
import { createNetworks, type Networks } from "./networks.ts";
import { FLOOD_DETAIL, NodeContainer } from "./node-container.ts";
import { removeDeadRuns, removeRun } from "./remove-runs.ts";
import {
	adaptedNode,
	CODE_PATH,
	environmentOf,
	pakkaImage,
	prepareSource,
	type ReplicaSourceImage,
	type SourceOptions,
} from "./replica-source.ts";
import { startToxiproxyContainer, TOXIPROXY_ALIAS } from "./toxiproxy-container.ts";
import { createCodeVolume } from "./volumes.ts";

/** In the container of Toxiproxy all are free. */
const FIRST_PROXY_PORT = 10_000;
const LOOPBACK = "127.0.0.1";

/** What everything of one run needs. */
interface Ground {
	options: RuntimeOptions;
	engine: Engine;
	events: ContainerEvents;
	labels: Labels;
	networks: Networks;
	source: ReplicaSourceImage;
	/** host of published ports, and the address that they are published on there. */
	host: string;
	publishedOn: string;
}

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
	const nodes = new Map(
		names.map((replica, number) => {
			const node = makeNode(ground, replica, number, links, code);
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

async function layGround(
	options: RuntimeOptions,
	engine: Engine,
	use: <T extends AsyncDisposable>(thing: T) => T,
): Promise<Ground> {
	const { runId, note, signal } = options;
	await requireEngine(engine);
	// Before anything is made, so that whoever cleans up after us knows where to look.
	options.leftovers.addEngine(engine.address);
	const publishedOn = publishingAddress(engine);
	const labels = labelsOf(runId);
	const events = use(await followEvents(engine, runId));
	// After the nodes have ended, and before the connection to the engine goes.
	use({ [Symbol.asyncDispose]: () => removeAll(engine, options) });
	const [swept, source, networks] = await allOrNone([
		removeDeadRuns(engine),
		prepareSource(sourceOptions(options, engine)),
		createNetworks(engine, runId, labels),
	]);
	const names = [...swept.containers, ...swept.networks, ...swept.volumes];
	if (names.length > 0) note("removed from the Docker engine what dead runs had left", names.sort());
	signal?.throwIfAborted();
	return { options, engine, events, labels, networks, source, host: engineHost(engine.address), publishedOn };
}

/** Waits for all of them also when one fails, so that nothing is made behind the back of whoever cleans up. */
async function allOrNone<const T extends readonly Promise<unknown>[]>(
	works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
	await Promise.allSettled(works);
	return Promise.all(works);
}

/** Should the engine be gone, what is in it stays entered, for the next run's sweep and for "pakka clean". */
async function removeAll(engine: Engine, { runId, leftovers }: RuntimeOptions): Promise<void> {
	try {
		await removeRun(engine, runId, false);
		leftovers.removeEngine(engine.address);
	} catch (error) {
		if (!(error instanceof EngineError) || error.status !== null) throw error;
	}
}

/** @throws Error when published ports could not be reached from here without opening them to others */
function publishingAddress({ address }: Engine): string {
	const wanted = process.env["PAKKA_DOCKER_PUBLISH"] ?? "";
	if (wanted !== "") return wanted;
	if (isLocalEngine(address)) return LOOPBACK;
	throw new Error(
		`the Docker engine at ${address.url} is on another host, whose 127.0.0.1 can't be reached from here. Set ` +
			"PAKKA_DOCKER_PUBLISH to the address of that host on which replicas' control ports may be published (0.0.0.0: all, for " +
			"everybody who reaches that host), or forward its socket to this machine and name that in DOCKER_HOST.",
	);
}

function sourceOptions({ scenario, note, signal }: RuntimeOptions, engine: Engine): SourceOptions {
	return { scenario, engine, note, signal };
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

function makeNode(ground: Ground, replica: string, number: number, links: StartedLinks, code: Volume[]) {
	const { options, engine, events, labels, networks, source, host, publishedOn } = ground;
	const { runId, scenario, report } = options;
	const name = `pakka-${runId}-${replica}`;
	const peers = links.peersOf(replica);
	const control = createMovingControl(replica);
	const log = openLog(join(options.logsFolder, `${replica}.log`), () =>
		report({ replica, what: "log-flood", detail: FLOOD_DETAIL }),
	);
	const paths = [source.dataPath, ...source.otherPaths];
	const disks = paths.map((path, index) => ({
		name: `${name}-disk-${index}`,
		path,
		readOnly: false,
		copiesImage: !source.opensVolumes,
	}));
	const { adapter, ports, dataPath } = source;
	const adapted = adaptedNode(scenario, { replica, peers, dataPath });
	const start = adapter?.start(adapted);
	const entrypoint = start?.entrypoint ?? source.entrypoint;
	const command = start?.command ?? source.command;
	const container = new NodeContainer({
		replica,
		engine,
		events,
		name,
		spec: {
			image: source.image,
			...(entrypoint !== undefined && { entrypoint }),
			...(command !== undefined && { command }),
			imageUser: source.user,
			labels,
			network: networks.control,
			volumes: [...disks, ...code],
			publishedPort: ports.control,
			publishedOn,
		},
		opensVolumes: source.opensVolumes,
		environment: (incarnation) => ({
			...environmentOf(scenario, runId, { replica, peers, dataPath, incarnation }),
			...start?.environment,
		}),
		linksNetwork: networks.links,
		alias: aliasOf(number),
		stopSignal: source.stopSignal,
		connect: (port, incarnation) =>
			adapter === null
				? connectControl(`${host}:${port}`)
				: connectAdapter(adapter, { ...adapted, incarnation }, `${host}:${port}`),
		control,
		leaving: (lanes) => links.replicaGone(replica, lanes),
		back: () => links.replicaBack(replica),
		log,
		report,
	});
	return { container, control, log };
}

/** On the links network. By number, since a replica may be called `toxiproxy`. */
function aliasOf(number: number): string {
	return `node-${number + 1}`;
}

function countingPorts(): PortPool {
	let next = FIRST_PROXY_PORT;
	return { take: async (count) => Array.from({ length: count }, () => next++) };
}

function unknownReplica(replica: string, names: readonly string[]): never {
	throw new Error(`no replica '${replica}' (replicas are ${names.join(", ")})`);
}
