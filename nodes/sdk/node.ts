/**
 * A running node: one replica, its disk, its links, its control API, in this process. `serve` makes a program of
 * it; tests start several side by side.
 */
import { crc32 } from "node:zlib";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { decodePlain } from "./codec.ts";
import { type Answer, type ControlHandlers, refusal, startControlServer } from "./control-server.ts";
import { type DurableLog, openDurableLog } from "./durable-log.ts";
import { type Address, EnvironmentError, type NodeEnvironment } from "./environment.ts";
import { createNodeJournal, type NodeJournal } from "./journal.ts";
import type { Operation, Replica, ReplicaDefinition } from "./replica.ts";
import { createSkewedClock, type SkewedClock } from "./skewed-clock.ts";
import { createSteps, type Steps } from "./steps.ts";
import { type Arrived, type StartedTransport, startTransport } from "./transport/transport.ts";
import { encodeView } from "./view-encoding.ts";

/** Steps whose effects wait for the disk; beyond, peers wait and clients are told to come back. */
const MAX_UNCOMMITTED = 10_000;

export interface NodeOptions {
	/** A line for the log. */
	warn: (line: string) => void;
	/** The node can't go on: its disk failed, or its replica threw at a message or a tick. */
	onFatal: (error: unknown) => void;
}

export interface StartedNode extends AsyncDisposable {
	control: Address;
	listen: Address;
	/** Ends it in order: what was begun is made durable, then all connections are closed. */
	stop(): Promise<void>;
}

interface Parts {
	environment: NodeEnvironment;
	replica: Replica;
	log: DurableLog;
	journal: NodeJournal;
	clock: SkewedClock;
	steps: Steps;
	transport: StartedTransport;
	warn: (line: string) => void;
}

/** @throws when an address can't be bound, the disk is damaged, or the replica can't be created */
export async function startNode(
	definition: ReplicaDefinition,
	environment: NodeEnvironment,
	options: NodeOptions,
): Promise<StartedNode> {
	const wrong = definition.checkOptions?.(environment.options) ?? null;
	if (wrong !== null) throw new EnvironmentError([`PAKKA_OPTIONS: ${wrong}`]);
	await definition.load?.();
	const log = await openDurableLog({
		folder: environment.dataFolder,
		sync: definition.delivers.durable,
		warn: options.warn,
		onFailure: options.onFatal,
	});
	const parts = await assemble(definition, environment, options, log);
	const { replica, steps, transport } = parts;
	const control = await startControlServer(environment.control, handlersOf(parts));
	transport.connect();
	const ticking = setInterval(
		() => orFatal(options, () => steps.run((effects) => replica.tick(effects))),
		definition.tickMs,
	);
	const stop = async (): Promise<void> => {
		clearInterval(ticking);
		await control.close();
		await transport.close();
		await log.close();
		replica.dispose?.();
	};
	return { control: control.address, listen: transport.address, stop, [Symbol.asyncDispose]: stop };
}

async function assemble(
	definition: ReplicaDefinition,
	environment: NodeEnvironment,
	options: NodeOptions,
	log: DurableLog,
): Promise<Parts> {
	const { id, incarnation, replicas, seed } = environment;
	const { warn } = options;
	const now = (): number => performance.timeOrigin + performance.now();
	const clock = createSkewedClock(now);
	const journal = createNodeJournal(now);
	const random = randomSource(`${seed}/${id}/${incarnation}`);
	const replica = definition.create(
		{ id, replicas, incarnation, options: environment.options, now: () => clock.now(), random },
		log.persisted,
	);
	const steps = createSteps({
		log,
		journal,
		replica,
		now,
		send(to, body, label) {
			if (!transport.send(to, body, label)) warn(`no way to ${to} was given in PAKKA_PEERS: message lost`);
		},
	});
	const transport = await startTransport({
		id,
		incarnation,
		replicas,
		listen: environment.listen,
		peers: new Map([...environment.peers].filter(([peer]) => peer !== id)),
		manifest: definition.delivers,
		now,
		// Of its own, so that the replica's draws don't depend on how often a connection broke.
		random: randomSource(`${seed}/${id}/${incarnation}/transport`),
		onArrival: (arrived) => noteArrival(journal, arrived),
		onReceive(from, body) {
			orFatal(options, () => {
				const message = decodePlain(body);
				steps.run((effects) => replica.receive(from, message, effects));
			});
		},
		whenDurable: (action) => log.whenDurable(action),
		overloaded: () => log.backlog > MAX_UNCOMMITTED,
		onGarbage: (reason) => warn(`closed a connection to the peer port: ${reason}`),
	});
	return { environment, replica, log, journal, clock, steps, transport, warn };
}

function orFatal(options: NodeOptions, work: () => void): void {
	try {
		work();
	} catch (error) {
		options.onFatal(error);
	}
}

function handlersOf(parts: Parts): ControlHandlers {
	const { environment, replica, log, journal, clock, steps, transport, warn } = parts;
	const { id, incarnation } = environment;
	return {
		// This server listens only after the state was recovered and the peer port is open.
		health: () => ({ status: 200, body: { id, incarnation, links: transport.counters() } }),
		operation(operation, respond) {
			if (log.backlog > MAX_UNCOMMITTED) {
				respond(
					refusal(503, "overloaded", `over MAX_UNCOMMITTED = ${MAX_UNCOMMITTED} steps wait for the disk`),
				);
				return;
			}
			const answer = orInternalError(warn, `operation ${operation.id}`, () => execute(parts, operation));
			steps.whenDurable(() => respond(answer));
		},
		state(respond) {
			const answer = orInternalError(warn, "state", () => ({
				status: 200,
				body: {
					view: encodeView(replica.view()),
					delivered: replica.delivered?.(),
					pending: replica.pending?.(),
				},
			}));
			steps.whenDurable(() => respond(answer));
		},
		journal: (after) => ({ incarnation, ...journal.after(after) }),
		clock: (skew) => clock.set(skew),
	};
}

function execute({ replica, steps }: Parts, operation: Operation): Answer {
	const reply = steps.run((effects) => replica.invoke(operation, effects));
	if (!reply.ok) return refusal(reply.code === "conflict" ? 409 : 422, reply.code, reply.message);
	return {
		status: 200,
		body: {
			value: reply.value === undefined ? undefined : encodeView(reply.value),
			update: reply.update,
			delivered: replica.delivered?.(),
		},
	};
}

/** The replica threw: what it did of the step, in its memory, nobody knows. */
function orInternalError(warn: (line: string) => void, what: string, work: () => Answer): Answer {
	try {
		return work();
	} catch (error) {
		warn(
			`${what}: the replica threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
		);
		return refusal(500, "replica-threw", error instanceof Error ? error.message : String(error));
	}
}

function noteArrival(journal: NodeJournal, arrived: Arrived): void {
	const { from, sequence, lane, sentAt, overtaken, duplicate, label } = arrived;
	if (label !== null) journal.message({ from, sequence, lane, sentAt, overtaken, duplicate, label });
}

/** Uniform in [0, 1); the same for the same name. */
export function randomSource(name: string): () => number {
	const generator = xoroshiro128plus(crc32(name) | 0);
	return () => uniformFloat64(generator);
}
