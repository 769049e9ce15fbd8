/**
 * The state of a replica over reliable causal broadcast (`causal-broadcast.ts`): how it begins, is saved, restored and copied, and
 * what of it decides how the replica behaves.
 */
import { type CausalBuffer, copyCausalBuffer, createCausalBuffer, waitingUpdates } from "./causal-buffer.ts";
import { addUpdate, copyDelivered, type DeliveredSet, deliveredToJson, emptyDelivered } from "./delivered.ts";
import { copyGossip, createGossip, FRESH_TICKS, type Gossip } from "./gossip.ts";
import { beginLife, continueNumbers, isEmpty, isLifeRecord, type Life, lifeOf } from "./life.ts";
import type { OpBasedType, Update } from "./op-based-type.ts";
import type { Persisted, ReplicaContext, ReplicaId } from "./replica.ts";
import { type OperationContext, operationContext, type TypeContext, typeContext } from "./replicated-type.ts";

export interface BroadcastBehaviour {
	/** Apply an update only once. */
	dedupe: boolean;
	/** Hold an update back until its dependencies are delivered. */
	causalBuffer: boolean;
	/** 0: an accepted update is persisted and sent before it is acknowledged. */
	ticksUntilSynced: number;
}

interface Snapshot {
	life: number;
	updates: Update<unknown>[];
	/** The state, of types that can save it. */
	saved?: unknown;
}

/** How far a peer has the log. */
export interface Shipping {
	/** It has all entries of the log before this one. */
	firstUnknown: number;
	/** Of which incarnation of the peer that is true. */
	incarnation: number;
	/** Entries before this one were sent in the last answer; once it has them the next may follow. */
	sentUpTo: number;
	/** Until then the last answer is taken to be under way. */
	againAtTick: number;
}

export interface BroadcastState<S, E> {
	readonly type: OpBasedType<S, E>;
	readonly behaviour: BroadcastBehaviour;
	readonly context: ReplicaContext;
	readonly operationContext: OperationContext;
	readonly protocol: string;
	readonly life: Life;
	readonly delivered: DeliveredSet;
	readonly buffer: CausalBuffer;
	readonly gossip: Gossip;
	/** All updates that can be sent, in the order of delivery, and the tick at which each came. */
	readonly log: Update<E>[];
	readonly loggedAtTick: number[];
	readonly shipping: Map<ReplicaId, Shipping>;
	/** Acknowledged but not persisted yet (specimens). */
	unsynced: { update: Update<E>; dueAtTick: number }[];
	state: S;
}

export function restore<S, E>(
	type: OpBasedType<S, E>,
	behaviour: BroadcastBehaviour,
	context: ReplicaContext,
	persisted: Persisted,
): BroadcastState<S, E> {
	const fresh = isEmpty(persisted);
	const snapshot = persisted.snapshot as Snapshot | null;
	const life = fresh
		? beginLife(context, context.incarnation, false)
		: lifeOf(context, persisted, snapshot?.life);
	const about = typeContext(context, life.actor);
	const protocol = `${type.type}/1`;
	const self: BroadcastState<S, E> = {
		type,
		behaviour,
		context,
		operationContext: operationContext(context, life.actor),
		protocol,
		life,
		delivered: emptyDelivered(context.replicas),
		buffer: createCausalBuffer(),
		gossip: createGossip(context, protocol, fresh && context.incarnation === 0),
		log: [],
		loggedAtTick: [],
		shipping: new Map(),
		unsynced: [],
		state: startingState(type, snapshot, about),
	};
	if (fresh) return self;
	for (const update of (snapshot?.updates ?? []) as Update<E>[]) {
		restoreUpdate(self, update, snapshot?.saved === undefined);
	}
	for (const record of persisted.records) {
		if (!isLifeRecord(record)) restoreUpdate(self, record as Update<E>, true);
	}
	continueNumbers(life, context.id, self.delivered);
	return self;
}

function startingState<S, E>(type: OpBasedType<S, E>, snapshot: Snapshot | null, about: TypeContext): S {
	const saved = snapshot?.saved;
	return saved === undefined || type.load === undefined ? type.initial(about) : type.load(saved, about);
}

function restoreUpdate<S, E>(self: BroadcastState<S, E>, update: Update<E>, apply: boolean): void {
	const first = addUpdate(self.delivered, update.origin, update.number);
	if (!first && self.behaviour.dedupe) return;
	if (apply) self.state = self.type.apply(self.state, update.effect, update);
	self.log.push(update);
	self.loggedAtTick.push(-FRESH_TICKS);
}

export function takeSnapshot<S, E>(self: BroadcastState<S, E>): Snapshot {
	const snapshot: Snapshot = { life: self.life.begunBy, updates: self.log.slice() };
	if (self.type.save !== undefined) snapshot.saved = self.type.save(self.state);
	return snapshot;
}

/** A copy of the state: saved and loaded, or all updates applied to a new one, in the order of delivery. */
export function reloaded<S, E>({ type, context, life, state, log }: BroadcastState<S, E>): S {
	const about = typeContext(context, life.actor);
	if (type.save !== undefined && type.load !== undefined) return type.load(type.save(state), about);
	let copy = type.initial(about);
	for (const update of log) copy = type.apply(copy, update.effect, update);
	return copy;
}

/** The updates within a snapshot of a replica made here, in the order in which it delivered them. */
export function updatesInSnapshot(snapshot: unknown): readonly Update<unknown>[] {
	return (snapshot as Snapshot).updates;
}

/** A copy that shares only what is never changed. Only of a type with `clone`. */
export function copyState<S, E>(self: BroadcastState<S, E>): BroadcastState<S, E> {
	const shipping = new Map<ReplicaId, Shipping>();
	for (const [id, to] of self.shipping) shipping.set(id, { ...to });
	return {
		...self,
		operationContext: { ...self.operationContext },
		life: { ...self.life },
		delivered: copyDelivered(self.delivered),
		buffer: copyCausalBuffer(self.buffer),
		gossip: copyGossip(self.gossip),
		log: self.log.slice(),
		loggedAtTick: self.loggedAtTick.slice(),
		shipping,
		unsynced: self.unsynced.slice(),
		state: self.type.clone === undefined ? self.state : self.type.clone(self.state),
	};
}

export function canFingerprint<S, E>(type: OpBasedType<S, E>): boolean {
	return type.canonical !== undefined || type.save !== undefined;
}

/** The log and what is known of peers decide about anti-entropy only, which begins with ticks. */
export function fingerprint<S, E>(self: BroadcastState<S, E>): unknown {
	const { type, state, delivered, buffer, unsynced, life } = self;
	const content = type.canonical === undefined ? type.save?.(state) : type.canonical(state);
	const waiting = waitingUpdates(buffer);
	return [life.nextNumber, deliveredToJson(delivered), content, waiting, unsynced];
}
