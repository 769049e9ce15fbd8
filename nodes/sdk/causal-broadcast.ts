/**
 * Reliable causal broadcast, and the replica made of it and an {@link OpBasedType}. A replica numbers the updates
 * that it accepts, pushes them to all peers at once, keeps every update, and sends a peer what its digest shows to
 * be lacking, whoever accepted it: the updates of a crashed origin spread, and a node that lost its disk gets all
 * of them back. Updates are delivered once and after their dependencies (causal buffer).
 *
 * The log of updates is never truncated: no update is known to be stable while a disk may yet be lost.
 *
 * {@link BroadcastBehaviour} holds the seams for `library` and for specimens; users have `opBased`.
 */
import {
	type BroadcastBehaviour,
	type BroadcastState,
	canFingerprint,
	copyState,
	fingerprint,
	reloaded,
	restore,
	type Shipping,
	takeSnapshot,
} from "./broadcast-state.ts";
import { mustWait, release } from "./causal-buffer.ts";
import { addUpdate, type DeliveredSet, deliveredToJson, hasUpdate, isDeliveredJson } from "./delivered.ts";
import {
	type Digest,
	FRESH_TICKS,
	findPeer,
	hearDigest,
	knownTo,
	knowsAll,
	type Peer,
	tickGossip,
} from "./gossip.ts";
import { recordLife } from "./life.ts";
import type { OpBasedType, Update } from "./op-based-type.ts";
import type {
	DeliveredJson,
	Effects,
	Operation,
	Persisted,
	Replica,
	ReplicaContext,
	ReplicaId,
	Reply,
} from "./replica.ts";
import { tooManyUpdates, unknownOperation } from "./replicated-type.ts";

export const HONEST_BROADCAST: BroadcastBehaviour = { dedupe: true, causalBuffer: true, ticksUntilSynced: 0 };

/** More is sent once the peer has acknowledged these. */
const UPDATES_PER_ANSWER = 256;

export function createBroadcastReplica<S, E>(
	type: OpBasedType<S, E>,
	behaviour: BroadcastBehaviour,
	context: ReplicaContext,
	persisted: Persisted,
): Replica {
	return new BroadcastReplica(restore(type, behaviour, context, persisted));
}

/** A class, since searches create tens of thousands a second: no closures. */
class BroadcastReplica<S, E> implements Replica {
	readonly #self: BroadcastState<S, E>;

	constructor(self: BroadcastState<S, E>) {
		this.#self = self;
	}

