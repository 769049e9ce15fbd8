/**
 * A replica program whose data is in a Redis server of its own: control API, peers over TCP, and scripts run one at a time against
 * the server, but for those that receive updates as written. What Redis refuses ends the program: what was done of it, nobody knows. Nothing of an operation leaves, neither reply nor message, before Redis has written and synced it.
 */
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { decodePlain, encodePlain } from "../../sdk/codec.ts";
import { type Answer, type ControlHandlers, refusal, startControlServer } from "../../sdk/control-server.ts";
import { EnvironmentError, type NodeEnvironment } from "../../sdk/environment.ts";
import { createNodeJournal, type NodeJournal } from "../../sdk/journal.ts";
import { randomSource } from "../../sdk/node.ts";
import type { Operation } from "../../sdk/replica.ts";
import { TICK_MS } from "../../sdk/replicated-type.ts";
import { createSkewedClock } from "../../sdk/skewed-clock.ts";
import { type StartedTransport, startTransport } from "../../sdk/transport/transport.ts";
import { encodeView } from "../../sdk/view-encoding.ts";
import { createQueue, type Queue } from "./queue.ts";
import { type StartedRedis, startRedis } from "./redis-server.ts";
import {
	accept,
	checkOptions,
	delivered,
	type Node,
	openNode,
	receive,
	type Sending,
	tick,
} from "./replication.ts";
import type { Script } from "./script.ts";
import type { StoredType } from "./stored-type.ts";

/** Scripts that wait for Redis; beyond, peers wait and clients are told to come back. */
const MAX_QUEUED = 10_000;

/** @throws EnvironmentError; or when an address can't be bound, or Redis can't be started */
export async function startProgram(
	type: StoredType,
	environment: NodeEnvironment,
	onFatal: (error: unknown) => void,
): Promise<AsyncDisposable> {
	const wrong = checkOptions(environment.options);
	if (wrong !== null) throw new EnvironmentError([`PAKKA_OPTIONS: ${wrong}`]);
	await mkdir(environment.dataFolder, { recursive: true });
	const redis = await startRedis(environment.dataFolder, onFatal);
	const distanceMs = (environment.options["roundTripMs"] as number | undefined) ?? 0;
	const node = await runOn(redis, 0, openNode(type, environment));
	const now = (): number => performance.timeOrigin + performance.now();
	const clock = createSkewedClock(now);
	const journal = createNodeJournal(now);
	const queue = createQueue();
	/** As a step of the SDK's node: what it sends and delivers leaves at its end. */
	function step<T>(
		script: (effects: Sending) => Script<T>,
		add: Queue["add"] = (work) => queue.add(work),
	): Promise<T> {
		const outgoing: (() => void)[] = [];
		const effects: Sending = {
			send: (to, message, label) =>
				outgoing.push(() => transport.send(to, encodePlain(message), label ?? null)),
			deliver: (replica, number) => outgoing.push(() => journal.deliver(`${replica}:${number}`, now())),
		};
		return add(async () => {
			const result = await runOn(redis, distanceMs, script(effects));
			for (const leave of outgoing) leave();
			return result;
		});
	}
	const transport = await openTransport(environment, { journal, queue, now }, (from, body) => {
		const message = decodePlain(body);
		// Where nothing is done in one transaction, nothing waits for another either: the text has no locks.
		const add: Queue["add"] = (work) => (type.atomic ? queue.add(work) : queue.addTogether(work));
		step((effects) => receive(node, from, message, effects), add).catch(onFatal);
	});
	const control = await startControlServer(environment.control, {
		health: () => ({ status: 200, body: { id: environment.id, incarnation: environment.incarnation } }),
		operation(operation, respond) {
			if (queue.length > MAX_QUEUED) {
				respond(refusal(503, "overloaded", `over MAX_QUEUED = ${MAX_QUEUED} operations wait for Redis`));
				return;
			}
			// The wall clock of the moment at which it came in.
			const nowMs = clock.now();
			step((effects) => operate(node, operation, nowMs, effects)).then(respond, onFatal);
		},
		state(respond) {
			step(() => stateOf(node)).then(respond, onFatal);
		},
		journal: (after) => ({ incarnation: environment.incarnation, ...journal.after(after) }),
		clock: (skew) => clock.set(skew),
	} satisfies ControlHandlers);
	transport.connect();
	const ticking = setInterval(() => void step((effects) => ticked(node, effects)).catch(onFatal), TICK_MS);
	return {
		async [Symbol.asyncDispose]() {
			clearInterval(ticking);
			await control.close();
			await transport.close();
			await queue.finished();
			await redis[Symbol.asyncDispose]();
		},
	};
}

function openTransport(
	environment: NodeEnvironment,
	{ journal, queue, now }: { journal: NodeJournal; queue: Queue; now: () => number },
	onReceive: (from: string, body: Uint8Array) => void,
): Promise<StartedTransport> {
	const { id, incarnation, replicas, listen, seed } = environment;
	return startTransport({
		id,
		incarnation,
		replicas,
		listen,
		peers: new Map([...environment.peers].filter(([peer]) => peer !== id)),
		manifest: { order: "any", duplicates: true, durable: true },
		now,
		random: randomSource(`${seed}/${id}/${incarnation}/transport`),
		onArrival({ from, sequence, lane, sentAt, overtaken, duplicate, label }) {
			if (label !== null) journal.message({ from, sequence, lane, sentAt, overtaken, duplicate, label });
		},
		onReceive,
		// Before the acknowledgement of what came in, all that was begun by then.
		whenDurable: (action) => void queue.finished().then(action),
		overloaded: () => queue.length > MAX_QUEUED,
		onGarbage: () => undefined,
	});
}

async function runOn<T>(redis: StartedRedis, distanceMs: number, script: Script<T>): Promise<T> {
	let at = script.next();
	while (at.done !== true) {
		if (distanceMs > 0) await sleep(distanceMs);
		at = script.next(await redis.execute(at.value));
	}
	return at.value;
}

function* operate(node: Node, operation: Operation, nowMs: number, effects: Sending): Script<Answer> {
	const reply = yield* accept(node, operation, nowMs, effects);
	if (!reply.ok) return refusal(422, reply.code, reply.message);
	const value = reply.value === undefined ? undefined : encodeView(reply.value);
	return { status: 200, body: { value, update: reply.update, delivered: delivered(node) } };
}

// biome-ignore lint/correctness/useYield: asks Redis nothing, but waits for its turn
// oxlint-disable-next-line require-yield -- asks Redis nothing, but waits for its turn
function* ticked(node: Node, effects: Sending): Script<void> {
	tick(node, effects);
}

function* stateOf(node: Node): Script<Answer> {
	const view = encodeView(yield* node.type.view(node.about));
	return { status: 200, body: { view, delivered: delivered(node), pending: node.waiting.size } };
}
