/**
 * State-based replication (CvRDT; Shapiro, Preguiça, Baquero, Zawirski 2011, INRIA RR-7506, section 2.2.1) and
 * delta-state replication (Almeida, Shoker, Baquero 2018, "Delta state replicated data types", Algorithm 2): a
 * type says how an operation changes the state and how two states join; `stateBased` gossips states, or
 * joined deltas. A state travels with its delivered set, so that what a replica has delivered is always known.
 */
import { checkFanout } from "./fanout.ts";
import { joinLaws } from "./laws.ts";
import type { ReplicaDefinition } from "./replica.ts";
import { definitionOf } from "./replicated-type.ts";
import type { StateBasedType } from "./state-based-type.ts";
import { createGossipReplica, HONEST_GOSSIP } from "./state-gossip.ts";

/**
 * Cost per update: one message to each peer, of the size of the state or of the delta. With the replica's option
 * `fanout: k` (see fanout.ts) whole states go to k random peers per tick instead, for hundreds of replicas.
 */
export function stateBased<S>(type: StateBasedType<S>): ReplicaDefinition {
	return {
		...definitionOf(type),
		checkOptions: (options) => checkFanout(options) ?? type.checkOptions?.(options) ?? null,
		delivers: { order: "any", duplicates: true, durable: true, causal: true },
		laws: joinLaws(type),
		create: (context, persisted) => createGossipReplica(type, HONEST_GOSSIP, context, persisted),
	};
}
