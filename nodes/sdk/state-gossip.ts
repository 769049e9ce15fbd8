/**
 * The replica made of a {@link StateBasedType}: pushes each change to all peers at once, and sends to a peer again
 * what its digest shows to be lacking. Every update of its own and every state that it joins is persisted before
 * anything that depends on it leaves.
 */
import {
	addAll,
	addUpdate,
	copyDelivered,
	covers,
	type DeliveredSet,
	deliveredFromJson,
	deliveredToJson,
	emptyDelivered,
	forEachMissing,
	isDeliveredJson,
} from "./delivered.ts";
import {
	bufferDelta,
	copyDeltaBuffer,
	createDeltaBuffer,
	type DeltaBuffer,
	intervalFor,
} from "./delta-buffer.ts";
import { drawPeers, fanoutOf } from "./fanout.ts";
import {
	copyGossip,
	createGossip,
	type Digest,
	FRESH_TICKS,
	type Gossip,
	HEARTBEAT_TICKS,
	hearDigest,
	knownTo,
	knowsAll,
	learn,
	type Peer,
	sendDigest,
	tickGossip,
} from "./gossip.ts";
import { beginLife, continueNumbers, isEmpty, isLifeRecord, type Life, lifeOf, recordLife } from "./life.ts";
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
import {
	type OperationContext,
	operationContext,
	tooManyUpdates,
	typeContext,
	unknownOperation,
} from "./replicated-type.ts";
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

/** Something that was joined: an own delta, or what came. */
interface JoinRecord<S> {
	join: S;
	delivered: DeliveredJson;
}

interface Snapshot<S> extends JoinRecord<S> {
	life: number;
}

interface GossipState<S> {
	readonly type: StateBasedType<S>;
	readonly context: ReplicaContext;
	readonly operationContext: OperationContext;
	readonly protocol: string;
	readonly life: Life;
	readonly delivered: DeliveredSet;
	/** Null: whole states travel. */
	readonly deltas: DeltaBuffer<S> | null;
	readonly gossip: Gossip;
	/** Null: all peers are told at once. See fanout.ts; then the gossip has no peers, and whole states travel. */
	readonly fanout: number | null;
	/** With a fanout: something is new since the last tick. */
	hasNews: boolean;
	/** By peer: until then what was sent last is taken to be under way. */
	readonly againAtTick: Map<ReplicaId, number>;
	state: S;
}

export function createGossipReplica<S>(
	type: StateBasedType<S>,
	context: ReplicaContext,
	persisted: Persisted,
): Replica {
	return replicaOf(restore(type, context, persisted));
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
		fork: () => fork(self),
		fingerprint: () => fingerprint(self),
	};
}

/** States are never changed in place, so both may keep the same one. */
function fork<S>(self: GossipState<S>): Replica {
	return replicaOf({
		...self,
		operationContext: { ...self.operationContext },
		life: { ...self.life },
		delivered: copyDelivered(self.delivered),
		deltas: self.deltas === null ? null : copyDeltaBuffer(self.deltas),
		gossip: copyGossip(self.gossip),
		againAtTick: new Map(self.againAtTick),
	});
}

/** What is known of peers decides which deltas are pushed to them. */
function fingerprint<S>(self: GossipState<S>): unknown {
	const { type, state, delivered, deltas, gossip, life } = self;
	const content = type.canonical === undefined ? state : type.canonical(state);
	const own = [life.nextNumber, deliveredToJson(delivered), content, self.hasNews && self.fanout];
	if (deltas === null) return own;
	return [...own, deltas.entries, gossip.peers.map((peer) => deliveredToJson(knownTo(peer)))];
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
	if (self.fanout === null) self.againAtTick.set(peer.id, self.gossip.ticks + FRESH_TICKS);
}

function restore<S>(type: StateBasedType<S>, context: ReplicaContext, persisted: Persisted): GossipState<S> {
	const fresh = isEmpty(persisted);
	const snapshot = persisted.snapshot as Snapshot<S> | null;
	const life = fresh
		? beginLife(context, context.incarnation, false)
		: lifeOf(context, persisted, snapshot?.life);
	const about = typeContext(context, life.actor);
	const protocol = `${type.type}/1`;
	const fanout = fanoutOf(context.options);
	const self: GossipState<S> = {
		type,
		context,
		operationContext: operationContext(context, life.actor),
		protocol,
		life,
		delivered: emptyDelivered(context.replicas),
		deltas: type.gossip === "state" || fanout !== null ? null : createDeltaBuffer(),
		gossip: createGossip(
			fanout === null ? context : { ...context, replicas: [] },
			protocol,
			fresh && context.incarnation === 0,
		),
		fanout,
		// What an earlier life had not told anybody, this one tells.
		hasNews: !fresh,
		againAtTick: new Map(),
		state: type.initial(about),
	};
	if (fresh) return self;
	if (snapshot !== null && snapshot !== undefined) join(self, snapshot);
	for (const record of persisted.records) {
		if (!isLifeRecord(record)) join(self, record as JoinRecord<S>);
	}
	continueNumbers(life, context.id, self.delivered);
	return self;
}

function join<S>(self: GossipState<S>, record: JoinRecord<S>): void {
	self.state = self.type.merge(self.state, record.join);
	addAll(self.delivered, record.delivered);
}

function takeSnapshot<S>(self: GossipState<S>): Snapshot<S> {
	return { life: self.life.begunBy, join: self.state, delivered: deliveredToJson(self.delivered) };
}

/** The state within a snapshot of a replica made here. */
export function stateInSnapshot(snapshot: unknown): unknown {
	return (snapshot as Snapshot<unknown>).join;
}
