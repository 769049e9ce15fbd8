/**
 * How updates of a type kept in Redis travel, by script: an update is recorded in Redis in a log by actor, with the count that has
 * been delivered of each actor; it is sent to all at once; whoever is told by a digest what a peer has delivered sends it what
 * it lacks. Updates are delivered in causal order, once: an update carries what its origin had delivered.
 *
 * An actor is a replica in one life: after the loss of its disk it is another one, so that no number is given twice.
 * What waits for others is kept in memory only, at most {@link MAX_WAITING}: anti-entropy brings it again.
 */
import {
	type DeliveredJson,
	type Effects,
	type Json,
	type Operation,
	type Reply,
	UPDATES_PER_INCARNATION,
} from "../../sdk/replica.ts";
import { tooManyUpdates, unknownOperation } from "../../sdk/replicated-type.ts";
import { ask, askHash, type Batch, type Command, nameOf, type Script } from "./script.ts";
import type { StoredContext, StoredType } from "./stored-type.ts";

const MAX_WAITING = 1_000;
/** Updates with which one digest is answered. */
const MAX_ANSWERED = 100;
const DIGEST_EVERY_TICKS = 3;

/** Updates delivered, by actor; of each actor the first so many. */
type Counts = Map<string, number>;

interface Update {
	origin: string;
	begunBy: number;
	/** Among its actor's. */
	count: number;
	/** Delivered at its origin before it. */
	seen: [actor: string, count: number][];
	effect: Json;
}

export interface Node {
	type: StoredType;
	about: StoredContext;
	peers: readonly string[];
	clockTickMs: number;
	/** The incarnation that began this life. */
	begunBy: number;
	/** As Redis has them. */
	counts: Counts;
	/** As they were one digest and two digests ago; what came since may still be on its way to a peer, and is not sent again. */
	recent: Counts;
	settled: Counts;
	ticks: number;
	waiting: Map<string, Update>;
	/** Being written; its record is still to come. */
	unrecorded: Update | null;
}

export type Sending = Pick<Effects, "send" | "deliver">;

const LIFE = nameOf("life");
const DELIVERED = nameOf("delivered");

export function* openNode(
	type: StoredType,
	context: { id: string; replicas: readonly string[]; incarnation: number; options: Record<string, Json> },
): Script<Node> {
	const { id, replicas, incarnation, options } = context;
	const begunBy = yield* ask("HGET", LIFE, "begunBy");
	const counts = yield* readCounts();
	return {
		type,
		about: { id, user: (options["user"] as string | undefined) ?? "ann" },
		peers: replicas.filter((replica) => replica !== id),
		clockTickMs: (options["clockTickMs"] as number | undefined) ?? 1,
		begunBy: begunBy === null ? incarnation : Number(begunBy),
		counts,
		recent: new Map(counts),
		settled: new Map(counts),
		ticks: 0,
		waiting: new Map(),
		unrecorded: null,
	};
}

/** A copy that shares only what is never changed. */
export function copyNode(node: Node): Node {
	return { ...node, counts: new Map(node.counts), waiting: new Map(node.waiting) };
}

/**
 * `user`: whose cart or account it is. `clockTickMs`: how coarsely the clock ticks, as some systems' clocks do (16 ms).
 * `roundTripMs`: how far away a real Redis is, beyond a socket of the same machine; not simulated.
 * @returns a mistake in the scenario's options, or null
 */
export function checkOptions(options: Record<string, Json>): string | null {
	for (const [name, value] of Object.entries(options)) {
		if (name === "user" && typeof value === "string") continue;
		const isDuration = Number.isSafeInteger(value) && (value as number) > 0;
		if ((name === "clockTickMs" || name === "roundTripMs") && isDuration) continue;
		return `expected user, a name, clockTickMs and roundTripMs, integers from 1; found ${name}: ${JSON.stringify(value)}`;
	}
	return null;
}

/** @param wallMs whole milliseconds */
export function* accept(node: Node, operation: Operation, wallMs: number, effects: Sending): Script<Reply> {
	const { type, about, begunBy, counts } = node;
	if (operation.f === "read") return { ok: true, value: yield* type.view(about) };
	if (!Object.hasOwn(type.operations, operation.f)) return unknownOperation(type, operation);
	const actor = actorOf(begunBy, about.id);
	const count = (counts.get(actor) ?? 0) + 1;
	if (count > UPDATES_PER_INCARNATION) return tooManyUpdates();
	const nowMs = wallMs - (wallMs % node.clockTickMs);
	const prepared = yield* type.prepare(operation, { ...about, actor, tag: nameOf(actor, count), nowMs });
	if ("reject" in prepared) return { ok: false, ...prepared.reject };
	const update = { origin: about.id, begunBy, count, seen: [...counts], effect: prepared.effect };
	yield* write(node, update, effects);
	for (const peer of node.peers) sendUpdate(peer, update, effects);
	return { ok: true, update: numberOf(update) };
}

