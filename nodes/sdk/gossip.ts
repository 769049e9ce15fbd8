/**
 * What a replica knows of its peers' delivered sets, and the small digests by which they keep one another
 * informed: the acknowledgements and the anti-entropy of both kinds of replication.
 *
 * A digest carries the sender's delivered set. `ask` wants an `answer`; `acknowledge` follows received updates, at
 * most one per peer and tick. A replica asks while it and the peer are not known to be equal, with backoff, and
 * once per heartbeat in any case, which mends whatever a lost disk or a late message made either of them believe.
 * Digests have no label: they are chatter and are not drawn.
 */
import {
	addAll,
	copyDelivered,
	covers,
	type DeliveredSet,
	deliveredToJson,
	emptyDelivered,
	isDeliveredJson,
} from "./delivered.ts";
import type { DeliveredJson, Effects, ReplicaContext, ReplicaId } from "./replica.ts";

/** What was sent more recently than this is taken to be under way, and not sent again. */
export const FRESH_TICKS = 4;
const LONGEST_WAIT_TICKS = 16;
export const HEARTBEAT_TICKS = 40;

export interface Digest {
	protocol: string;
	kind: "ask" | "answer" | "acknowledge";
	/** Of the sender: a later one may have lost its disk and know less. */
	incarnation: number;
	delivered: DeliveredJson;
}

export interface Peer {
	readonly id: ReplicaId;
	/** The highest incarnation heard of. */
	incarnation: number;
	/** What it is known to have delivered; null: nothing. */
	known: DeliveredSet | null;
	/** It sent updates since the last tick. */
	owedAcknowledgement: boolean;
	/** At the last tick both were known to have delivered the same. */
	equal: boolean;
	askAtTick: number;
	waitTicks: number;
}

export interface Gossip {
	readonly protocol: string;
	readonly incarnation: number;
	readonly peers: Peer[];
	ticks: number;
}

/** @param fresh a first start of the run, when all are known to have nothing */
export function createGossip(context: ReplicaContext, protocol: string, fresh: boolean): Gossip {
	const peers: Peer[] = [];
	for (const id of context.replicas) {
		if (id === context.id) continue;
		peers.push({
			id,
			incarnation: 0,
			known: null,
			owedAcknowledgement: false,
			equal: fresh,
			askAtTick: 0,
			waitTicks: FRESH_TICKS,
		});
	}
	return { protocol, incarnation: context.incarnation, peers, ticks: 0 };
}

/** A copy that shares only what is never changed. */
export function copyGossip({ protocol, incarnation, peers, ticks }: Gossip): Gossip {
	const copies = peers.map((peer) => ({
		...peer,
		known: peer.known === null ? null : copyDelivered(peer.known),
	}));
	return { protocol, incarnation, peers: copies, ticks };
}

/** Sends what is due: acknowledgements, questions to peers that differ, heartbeats. */
export function tickGossip(gossip: Gossip, delivered: DeliveredSet, effects: Effects): void {
	gossip.ticks++;
	const heartbeat = gossip.ticks % HEARTBEAT_TICKS === 0;
	for (const peer of gossip.peers) {
		const equal =
			knowsAll(peer, delivered) && (peer.known === null || covers(delivered, deliveredToJson(peer.known)));
		if (equal || peer.equal) {
			peer.askAtTick = gossip.ticks + FRESH_TICKS;
			peer.waitTicks = FRESH_TICKS;
		}
		peer.equal = equal;
		if (heartbeat || (!equal && gossip.ticks >= peer.askAtTick)) {
			peer.askAtTick = gossip.ticks + peer.waitTicks;
			peer.waitTicks = Math.min(peer.waitTicks * 2, LONGEST_WAIT_TICKS);
			sendDigest(gossip, "ask", peer, delivered, effects);
		} else if (peer.owedAcknowledgement) {
			sendDigest(gossip, "acknowledge", peer, delivered, effects);
		}
		peer.owedAcknowledgement = false;
	}
}

/**
 * Takes in a digest, and answers it if it asks.
 * @returns the peer that it came from; null when it is no digest, or of a past incarnation
 */
export function hearDigest(
	gossip: Gossip,
	from: ReplicaId,
	message: Digest,
	delivered: DeliveredSet,
	effects: Effects,
): Peer | null {
	const peer = learn(gossip, from, message.incarnation, message.delivered);
	if (peer === null) return null;
	if (message.kind === "ask") sendDigest(gossip, "answer", peer, delivered, effects);
	return peer;
}

/** Notes what a peer says that it has delivered. @returns null when that is garbage or of a past incarnation */
export function learn(
	gossip: Gossip,
	from: ReplicaId,
	incarnation: unknown,
	delivered: unknown,
): Peer | null {
	const peer = findPeer(gossip, from);
	if (peer === undefined || !Number.isSafeInteger(incarnation) || !isDeliveredJson(delivered)) return null;
	if ((incarnation as number) < peer.incarnation) return null;
	if ((incarnation as number) > peer.incarnation) {
		peer.incarnation = incarnation as number;
		peer.known = null;
	}
	peer.known ??= emptyDelivered();
	if (addAll(peer.known, delivered)) peer.waitTicks = FRESH_TICKS;
	return peer;
}

/** Whether the peer is known to have delivered all of `delivered`. */
export function knowsAll(peer: Peer, delivered: DeliveredSet): boolean {
	return covers(peer.known ?? NOTHING, deliveredToJson(delivered));
}

export function knownTo(peer: Peer): DeliveredSet {
	return peer.known ?? NOTHING;
}

export function findPeer(gossip: Gossip, id: ReplicaId): Peer | undefined {
	for (const peer of gossip.peers) if (peer.id === id) return peer;
	return undefined;
}

/** Never added to. */
const NOTHING: DeliveredSet = Object.freeze({ runs: new Map(), json: {} });

export function sendDigest(
	gossip: Gossip,
	kind: Digest["kind"],
	peer: Pick<Peer, "id">,
	delivered: DeliveredSet,
	effects: Effects,
): void {
	const digest: Digest = {
		protocol: gossip.protocol,
		kind,
		incarnation: gossip.incarnation,
		delivered: deliveredToJson(delivered),
	};
	effects.send(peer.id, digest);
}