	invoke(operation: Operation, effects: Effects): Reply {
		return invoke(this.#self, operation, effects);
	}

	receive(from: ReplicaId, message: unknown, effects: Effects): void {
		receive(this.#self, from, message, effects);
	}

	tick(effects: Effects): void {
		tick(this.#self, effects);
	}

	view(): unknown {
		return this.#self.type.view(this.#self.state);
	}

	delivered(): DeliveredJson {
		return deliveredToJson(this.#self.delivered);
	}

	pending(): number {
		const { type, buffer, state } = this.#self;
		return buffer.size + (type.pending?.(state) ?? 0);
	}

	snapshot(): unknown {
		return takeSnapshot(this.#self);
	}

	reload(): void {
		reload(this.#self);
	}

	reloadedView(): unknown {
		return reloadedView(this.#self);
	}

	get fork(): (() => Replica) | undefined {
		return this.#self.type.clone === undefined
			? undefined
			: () => new BroadcastReplica(copyState(this.#self));
	}

	get fingerprint(): (() => unknown) | undefined {
		return canFingerprint(this.#self.type) ? () => fingerprint(this.#self) : undefined;
	}

	dispose(): void {
		this.#self.type.dispose?.(this.#self.state);
	}
}

function invoke<S, E>(self: BroadcastState<S, E>, operation: Operation, effects: Effects): Reply {
	const { type, context, life, operationContext } = self;
	if (operation.f === "read") return { ok: true, value: type.view(self.state) };
	if (!Object.hasOwn(type.operations, operation.f)) return unknownOperation(type, operation);
	const number = life.nextNumber;
	if (number >= life.numbersEnd) return tooManyUpdates();
	operationContext.number = number;
	const prepared = type.prepare(self.state, operation, operationContext);
	if ("reject" in prepared) return { ok: false, ...prepared.reject };
	if ("query" in prepared) return { ok: true, value: prepared.query };
	life.nextNumber++;
	const update: Update<E> = {
		protocol: self.protocol,
		kind: "update",
		origin: context.id,
		number,
		dependencies: deliveredToJson(self.delivered),
		effect: prepared.effect,
	};
	if (prepared.applied !== true) self.state = type.apply(self.state, update.effect, update);
	addUpdate(self.delivered, context.id, number);
	if (self.behaviour.ticksUntilSynced === 0) publish(self, update, effects);
	else self.unsynced.push({ update, dueAtTick: self.gossip.ticks + self.behaviour.ticksUntilSynced });
	effects.deliver(context.id, number);
	return prepared.result === undefined
		? { ok: true, update: number }
		: { ok: true, update: number, value: prepared.result };
}

/** Makes an update of one's own durable and sends it to all. */
function publish<S, E>(self: BroadcastState<S, E>, update: Update<E>, effects: Effects): void {
	keep(self, update, effects);
	const label = labelOf(update);
	for (const peer of self.gossip.peers) effects.send(peer.id, update, label);
}

function keep<S, E>(self: BroadcastState<S, E>, update: Update<E>, effects: Effects): void {
	if (!self.life.recorded) recordLife(self.life, effects);
	effects.persist(update);
	self.log.push(update);
	self.loggedAtTick.push(self.gossip.ticks);
}

function receive<S, E>(
	self: BroadcastState<S, E>,
	from: ReplicaId,
	message: unknown,
	effects: Effects,
): void {
	if (typeof message !== "object" || message === null) return;
	const { protocol, kind } = message as Partial<Update<E> | Digest>;
	if (protocol !== self.protocol) return;
	if (kind !== "update") {
		const peer = hearDigest(self.gossip, from, message as Digest, self.delivered, effects);
		if (peer !== null) sendLacking(self, peer, effects);
		return;
	}
	const update = message as Update<E>;
	if (!isUpdate(update)) return;
	const sender = findPeer(self.gossip, from);
	if (sender !== undefined) sender.owedAcknowledgement = true;
	if (self.behaviour.causalBuffer && mustWait(self.buffer, update, self.delivered)) return;
	deliver(self, update, effects);
}

/** Delivers the update and all that waited for it. */
function deliver<S, E>(self: BroadcastState<S, E>, update: Update<E>, effects: Effects): void {
	const { type, delivered, buffer } = self;
	const ready = [update];
	for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
		const first = addUpdate(delivered, next.origin, next.number);
		if (!first && self.behaviour.dedupe) continue;
		self.state = type.apply(self.state, next.effect, next);
		keep(self, next, effects);
		if (first) effects.deliver(next.origin, next.number);
		if (buffer.size === 0) continue;
		for (const waiting of release(buffer, next.origin, next.number)) {
			if (hasUpdate(delivered, waiting.origin, waiting.number)) continue;
			if (!mustWait(buffer, waiting, delivered)) ready.push(waiting as Update<E>);
		}
	}
}

function tick<S, E>(self: BroadcastState<S, E>, effects: Effects): void {
	tickGossip(self.gossip, self.delivered, effects);
	while (self.unsynced[0] !== undefined && self.unsynced[0].dueAtTick <= self.gossip.ticks) {
		publish(self, (self.unsynced.shift() as { update: Update<E> }).update, effects);
	}
}

/** Sends a peer what it is known to lack, oldest first, apart from what is under way to it anyhow. */
function sendLacking<S, E>(self: BroadcastState<S, E>, peer: Peer, effects: Effects): void {
	if (knowsAll(peer, self.delivered)) return;
	const { log, loggedAtTick, gossip } = self;
	const shipping = shippingTo(self, peer);
	const known = knownTo(peer);
	while (shipping.firstUnknown < log.length && has(known, log[shipping.firstUnknown] as Update<E>)) {
		shipping.firstUnknown++;
	}
	if (gossip.ticks < shipping.againAtTick && shipping.firstUnknown < shipping.sentUpTo) return;
	let sent = 0;
	let index = shipping.firstUnknown;
	for (; index < log.length && sent < UPDATES_PER_ANSWER; index++) {
		if ((loggedAtTick[index] as number) > gossip.ticks - FRESH_TICKS) break;
		const update = log[index] as Update<E>;
		if (has(known, update)) continue;
		effects.send(peer.id, update, labelOf(update));
		sent++;
	}
	if (sent === 0) return;
	shipping.sentUpTo = index;
	shipping.againAtTick = gossip.ticks + FRESH_TICKS;
}

function shippingTo<S, E>(self: BroadcastState<S, E>, peer: Peer): Shipping {
	const shipping = self.shipping.get(peer.id);
	if (shipping !== undefined && shipping.incarnation === peer.incarnation) return shipping;
	const anew = { firstUnknown: 0, incarnation: peer.incarnation, sentUpTo: 0, againAtTick: 0 };
	self.shipping.set(peer.id, anew);
	return anew;
}

function has(known: DeliveredSet, update: Update<unknown>): boolean {
	return hasUpdate(known, update.origin, update.number);
}

function reload<S, E>(self: BroadcastState<S, E>): void {
	const old = self.state;
	self.state = reloaded(self);
	self.type.dispose?.(old);
}

function reloadedView<S, E>(self: BroadcastState<S, E>): unknown {
	const copy = reloaded(self);
	try {
		return self.type.view(copy);
	} finally {
		self.type.dispose?.(copy);
	}
}

function labelOf(update: Update<unknown>): string {
	return `update ${update.origin}:${update.number}`;
}

function isUpdate(update: Update<unknown>): boolean {
	return (
		typeof update.origin === "string" &&
		Number.isSafeInteger(update.number) &&
		update.number >= 1 &&
		isDeliveredJson(update.dependencies)
	);
}