/** What is no message of ours is ignored. */
export function* receive(node: Node, from: string, message: unknown, effects: Sending): Script<void> {
	const { update, digest } = (message ?? {}) as { update?: unknown; digest?: unknown };
	if (isUpdate(update)) {
		if (node.waiting.size < MAX_WAITING) node.waiting.set(keyOf(update), update);
		yield* deliverWaiting(node, effects);
	}
	if (isCounts(digest)) yield* sendMissing(node, from, new Map(digest), effects);
}

function isUpdate(message: unknown): message is Update {
	if (typeof message !== "object" || message === null) return false;
	const { origin, begunBy, count, seen } = message as Record<keyof Update, unknown>;
	const isNumbered = Number.isSafeInteger(begunBy) && Number.isSafeInteger(count);
	return typeof origin === "string" && isNumbered && isCounts(seen);
}

function isCounts(message: unknown): message is [actor: string, count: number][] {
	return (
		Array.isArray(message) &&
		message.every(
			(pair) => Array.isArray(pair) && typeof pair[0] === "string" && Number.isSafeInteger(pair[1]),
		)
	);
}

export function tick(node: Node, effects: Sending): void {
	node.ticks += 1;
	if (node.ticks % DIGEST_EVERY_TICKS !== 0) return;
	node.settled = node.recent;
	node.recent = new Map(node.counts);
	const digest = [...node.counts];
	for (const peer of node.peers) effects.send(peer, { digest });
}

/** What is visible, as the protocol reports it. */
export function delivered(node: Node): DeliveredJson {
	const counts = new Map(node.counts);
	const { unrecorded } = node;
	if (unrecorded !== null) counts.set(actorOf(unrecorded.begunBy, unrecorded.origin), unrecorded.count);
	const runs: Record<string, [number, number][]> = {};
	for (const [actor, count] of counts) {
		const { begunBy, origin } = readActor(actor);
		const base = begunBy * UPDATES_PER_INCARNATION;
		(runs[origin] ??= []).push([base + 1, base + count]);
	}
	for (const ofOne of Object.values(runs)) ofOne.sort(([a], [b]) => a - b);
	return runs;
}

function* deliverWaiting(node: Node, effects: Sending): Script<void> {
	const { counts } = node;
	for (let found = true; found; ) {
		found = false;
		for (const [key, update] of node.waiting) {
			const actor = actorOf(update.begunBy, update.origin);
			const next = (counts.get(actor) ?? 0) + 1;
			if (update.count > next || !update.seen.every(([other, count]) => (counts.get(other) ?? 0) >= count)) {
				continue;
			}
			node.waiting.delete(key);
			if (update.count < next) continue;
			yield* write(node, update, effects);
			found = true;
		}
	}
}

function* sendMissing(node: Node, peer: string, known: Counts, effects: Sending): Script<void> {
	let left = MAX_ANSWERED;
	for (const [actor, count] of node.settled) {
		const first = (known.get(actor) ?? 0) + 1;
		const fields: string[] = [];
		for (let n = first; n <= count && left > 0; n += 1, left -= 1) fields.push(String(n));
		if (fields.length === 0) continue;
		const entries = yield* ask("HMGET", logKey(actor), ...fields);
		for (const entry of entries as string[]) sendUpdate(peer, JSON.parse(entry) as Update, effects);
	}
}

function sendUpdate(peer: string, update: Update, effects: Sending): void {
	effects.send(peer, { update }, `update ${update.origin}:${numberOf(update)}`);
}

/** The batch that says that an update was delivered; where the type is atomic, together with what it writes. */
function* write(node: Node, update: Update, effects: Sending): Script<void> {
	const { type, about } = node;
	const actor = actorOf(update.begunBy, update.origin);
	const record: Command[] = [
		["HSET", logKey(actor), String(update.count), JSON.stringify(update)],
		["HSET", DELIVERED, actor, String(update.count)],
		["HSETNX", LIFE, "begunBy", String(node.begunBy)],
	];
	const commands = type.apply(update.effect, about);
	if (type.atomic) {
		yield [...commands, ...record];
	} else {
		for (const command of commands) yield [command];
		node.unrecorded = update;
		yield record;
		node.unrecorded = null;
	}
	node.counts.set(actor, Math.max(update.count, node.counts.get(actor) ?? 0));
	effects.deliver(update.origin, numberOf(update));
}

/** Whether a script of a type that is not atomic is about to record what it has written. */
export function isRecord(batch: Batch): boolean {
	return batch.some(([, key]) => key === DELIVERED) && batch.length > 1;
}

function* readCounts(): Script<Counts> {
	const counts: Counts = new Map();
	for (const [actor, count] of yield* askHash(DELIVERED)) counts.set(actor, Number(count));
	return counts;
}

function numberOf({ begunBy, count }: Update): number {
	return begunBy * UPDATES_PER_INCARNATION + count;
}

function actorOf(begunBy: number, id: string): string {
	return nameOf(begunBy, id);
}

function readActor(actor: string): { begunBy: number; origin: string } {
	const [begunBy, origin] = JSON.parse(actor) as [number, string];
	return { begunBy, origin };
}

function keyOf({ begunBy, origin, count }: Update): string {
	return nameOf(begunBy, origin, count);
}

function logKey(actor: string): string {
	return nameOf("log", actor);
}
