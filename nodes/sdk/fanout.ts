/**
 * The option `fanout: k` of state-based replicas: instead of telling every peer, a replica that has news tells k peers
 * chosen at random, once, at its next tick; they do the same. What that misses is found by anti-entropy: once per
 * heartbeat k random peers are asked. No knowledge is kept of any peer.
 *
 * Source: Demers et al. 1987, "Epidemic algorithms for replicated database maintenance", sections 1.3 (anti-entropy) and
 * 1.4 (rumor mongering). For hundreds of replicas: with all peers told, one update costs quadratically many messages.
 */
import type { Json, ReplicaContext, ReplicaId } from "./replica.ts";

/** @returns null without the option: every peer is told at once */
export function fanoutOf(options: Record<string, Json>): number | null {
	const { fanout } = options;
	return typeof fanout === "number" ? fanout : null;
}

export function checkFanout(options: Record<string, Json>): string | null {
	const { fanout } = options;
	if (fanout === undefined || (Number.isSafeInteger(fanout) && (fanout as number) >= 1)) return null;
	return `fanout: expected how many random peers are told at a time, an integer of at least 1, found ${JSON.stringify(fanout)}`;
}

/** Different peers, at most `fanout`. Cost: linear in the fanout. */
export function drawPeers(context: ReplicaContext, fanout: number): ReplicaId[] {
	const { id, replicas } = context;
	const drawn = new Set<ReplicaId>();
	const wanted = Math.min(fanout, replicas.length - 1);
	const start = Math.floor(context.random() * replicas.length);
	for (let draw = 0; drawn.size < wanted; draw++) {
		// After so many draws the next ones in order will do.
		const isLucky = draw < 4 * wanted;
		const index = isLucky ? Math.floor(context.random() * replicas.length) : (start + draw) % replicas.length;
		const peer = replicas[index] as ReplicaId;
		if (peer !== id) drawn.add(peer);
	}
	return [...drawn];
}
