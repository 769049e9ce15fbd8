/**
 * Wrong on purpose (kind 21 of 25): a grow-only set over an operation log that acknowledges an update at once, but persists
 * and sends it only some ticks later. A SIGKILL in between forgets it, and its number is given out again: all
 * replicas agree, an acknowledged update is lost, `durability` fails.
 *
 * In the wild: NATS JetStream, which by default syncs some time after it has acknowledged
 * (github.com/nats-io/nats-server/issues/7564).
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "../sdk/causal-broadcast.ts";
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { A_VALUE, byCodePoint, canonicalKey, isValue } from "../types/json-value.ts";

/** At 50 ms a tick, about a third of a second. */
const TICKS_UNTIL_SYNCED = 6;

const appendOnly: OpBasedType<Map<string, Json>, Json> = {
	type: "g-set",
	// Never the same element twice: a lost one must not come back by another add.
	operations: { add: { kind: "update", weight: 4, generate: (draw) => draw.unique() } },
	initial: () => new Map(),
	prepare(_elements, operation) {
		return isValue(operation.value) ? { effect: operation.value } : badValue(operation, A_VALUE);
	},
	apply: (elements, element) => elements.set(canonicalKey(element), element),
	view: (elements) => [...elements.values()],
	canonical: (elements) => [...elements.keys()].sort(byCodePoint),
	clone: (elements) => new Map(elements),
};

export const logAckBeforeSync: ReplicaDefinition = {
	...opBased(appendOnly),
	create: (context, persisted) => {
		const behaviour = { ...HONEST_BROADCAST, ticksUntilSynced: TICKS_UNTIL_SYNCED };
		return createBroadcastReplica(appendOnly, behaviour, context, persisted);
	},
};
