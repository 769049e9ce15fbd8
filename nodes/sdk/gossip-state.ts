/**
 * The state of a replica over state and delta gossip (`state-gossip.ts`): how it begins, is saved, restored and copied, and what of
 * it decides how the replica behaves.
 */
import { addAll, copyDelivered, type DeliveredSet, deliveredToJson, emptyDelivered } from "./delivered.ts";
import { copyDeltaBuffer, createDeltaBuffer, type DeltaBuffer } from "./delta-buffer.ts";
import { fanoutOf } from "./fanout.ts";
import { copyGossip, createGossip, type Gossip, knownTo } from "./gossip.ts";
import { beginLife, continueNumbers, isEmpty, isLifeRecord, type Life, lifeOf } from "./life.ts";
import type { DeliveredJson, Persisted, ReplicaContext, ReplicaId } from "./replica.ts";
import { type OperationContext, operationContext, typeContext } from "./replicated-type.ts";
import type { StateBasedType } from "./state-based-type.ts";

export interface GossipBehaviour {
	/** Take for delivered what was sent to a peer, without waiting for its acknowledgement. */
	acknowledgeOnSend: boolean;
}

/** Something that was joined: an own delta, or what came. */
export interface JoinRecord<S> {
	join: S;
	delivered: DeliveredJson;
}

interface Snapshot<S> extends JoinRecord<S> {
	life: number;
}

export interface GossipState<S> {
	readonly type: StateBasedType<S>;
	readonly behaviour: GossipBehaviour;
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

export function restore<S>(
	type: StateBasedType<S>,
	behaviour: GossipBehaviour,
	context: ReplicaContext,
	persisted: Persisted,
): GossipState<S> {
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
		behaviour,
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

export function takeSnapshot<S>(self: GossipState<S>): Snapshot<S> {
	return { life: self.life.begunBy, join: self.state, delivered: deliveredToJson(self.delivered) };
}

/** A copy that shares only what is never changed, which states are not. */
export function copyState<S>(self: GossipState<S>): GossipState<S> {
	return {
		...self,
		operationContext: { ...self.operationContext },
		life: { ...self.life },
		delivered: copyDelivered(self.delivered),
		deltas: self.deltas === null ? null : copyDeltaBuffer(self.deltas),
		gossip: copyGossip(self.gossip),
		againAtTick: new Map(self.againAtTick),
	};
}

/** What is known of peers decides which deltas are pushed to them. */
export function fingerprint<S>(self: GossipState<S>): unknown {
	const { type, state, delivered, deltas, gossip, life } = self;
	const content = type.canonical === undefined ? state : type.canonical(state);
	const own = [life.nextNumber, deliveredToJson(delivered), content, self.hasNews && self.fanout];
	if (deltas === null) return own;
	return [...own, deltas.entries, gossip.peers.map((peer) => deliveredToJson(knownTo(peer)))];
}

/** The state within a snapshot of a replica made here. */
export function stateInSnapshot(snapshot: unknown): unknown {
	return (snapshot as Snapshot<unknown>).join;
}
