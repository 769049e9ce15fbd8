/**
 * A replica program round a program that speaks Maelstrom's protocol: to the harness it serves the control API, to its peers
 * it carries the node's messages over the SDK's transport, to the node it is Maelstrom's network and its client.
 *
 * A message is lost, as in Maelstrom, when its receiver can't be reached: nothing waits for a partition to end. Delivered
 * sets are not reported: only the node would know them, and its protocol has no word for them.
 */
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, type ControlHandlers, refusal, startControlServer } from "../sdk/control-server.ts";
import type { NodeEnvironment } from "../sdk/environment.ts";
import { createNodeJournal, type NodeJournal } from "../sdk/journal.ts";
import { randomSource } from "../sdk/node.ts";
import { NodeFailure, type ProgramCalls } from "../sdk/program.ts";
import type { Manifest, Operation } from "../sdk/replica.ts";
import { type StartedTransport, startTransport } from "../sdk/transport/transport.ts";
import { expectReply, viewIn } from "./answers.ts";
import { type Calls, createCalls } from "./calls.ts";
import { type StartedChild, startChild } from "./child.ts";
import { errorOf, NOT_SUPPORTED } from "./messages.ts";
import { createRouting, type Routing } from "./routing.ts";
import { neighbours } from "./topology.ts";
import { type BridgeOptions, requestFor } from "./workloads.ts";

/** From its start to `init_ok`; well below what the harness waits for a replica. */
const INIT_WITHIN_MS = 8_000;
const TOPOLOGY_WITHIN_MS = 3_000;
/** At the first start, for all peers to be there: a message that is lost before the run began accuses nobody. */
const PEERS_WITHIN_MS = 3_000;
const PEERS_POLL_MS = 10;
/** A message to a peer that can't be reached for longer is lost. Enough for a connection that broke to come back. */
const UNREACHABLE_FOR_MS = 200;
/** Longer than clients wait; it frees what a silent node keeps waiting. */
const OPERATION_WITHIN_MS = 30_000;
/** Shorter than the harness waits for a state. */
const READ_WITHIN_MS = 1_500;

export interface BridgeParts extends BridgeOptions {
	/** The user's program. */
	argv: readonly [program: string, ...args: string[]];
	delivers: Manifest;
	/** What the program is started with. */
	env: NodeJS.ProcessEnv;
	/** From its start to `init_ok`; by default {@link INIT_WITHIN_MS}. */
	initWithinMs?: number;
}

/** The links and the node, introduced to each other. */
interface Joined {
	transport: StartedTransport;
	child: StartedChild;
	routing: Routing;
	calls: Calls;
	journal: NodeJournal;
	/** Resolves when the node ends by itself. */
	ended: Promise<NodeFailure>;
	/** From now on; until then peers' messages are not taken, and they send them again. */
	takesMessages(): void;
}

/**
 * @returns how to end it
 * @throws Error when the program can't be started, ends, or doesn't answer `init`, or an address can't be bound
 */
export async function startBridge(
	parts: BridgeParts,
	environment: NodeEnvironment,
	{ warn, onFatal }: ProgramCalls,
): Promise<() => Promise<void>> {
	await mkdir(environment.dataFolder, { recursive: true });
	const joined = await joinNode(parts, environment, warn);
	const { child, transport, ended } = joined;
	let isStopping = false;
	async function stop(): Promise<void> {
		isStopping = true;
		await child.stop();
		await transport.close();
	}
	try {
		await unlessEnded(introduce(parts, joined, warn), ended);
		joined.takesMessages();
		if (environment.incarnation === 0) await untilWelcomed(transport, warn);
		const control = await startControlServer(environment.control, handlersOf(parts, environment, joined));
		void ended.then((failure) => isStopping || onFatal(failure));
		return () => control.close().then(stop);
	} catch (error) {
		await stop();
		throw error;
	}
}

async function joinNode(
	{ argv, env, delivers }: BridgeParts,
	environment: NodeEnvironment,
	warn: (line: string) => void,
): Promise<Joined> {
	const now = (): number => performance.timeOrigin + performance.now();
	const journal = createNodeJournal(now);
	let child: StartedChild | null = null;
	let takesMessages = false;
	const write = (line: string): boolean => child?.write(line) ?? false;
	const isBusy = (): boolean => !takesMessages || child?.congested === true;
	const transport = await openTransport(environment, delivers, { journal, now, warn, write, isBusy });
	const routing = createRouting({
		id: environment.id,
		replicas: environment.replicas,
		write,
		send: (to, line, label) => void transport.send(to, Buffer.from(line), label),
		settle: (body) => calls.settle(body),
		warn,
	});
	const calls = createCalls((request) => routing.request(request));
	try {
		child = await startChild({ argv, env, onLine: (line) => routing.route(line), onTooLong: warn });
	} catch (error) {
		await transport.close();
		throw new NodeFailure(`'${argv[0]}' can't be started: ${(error as Error).message}`);
	}
	transport.connect();
	const ended = child.ended.then((how) => new NodeFailure(`${argv.join(" ")} ended: ${how}`));
	return { transport, child, routing, calls, journal, ended, takesMessages: () => (takesMessages = true) };
}

