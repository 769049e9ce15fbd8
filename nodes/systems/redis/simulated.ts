/**
 * The systems on Redis as replicas for the simulator: the same scripts, against Redis' semantics in memory. The durable log holds
 * the writes, as Redis' append-only file does: a record is a transaction.
 *
 * Where the record of an update is a command of its own, a process may be killed before it. To give the simulator the moment, such
 * a replica stops there when it has applied a peer's update, and goes on with its next step.
 */
import type { Effects, Persisted, Replica, ReplicaContext, ReplicaDefinition } from "../../sdk/replica.ts";
import { definitionOf } from "../../sdk/replicated-type.ts";
import { balanceAsWritten, cartAsWritten } from "./as-written.ts";
import { balance } from "./balance.ts";
import { cart } from "./cart.ts";
import { type Dump, MemoryStore } from "./memory-store.ts";
import {
	accept,
	checkOptions,
	copyNode,
	delivered,
	isRecord,
	type Node,
	openNode,
	receive,
	type Sending,
	tick,
} from "./replication.ts";
import { type Batch, type RedisReply, runScript, type Script, writesIn } from "./script.ts";
import type { StoredType } from "./stored-type.ts";

function simulated(type: StoredType): ReplicaDefinition {
	return {
		...definitionOf({ ...type, checkOptions }),
		delivers: { order: "any", duplicates: true, durable: true, causal: true },
		create(context, persisted) {
			const store = storeFrom(persisted);
			const node = runScript(openNode(type, context), (batch) => store.execute(batch));
			return type.atomic ? replicaOf(node, store, context) : pausingReplicaOf(node, store, context);
		},
	};
}

function storeFrom({ snapshot, records }: Persisted): MemoryStore {
	const store = new MemoryStore((snapshot ?? []) as Dump);
	for (const record of records) store.execute(record as Batch);
	return store;
}

function executeOn(store: MemoryStore, effects: Effects | null): (batch: Batch) => RedisReply[] {
	return (batch) => {
		const replies = store.execute(batch);
		const writes = writesIn(batch);
		if (writes.length > 0) effects?.persist(writes);
		return replies;
	};
}

function replicaOf(node: Node, store: MemoryStore, context: ReplicaContext): Replica {
	const run = <T>(script: Script<T>, effects: Effects | null = null): T =>
		runScript(script, executeOn(store, effects));
	return {
		invoke: (operation, effects) => run(accept(node, operation, context.now(), effects), effects),
		receive: (from, message, effects) => run(receive(node, from, message, effects), effects),
		tick: (effects) => tick(node, effects),
		view: () => run(node.type.view(node.about)),
		delivered: () => delivered(node),
		pending: () => node.waiting.size,
		snapshot: () => store.dump(),
		fork: () => replicaOf(copyNode(node), new MemoryStore(store.dump()), context),
		fingerprint: () => [store.dump(), [...node.waiting.values()]],
	};
}

/** It can't be forked: half a script is not data. */
function pausingReplicaOf(node: Node, store: MemoryStore, context: ReplicaContext): Replica {
	const rest: Replica = replicaOf(node, store, context);
	delete rest.fork;
	delete rest.fingerprint;
	let paused: { script: Script<void>; batch: Batch } | null = null;
	let current: Effects | null = null;
	// The rest of a script belongs to the step in which it runs.
	const effects: Sending = {
		send: (to, message, label) => current?.send(to, message, label),
		deliver: (replica, number) => current?.deliver(replica, number),
	};

	function begin(step: Effects): void {
		current = step;
		if (paused === null) return;
		const { script, batch } = paused;
		paused = null;
		const execute = executeOn(store, step);
		let at = script.next(execute(batch));
		while (at.done !== true) at = script.next(execute(at.value));
	}

	return {
		...rest,
		invoke(operation, step) {
			begin(step);
			return rest.invoke(operation, step);
		},
		receive(from, message, step) {
			begin(step);
			const script = receive(node, from, message, effects);
			const execute = executeOn(store, step);
			for (let at = script.next(); at.done !== true; at = script.next(execute(at.value))) {
				if (!isRecord(at.value)) continue;
				paused = { script, batch: at.value };
				return;
			}
		},
		tick(step) {
			begin(step);
			rest.tick(step);
		},
	};
}

export const redisCart: ReplicaDefinition = simulated(cart);
export const redisCartAsWritten: ReplicaDefinition = simulated(cartAsWritten);
export const redisBalance: ReplicaDefinition = simulated(balance);
export const redisBalanceAsWritten: ReplicaDefinition = simulated(balanceAsWritten);
