/**
 * The `process` runtime: every replica is an operating system process on this machine, every link leads through
 * Toxiproxy. Crash is SIGKILL, pause is SIGSTOP, both to the whole process group.
 */
import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ControlClient, connectControl } from "../../control-client.ts";
import { createDisposal } from "../../disposal.ts";
import { startLinks } from "../../links/links.ts";
import { createPortPool, type PortPool } from "../../links/ports.ts";
import { startToxiproxyServer } from "../../links/server.ts";
import { randomStream } from "../../plan/random.ts";
import { RUN_VARIABLE } from "../../run-registry.ts";
import type { RuntimeOptions, StartedRuntime } from "../runtime.ts";
import { argvOf, environmentOf, type NodeAddresses } from "./command.ts";
import { type LogFile, openLog } from "./log-file.ts";
import { FLOOD_DETAIL, NodeProcess } from "./node-process.ts";

const HOST = "127.0.0.1";
const LARGEST_SEED = 2 ** 31;

interface Node {
	process: NodeProcess;
	control: ControlClient;
	log: LogFile;
}

/** Starts Toxiproxy and the links; the nodes are started one by one with `start`. */
export async function startProcessRuntime(options: RuntimeOptions): Promise<StartedRuntime> {
	const { runId, scenario, leftovers, random, note, signal } = options;
	const { names, lanes } = scenario.replicas;
	await mkdir(options.logsFolder, { recursive: true });
	await using undo = createDisposal();
	const server = undo.use(
		await startToxiproxyServer({
			env: { ...process.env, [RUN_VARIABLE]: runId },
			spawned: (pid) => leftovers.add(pid),
			...(signal && { signal }),
		}),
	);
	// Not of the run's seed: runs of one seed at the same time must not want the same ports.
	const ports = createPortPool({
		random: randomStream(randomInt(LARGEST_SEED), "ports").float,
		salt: 0,
		among: leftovers.claimPorts(portsNeeded(names.length, lanes)),
	});
	const addresses = await chooseAddresses(names, ports);
	const replicas = names.map((id) => ({ id, address: addressesOf(addresses, id).listen }));
	const links = undo.use(await startLinks({ runId, replicas, lanes, server, random, ports, note }));
	const nodes = new Map<string, Node>();
	const nodeOf = (replica: string): Node => nodes.get(replica) ?? unknownReplica(replica, names);
	for (const replica of names) {
		const node = makeNode(options, replica, addressesOf(addresses, replica), links.peersOf(replica));
		undo.use(node.control);
		nodes.set(replica, node);
	}
	undo.use(togetherEnded([...nodes.values()].map(({ process }) => process)));
	const started = undo.move();
	return {
		links,
		toxiproxy: { kind: server.kind, version: server.version },
		failed: links.failed,
		control: (replica) => nodeOf(replica).control,
		status: (replica) => nodeOf(replica).process.status,
		incarnation: (replica) => nodeOf(replica).process.incarnation,
		start: (replica) => nodeOf(replica).process.start(),
		// The links are told first each time: what they hold for a replica that does not read can't be trusted.
		async crash(replica, disk) {
			if (nodeOf(replica).process.status === "paused") await links.replicaResuming(replica);
			return nodeOf(replica).process.crash(disk);
		},
		async pause(replica) {
			if (nodeOf(replica).process.status === "up") await links.replicaPaused(replica);
			return nodeOf(replica).process.pause();
		},
		async resume(replica) {
			if (nodeOf(replica).process.status === "paused") await links.replicaResuming(replica);
			return nodeOf(replica).process.resume();
		},
		containers: null,
		lastLogLines: (replica) => nodeOf(replica).log.lastLines(),
		[Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
	};
}

/** For every replica its control API and its listener, for every lane a proxy. */
function portsNeeded(replicas: number, lanes: number): number {
	return replicas * 2 + replicas * (replicas - 1) * lanes;
}

/** Chosen before anything starts, since everybody must know everybody's. */
async function chooseAddresses(
	names: readonly string[],
	pool: PortPool,
): Promise<Map<string, NodeAddresses>> {
	const ports = await pool.take(names.length * 2);
	return new Map(
		names.map((name, index) => [
			name,
			{ control: `${HOST}:${ports[index * 2]}`, listen: `${HOST}:${ports[index * 2 + 1]}` },
		]),
	);
}

function makeNode(
	options: RuntimeOptions,
	replica: string,
	addresses: NodeAddresses,
	peers: Record<string, string[]>,
): Node {
	const { runId, scenario, leftovers, report } = options;
	const control = connectControl(addresses.control);
	const log = openLog(join(options.logsFolder, `${replica}.log`), () =>
		report({ replica, what: "log-flood", detail: FLOOD_DETAIL }),
	);
	const dataFolder = join(leftovers.folder, replica);
	const node = new NodeProcess({
		replica,
		argv: argvOf(scenario),
		folder: scenario.folder,
		dataFolder,
		environment: (incarnation) =>
			environmentOf(scenario, runId, { replica, addresses, peers, dataFolder, incarnation }),
		control,
		log,
		leftovers,
		report,
	});
	return { process: node, control, log };
}

function togetherEnded(processes: readonly NodeProcess[]): AsyncDisposable {
	return {
		async [Symbol.asyncDispose]() {
			await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
		},
	};
}

function addressesOf(addresses: ReadonlyMap<string, NodeAddresses>, replica: string): NodeAddresses {
	return addresses.get(replica) ?? unknownReplica(replica, [...addresses.keys()]);
}

function unknownReplica(replica: string, names: readonly string[]): never {
	throw new Error(`no replica '${replica}' (replicas are ${names.join(", ")})`);
}