interface TransportCalls {
	journal: NodeJournal;
	now: () => number;
	warn: (line: string) => void;
	write: (line: string) => boolean;
	isBusy: () => boolean;
}

function openTransport(
	{ id, incarnation, replicas, listen, peers, seed }: NodeEnvironment,
	manifest: Manifest,
	{ journal, now, warn, write, isBusy }: TransportCalls,
): Promise<StartedTransport> {
	return startTransport({
		id,
		incarnation,
		replicas,
		listen,
		peers: new Map([...peers].filter(([peer]) => peer !== id)),
		manifest,
		patienceMs: UNREACHABLE_FOR_MS,
		now,
		random: randomSource(`${seed}/${id}/${incarnation}/transport`),
		onArrival({ from, sequence, lane, sentAt, overtaken, duplicate, label }) {
			if (label !== null) journal.message({ from, sequence, lane, sentAt, overtaken, duplicate, label });
		},
		onReceive: (_, body) => void write(Buffer.from(body).toString("utf8")),
		// Nothing is kept on a disk that a reply would have to wait for.
		whenDurable: (action) => action(),
		// Before `init` and `topology` a node can't take messages: the sender tries again.
		overloaded: isBusy,
		onGarbage: (reason) => warn(`closed a connection to the peer port: ${reason}`),
	});
}

/** `init`, and where the workload has it `topology`. @throws NodeFailure when the node does not take part */
async function introduce(
	{ workload, topology, initWithinMs = INIT_WITHIN_MS }: BridgeParts,
	{ calls, routing: { node, nodes } }: Joined,
	warn: (line: string) => void,
): Promise<void> {
	const init = await calls.call({ type: "init", node_id: node, node_ids: nodes }, initWithinMs);
	const initiated = expectReply("init", init);
	if (!initiated.ok) throw new NodeFailure(`no init_ok: ${textOf(initiated.answer)}`);
	if (!workload.topology) return;
	const told = await calls.call(
		{ type: "topology", topology: neighbours(topology, nodes) },
		TOPOLOGY_WITHIN_MS,
	);
	if (told.kind === "reply" && told.body.type === "error" && errorOf(told.body).code === NOT_SUPPORTED) {
		warn(`${node} takes no topology; it is told of none`);
		return;
	}
	const taken = expectReply("topology", told);
	if (!taken.ok) throw new NodeFailure(`no topology_ok: ${textOf(taken.answer)}`);
}

function textOf({ body }: Answer): string {
	const { error } = body as { error: { code: string; message: string } };
	return `${error.code}, ${error.message}`;
}

/** @throws when the node ends first */
async function unlessEnded(work: Promise<void>, ended: Promise<NodeFailure>): Promise<void> {
	const failure = await Promise.race([work.then(() => null), ended]);
	if (failure !== null) throw failure;
}

async function untilWelcomed(transport: StartedTransport, warn: (line: string) => void): Promise<void> {
	const deadlineMs = performance.now() + PEERS_WITHIN_MS;
	while (!transport.welcomed() && performance.now() < deadlineMs) await sleep(PEERS_POLL_MS);
	if (!transport.welcomed()) warn(`not all peers were there within PEERS_WITHIN_MS = ${PEERS_WITHIN_MS} ms`);
}

function handlersOf(
	{ workload }: BridgeOptions,
	{ id, incarnation }: NodeEnvironment,
	{ calls, journal, routing, transport }: Joined,
): ControlHandlers {
	async function operate({ f, value }: Operation): Promise<Answer> {
		const request = requestFor(workload, f, value);
		if (request === null) return refusal(422, "unknown-operation", `no operation '${f}' in this workload`);
		const reply = expectReply(String(request.type), await calls.call(request, OPERATION_WITHIN_MS));
		if (!reply.ok) return reply.answer;
		if (f !== "read") return { status: 200, body: { value: null } };
		const read = viewIn(reply.body, workload.shownAs);
		return read.ok ? { status: 200, body: { value: read.view } } : read.answer;
	}
	async function state(): Promise<Answer> {
		const reply = expectReply("read", await calls.call({ type: "read" }, READ_WITHIN_MS));
		if (!reply.ok) return reply.answer;
		const read = viewIn(reply.body, workload.shownAs);
		return read.ok ? { status: 200, body: { view: read.view } } : read.answer;
	}
	return {
		health: () => ({
			status: 200,
			body: {
				id,
				incarnation,
				links: transport.counters(),
				node: { name: routing.node, ...routing.counters },
			},
		}),
		operation: (operation, respond) => void operate(operation).then(respond),
		state: (respond) => void state().then(respond),
		journal: (after) => ({ incarnation, ...journal.after(after) }),
	};
}
