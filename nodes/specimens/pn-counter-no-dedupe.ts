/**
 * Wrong on purpose (kind 2 of 25): a pn-counter whose broadcast applies an update each time that it comes. Its
 * effects are not idempotent, so under duplicates replicas that have delivered the same updates show different
 * numbers: `strong-convergence` fails.
 *
 * In the wild: a sharded counter on App Engine, where a retry may apply an increment more than once
 * (github.com/instacount/appengine-counter/issues/14).
 */
import { createBroadcastReplica, HONEST_BROADCAST } from "../sdk/causal-broadcast.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { pnCounter, pnCounterType } from "../types/pn-counter.ts";

export const pnCounterNoDedupe: ReplicaDefinition = {
	...pnCounter,
	create: (context, persisted) => {
		const behaviour = { ...HONEST_BROADCAST, dedupe: false };
		return createBroadcastReplica(pnCounterType, behaviour, context, persisted);
	},
};
