/**
 * The smallest replica that uses everything a node offers: a grow-only set whose updates are numbered, persisted,
 * broadcast once each, and repeated by the tick when `gossip` is set. It also shows what it was handed, in order.
 */
import type { Json, Replica, ReplicaContext, ReplicaDefinition } from "../replica.ts";

type Update = [replica: string, number: number, value: Json];

export function logSet(changes: Partial<ReplicaDefinition> = {}): ReplicaDefinition {
	return {
		type: "g-set",
		delivers: { order: "any", duplicates: true, durable: true },
		operations: {},
		tickMs: 50,
		create: (context, persisted) => createLogSet(context, persisted.snapshot, persisted.records),
		...changes,
	};
}

function createLogSet(context: ReplicaContext, snapshot: unknown, records: readonly unknown[]): Replica {
	const { id, replicas, options } = context;
	const others = replicas.filter((replica) => replica !== id);
	const updates = new Map<string, Update>();
	const handed: string[] = [];
	for (const update of [...((snapshot ?? []) as Update[]), ...(records as Update[])]) {
		updates.set(`${update[0]}:${update[1]}`, update);
	}
	function own(): number {
		return [...updates.values()].filter(([replica]) => replica === id).length;
	}
	const replica: Replica = {
		invoke({ f, value }, effects) {
			if (f === "read") return { ok: true, value: replica.view() };
			if (f === "clock") return { ok: true, value: context.now() };
			if (f === "random") return { ok: true, value: context.random() };
			if (f === "throw") throw new Error("asked to");
			if (f === "conflict") return { ok: false, code: "conflict", message: "asked to" };
			if (f !== "add") return { ok: false, code: "unknown-operation", message: `no operation ${f}` };
			const update: Update = [id, own() + 1, value];
			updates.set(`${id}:${update[1]}`, update);
			effects.persist(update);
			effects.deliver(id, update[1]);
			for (const other of others) effects.send(other, [update], `update ${id}:${update[1]}`);
			return { ok: true, update: update[1] };
		},
		receive(_from, message, effects) {
			for (const update of message as Update[]) {
				const name = `${update[0]}:${update[1]}`;
				if (!options["gossip"]) handed.push(name);
				if (updates.has(name)) continue;
				updates.set(name, update);
				effects.persist(update);
				effects.deliver(update[0], update[1]);
			}
		},
		tick(effects) {
			if (options["gossip"]) for (const other of others) effects.send(other, [...updates.values()]);
		},
		view: () => (options["showHanded"] ? handed : [...updates.values()].map(([, , value]) => value)),
		delivered: () => {
			const counts: Record<string, number> = {};
			for (const [replica] of updates.values()) counts[replica] = (counts[replica] ?? 0) + 1;
			return counts;
		},
	};
	if (options["snapshots"]) replica.snapshot = () => [...updates.values()];
	return replica;
}
