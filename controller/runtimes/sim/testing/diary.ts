/**
 * A replica that hides nothing, for tests of what the simulator does to replicas: its view is the list of all that it
 * was handed, in order. It sends each written value to all peers once, with a label, and never again.
 */
import {
	defineReplica,
	type Json,
	type Manifest,
	type ReplicaDefinition,
} from "../../../../nodes/sdk/replica.ts";
import type { FaultAction, Scenario } from "../../../../scenarios/scenario.ts";
import { orSets } from "../../../testing/scenarios.ts";
import { type SimulatedRun, simulate } from "../simulate.ts";

const HONEST: Manifest = { order: "any", duplicates: true, durable: true };

export function diary(delivers: Partial<Manifest> = {}): ReplicaDefinition {
	return defineReplica({
		type: "diary",
		delivers: { ...HONEST, ...delivers },
		operations: { write: { kind: "update", weight: 1, generate: (draw) => draw.unique() } },
		tickMs: 10,
		create(context, persisted) {
			const lines = [...(persisted.records as Json[])];
			return {
				invoke({ f, value }, effects) {
					if (f === "time") return { ok: true, value: context.now() };
					if (f === "refuse") return { ok: false, code: "no", message: "never" };
					if (f === "throw") throw new Error("on purpose");
					lines.push(value);
					effects.persist(value);
					for (const id of context.replicas)
						if (id !== context.id) effects.send(id, value, `write ${value as string}`);
					return { ok: true };
				},
				receive(_, message, effects) {
					if (message === "poison") throw new Error("swallowed poison");
					lines.push(message as Json);
					effects.persist(message);
				},
				tick() {},
				view: () => lines,
			};
		},
	});
}

export interface Play {
	/** `r1` writes `a` at 5 ms: `[5, "r1", "a"]`; another operation: `[5, "r1", null, "time"]`. */
	script: [atMs: number, replica: string, value: Json, f?: string][];
	faults?: [atMs: number, forMs: number | null, action: FaultAction][];
	messages?: Scenario["messages"];
	replicas?: number;
	seed?: number;
	timeoutMs?: number;
}

export function play(
	{ script, faults = [], replicas = 2, ...rest }: Play,
	delivers: Partial<Manifest> = {},
): Played {
	const scenario = orSets({
		replicas: {
			names: Array.from({ length: replicas }, (_, index) => `r${index + 1}`),
			// Its definition is handed over; copies are made as for any module.
			source: { kind: "module", path: "/diary.ts" },
			type: null,
		},
		workload: {
			operations: null,
			script: script.map(([atMs, replica, value, f = "write"]) => ({ atMs, replica, f, value })),
			timeoutMs: rest.timeoutMs ?? 2_000,
		},
		faults: faults.map(([atMs, forMs, action]) => ({ atMs, forMs, action })),
		messages: rest.messages ?? [],
		seed: rest.seed ?? 1,
	});
	const run = simulate(scenario, diary(delivers));
	const finals = run.events.flatMap((event) => (event.event === "state" && event.final ? [event] : []));
	return {
		...run,
		view: (replica) => finals.find((state) => state.replica === replica)?.view as Json[],
		outcomes: run.events.flatMap((event) =>
			event.event === "ok" || event.event === "fail" || event.event === "info"
				? [`${event.event} ${event.replica} ${event.event === "ok" ? "" : event.error.code}`.trim()]
				: [],
		),
		arrivals: run.messages.map(
			({ from, to, label, sentAt, receivedAt }) =>
				`${from}->${to} ${label} ${String(sentAt / 1e6)} ${String(receivedAt / 1e6)}`,
		),
		life: run.events.flatMap((event) =>
			event.event === "node" && event.time > 0
				? [`${event.replica} ${event.what} ${String(event.time / 1e6)}`]
				: [],
		),
	};
}

export interface Played extends SimulatedRun {
	/** At the end. */
	view: (replica: string) => Json[];
	/** In order: `ok r1`, `info r2 timeout`. */
	outcomes: string[];
	/** In order: `r1->r2 write a 5 6`, with the milliseconds of sending and receiving. */
	arrivals: string[];
	/** After the start: `r1 crashed 7`. */
	life: string[];
}
