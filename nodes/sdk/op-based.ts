/**
 * Operation-based replication (CmRDT; Shapiro, Preguiça, Baquero, Zawirski 2011, "A comprehensive study of
 * Convergent and Commutative Replicated Data Types", INRIA RR-7506, section 2.2.2): a type says how an operation
 * becomes an effect at the replica that accepts it, and how an effect is applied at every replica. `opBased` adds
 * the reliable causal broadcast that effects need: each is applied exactly once everywhere, after those that its
 * origin had applied when it made it. Concurrent effects are the type's to make commute.
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "./causal-broadcast.ts";
import { effectLaws } from "./laws.ts";
import type { OpBasedType } from "./op-based-type.ts";
import type { ReplicaDefinition } from "./replica.ts";
import { definitionOf } from "./replicated-type.ts";

/** Cost per update: one message to each peer, O(replicas) for its dependencies, and the type's own. */
export function opBased<S, E>(type: OpBasedType<S, E>): ReplicaDefinition {
	return {
		...definitionOf(type),
		delivers: { order: "any", duplicates: true, durable: true, causal: true },
		laws: effectLaws(type),
		create: (context, persisted) => createBroadcastReplica(type, HONEST_BROADCAST, context, persisted),
	};
}
