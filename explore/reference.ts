/**
 * A replica that is deterministic beyond doubt: it takes any operation, logs it with what its clock and random source
 * gave, and sends it to all. Where two plays of it differ, it is the harness that is not deterministic.
 */
import type { Replica, ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";

interface Logged {
	origin: string;
	number: number;
	text: string;
}

const TICK_MS = 50;

/** @param like the operations and the manifest that the schedule was made for */
export function referenceFor(like: ReplicaDefinition): ReplicaDefinition {
	return {
		type: "reference",
		delivers: like.delivers,
		operations: like.operations,
		tickMs: TICK_MS,
		create: (context, persisted): Replica => {
			const log = [...(persisted.records as Logged[])];
			let own = log.filter(({ origin }) => origin === context.id).length;
			return {
				invoke({ f, value }, effects) {
					own += 1;
					const text = `${f} ${JSON.stringify(value)} at ${context.now()} by ${context.random()}`;
					const logged: Logged = { origin: context.id, number: own, text };
					log.push(logged);
					effects.persist(logged);
					effects.deliver(context.id, own);
					for (const peer of context.replicas) {
						if (peer !== context.id) effects.send(peer, logged, `update ${context.id}:${own}`);
					}
					return { ok: true, update: own };
				},
				receive(_from, message, effects) {
					const logged = message as Logged;
					if (log.some(({ origin, number }) => origin === logged.origin && number === logged.number)) return;
					log.push(logged);
					effects.persist(logged);
					effects.deliver(logged.origin, logged.number);
				},
				tick: () => {},
				view: () => log.map(({ text }) => text).sort(),
			};
		},
	};
}
