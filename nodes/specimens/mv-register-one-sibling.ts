/**
 * Wrong on purpose (kind 13 of 25): a multi-value register that keeps one of concurrent writes, the last one by its clock, and
 * drops its siblings. All agree, and acknowledged writes that nobody had overwritten are nowhere to be seen:
 * `specification` fails (lost).
 *
 * In the wild: Riak's buckets with `last_write_wins`, which keep no siblings, also where data types need them
 * (github.com/basho/riak_kv/issues/1194; Kingsbury 2013, "Call me maybe: Riak").
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { lwwRegisterType, type Register } from "../types/lww-register.ts";

export const mvRegisterOneSibling: ReplicaDefinition = stateBased<Register>({
	...lwwRegisterType,
	type: "mv-register",
	view: (register) => (register === null ? [] : [register.value]),
});
