/**
 * Wrong on purpose (kind 11 of 25): a last-writer-wins register timed by the raw wall clock. Where that is behind the time of
 * what the replica shows already, since it stepped back or since a peer's is ahead, the replica's own later write is the
 * older one and is gone at once, although it was acknowledged. All agree on that; `specification` fails (the value shown
 * had been overwritten).
 *
 * In the wild: Scylla's Alternator, where an earlier write overwrote a later one while the servers' clocks differed
 * (github.com/scylladb/scylladb/issues/10966); Cassandra (Kingsbury 2013, "The trouble with timestamps").
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { lwwRegisterType, type Register } from "../types/lww-register.ts";

export const lwwRegisterWallClock: ReplicaDefinition = stateBased<Register>({
	...lwwRegisterType,
	mutate(register, operation, context) {
		// As if nothing had been seen: the clock alone decides, and only then is it compared with what is there.
		const mutated = lwwRegisterType.mutate(null, operation, context);
		return "state" in mutated ? { state: lwwRegisterType.merge(register, mutated.state) } : mutated;
	},
});
