/**
 * The replica made of a {@link StateBasedType}: pushes each change to all peers at once, and sends to a peer again
 * what its digest shows to be lacking. Every update of its own and every state that it joins is persisted before
 * anything that depends on it leaves.
 *
 * {@link GossipBehaviour} holds the seam for specimens; users have `stateBased`.
 */
import {
	addAll,
	addUpdate,
	covers,
	deliveredFromJson,
	deliveredToJson,
	forEachMissing,
	isDeliveredJson,
} from "./delivered.ts";
import { bufferDelta, intervalFor } from "./delta-buffer.ts";
import { drawPeers } from "./fanout.ts";
import {
	type Digest,
	FRESH_TICKS,
	findPeer,
	HEARTBEAT_TICKS,
	hearDigest,
	knownTo,
	knowsAll,
	learn,
	type Peer,
	sendDigest,
	tickGossip,
} from "./gossip.ts";
import {
	copyState,
	fingerprint,
	type GossipBehaviour,
	type GossipState,
	type JoinRecord,
	restore,
	takeSnapshot,
} from "./gossip-state.ts";
import { recordLife } from "./life.ts";
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
import type { StateBasedType } from "./state-based-type.ts";

/** A longer interval is not joined for every single update (a partition), but when the peer asks. */
const PUSHED_DELTAS = 32;

interface StateMessage<S> {
	protocol: string;
	kind: "state" | "delta";
	incarnation: number;
	state: S;
	/** What the receiver must have delivered to join a delta; empty for a state. */
	requires: DeliveredJson;
	/** What it has delivered once it has joined. */
	delivered: DeliveredJson;
}

export const HONEST_GOSSIP: GossipBehaviour = { acknowledgeOnSend: false };

export function createGossipReplica<S>(
	type: StateBasedType<S>,
	behaviour: GossipBehaviour,
	context: ReplicaContext,
	persisted: Persisted,
): Replica {
	return replicaOf(restore(type, behaviour, context, persisted));
}

function replicaOf<S>(self: GossipState<S>): Replica {
	const { type } = self;
	return {
		invoke: (operation, effects) => invoke(self, operation, effects),
		receive: (from, message, effects) => receive(self, from, message, effects),
		tick: (effects) => tick(self, effects),
		view: () => type.view(self.state),
		delivered: () => deliveredToJson(self.delivered),
		pending: () => 0,
		snapshot: () => takeSnapshot(self),
		fork: () => replicaOf(copyState(self)),
		fingerprint: () => fingerprint(self),
	};
}

function tick<S>(self: GossipState<S>, effects: Effects): void {
	const { gossip, fanout, delivered, context, hasNews } = self;
	if (fanout === null) {
		tickGossip(gossip, delivered, effects);
		return;
	}
	gossip.ticks++;
	if (!hasNews && gossip.ticks % HEARTBEAT_TICKS !== 0) return;
	for (const id of drawPeers(context, fanout)) {
		if (hasNews) sendState(self, { id }, `state from ${context.id}`, effects);
		else sendDigest(gossip, "ask", { id }, delivered, effects);
	}
	self.hasNews = false;
}

function invoke<S>(self: GossipState<S>, operation: Operation, effects: Effects): Reply {
	const { type, context, life, operationContext } = self;
	if (operation.f === "read") return { ok: true, value: type.view(self.state) };
	if (!Object.hasOwn(type.operations, operation.f)) return unknownOperation(type, operation);
	const number = life.nextNumber;
	if (number >= life.numbersEnd) return tooManyUpdates();
	operationContext.number = number;
	const mutated = type.mutate(self.state, operation, operationContext);
	if ("reject" in mutated) return { ok: false, ...mutated.reject };
	if ("query" in mutated) return { ok: true, value: mutated.query };
	life.nextNumber++;
	const delta = mutated.delta ?? mutated.state;
	if (self.deltas !== null) bufferDelta(self.deltas, deliveredToJson(self.delivered), delta);
	self.state = mutated.state;
	addUpdate(self.delivered, context.id, number);
	recordLife(life, effects);
	const record: JoinRecord<S> = { join: delta, delivered: { [context.id]: [[number, number]] } };
	effects.persist(record);
	effects.deliver(context.id, number);
	self.hasNews = true;
	for (const peer of self.gossip.peers) push(self, peer, `${context.id}:${number}`, effects);
	return mutated.result === undefined
		? { ok: true, update: number }
		: { ok: true, update: number, value: mutated.result };
}

function receive<S>(self: GossipState<S>, from: ReplicaId, message: unknown, effects: Effects): void {
	if (typeof message !== "object" || message === null) return;
	const { protocol, kind } = message as Partial<StateMessage<S> | Digest>;
	if (protocol !== self.protocol) return;
	if (kind === "state" || kind === "delta") {
		receiveState(self, from, message as StateMessage<S>, effects);
		return;
	}
	if (self.fanout !== null) {
		hearFromAnyone(self, from, message as Digest, effects);
		return;
	}
	const peer = hearDigest(self.gossip, from, message as Digest, self.delivered, effects);
	if (peer !== null) sendLacking(self, peer, effects);
}

/** With a fanout: sends what the asker lacks, and asks back for what itself lacks. */
function hearFromAnyone<S>(self: GossipState<S>, id: ReplicaId, digest: Digest, effects: Effects): void {
	const { gossip, delivered, context } = self;
	if (!isDeliveredJson(digest.delivered)) return;
	const known = deliveredFromJson(digest.delivered);
	if (!covers(known, deliveredToJson(delivered))) {
		sendState(self, { id }, `state from ${context.id}`, effects);
	}
	if (digest.kind === "ask" && !covers(delivered, digest.delivered)) {
		sendDigest(gossip, "answer", { id }, delivered, effects);
	}
}

function receiveState<S>(
	self: GossipState<S>,
	from: ReplicaId,
	message: StateMessage<S>,
	effects: Effects,
): void {
	const { delivered, deltas, type } = self;
	if (!isDeliveredJson(message.requires) || !isDeliveredJson(message.delivered)) return;
	const peer = learn(self.gossip, from, message.incarnation, message.delivered);
	// Also when it can't be joined: the acknowledgement tells the sender what is lacking.
	if (peer !== null) peer.owedAcknowledgement = true;
	if (!covers(delivered, message.requires) || covers(delivered, message.delivered)) return;
	if (deltas !== null) bufferDelta(deltas, deliveredToJson(delivered), message.state);
	self.state = type.merge(self.state, message.state);
	self.hasNews = true;
	recordLife(self.life, effects);
	const record: JoinRecord<S> = { join: message.state, delivered: message.delivered };
	effects.persist(record);
	forEachMissing(delivered, message.delivered, (replica, number) => effects.deliver(replica, number));
	addAll(delivered, message.delivered);
}

function push<S>(self: GossipState<S>, peer: Peer, update: string, effects: Effects): void {
	if (self.deltas === null) {
		sendState(self, peer, `state ${update}`, effects);
		return;
	}
	if (!sendDelta(self, peer, PUSHED_DELTAS, `delta ${update}`, effects)) self.againAtTick.delete(peer.id);
}

/** Sends a peer what it is known to lack, unless that is under way. */
function sendLacking<S>(self: GossipState<S>, peer: Peer, effects: Effects): void {
	if (knowsAll(peer, self.delivered)) return;
	if (self.gossip.ticks < (self.againAtTick.get(peer.id) ?? 0)) return;
	const label = `from ${self.context.id}`;
	if (sendDelta(self, peer, undefined, `delta ${label}`, effects)) return;
	sendState(self, peer, `state ${label}`, effects);
}

function sendDelta<S>(
	self: GossipState<S>,
	peer: Peer,
	maximumLength: number | undefined,
	label: string,
	effects: Effects,
): boolean {
	if (self.deltas === null) return false;
	const join = (a: S, b: S): S => self.type.merge(a, b);
	const interval = intervalFor(self.deltas, knownTo(peer), join, maximumLength);
	if (interval === null) return false;
	send(self, peer, "delta", interval.delta, interval.requires, label, effects);
	return true;
}

function sendState<S>(self: GossipState<S>, peer: Pick<Peer, "id">, label: string, effects: Effects): void {
	send(self, peer, "state", self.state, {}, label, effects);
}

function send<S>(
	self: GossipState<S>,
	peer: Pick<Peer, "id">,
	kind: "state" | "delta",
	state: S,
	requires: DeliveredJson,
	label: string,
	effects: Effects,
): void {
	const message: StateMessage<S> = {
		protocol: self.protocol,
		kind,
		incarnation: self.gossip.incarnation,
		state,
		requires,
		delivered: deliveredToJson(self.delivered),
	};
	effects.send(peer.id, message, label);
	const { acknowledgeOnSend } = self.behaviour;
	if (acknowledgeOnSend)
		learn(self.gossip, peer.id, findPeer(self.gossip, peer.id)?.incarnation, message.delivered);
	if (self.fanout === null) self.againAtTick.set(peer.id, self.gossip.ticks + FRESH_TICKS);
}
