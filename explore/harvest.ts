/**
 * What one run leaves for the laws: play the schedule with `harvest.definition` in place of the replicas' own, and what
 * its replicas reach is collected on the way: states (state-based) or updates (op-based), in order.
 *
 * A harvest is of one run only, since another run gives the same update numbers and timestamps to other updates: states
 * of two runs never meet. It costs a snapshot at each step, so only a few runs of a campaign are harvested.
 */
import type { AppliedUpdate, EffectLaws, Effects, JoinLaws } from "../controller/definition.ts";
import type { Operation, Replica, ReplicaDefinition, Reply } from "../controller/runtimes/sim/cluster.ts";

/** Later states of a longer run are left out. */
const MAXIMUM_STATES = 256;
const MAXIMUM_UPDATES = 64;

export type Harvest = JoinHarvest | EffectHarvest;

interface Harvested {
	/** To be played once. */
	readonly definition: ReplicaDefinition;
	/** Why something could not be collected; null: nothing went wrong. */
	problem: string | null;
}

export interface JoinHarvest extends Harvested {
	readonly kind: "join";
	readonly laws: JoinLaws;
	readonly states: ReachedState[];
}

export interface ReachedState {
	/** A copy: a type that changes states in place doesn't change it. */
	state: unknown;
	replica: string;
	/** What led to it: `add "milk"`, `a message of r2`. */
	after: string;
	by: "start" | "operation" | "message" | "tick";
	/** What the replica's state was before that step; null for its first. */
	before: ReachedState | null;
}

export interface EffectHarvest extends Harvested {
	readonly kind: "effects";
	readonly laws: EffectLaws;
	readonly updates: HarvestedUpdate[];
	/** Of the replica that made the first update: with these an observer is created. */
	context: { id: string; replicas: readonly string[]; options: ReplicaOptions } | null;
}

export interface HarvestedUpdate extends AppliedUpdate {
	/** The operation that it is of: `add "milk"`. */
	operation: string;
}

type ReplicaOptions = Parameters<ReplicaDefinition["create"]>[0]["options"];

/** @returns null for a definition without `laws` */
export function createHarvest(definition: ReplicaDefinition): Harvest | null {
	if (definition.laws === undefined) return null;
	return definition.laws.kind === "join"
		? joinHarvest(definition, definition.laws)
		: effectHarvest(definition, definition.laws);
}

function joinHarvest(definition: ReplicaDefinition, laws: JoinLaws): JoinHarvest {
	const harvest: JoinHarvest = {
		kind: "join",
		definition: { ...definition, create },
		laws,
		states: [],
		problem: null,
	};
	return harvest;

	function create(...[context, persisted]: Parameters<ReplicaDefinition["create"]>): Replica {
		const replica = definition.create(context, persisted);
		let latest: ReachedState | null = null;
		const reach = (by: ReachedState["by"], after: string) => {
			if (harvest.states.length >= MAXIMUM_STATES || harvest.problem !== null) return;
			const snapshot = replica.snapshot?.();
			if (snapshot === undefined) return;
			try {
				const state = structuredClone(laws.stateIn(snapshot));
				latest = { state, replica: context.id, after, by, before: latest };
				harvest.states.push(latest);
			} catch (error) {
				harvest.problem = `a state of ${context.id} is no plain data (${messageOf(error)})`;
			}
		};
		reach("start", "its start");
		return stepped(replica, {
			invoked: (operation, reply) => {
				if (reply.ok && reply.update !== undefined) reach("operation", words(operation));
			},
			received: (from) => reach("message", `a message of ${from}`),
		});
	}
}

function effectHarvest(definition: ReplicaDefinition, laws: EffectLaws): EffectHarvest {
	const harvest: EffectHarvest = {
		kind: "effects",
		definition: { ...definition, create },
		laws,
		updates: [],
		context: null,
		problem: null,
	};
	return harvest;

	function create(...[context, persisted]: Parameters<ReplicaDefinition["create"]>): Replica {
		const replica = definition.create(context, persisted);
		const { id, replicas, options } = context;
		return stepped(replica, {
			invoked(operation, reply) {
				if (!reply.ok || reply.update === undefined || harvest.updates.length >= MAXIMUM_UPDATES) return;
				const updates = laws.updatesIn(replica.snapshot?.());
				const update = updates.findLast(({ origin, number }) => origin === id && number === reply.update);
				if (update === undefined) return;
				harvest.context ??= { id, replicas, options };
				harvest.updates.push({ ...update, operation: words(operation) });
			},
			received: () => {},
		});
	}
}

interface Watcher {
	invoked(operation: Operation, reply: Reply): void;
	received(from: string): void;
}

/** The same replica, with someone told after each step. Methods are called on the original. */
function stepped(replica: Replica, watcher: Watcher): Replica {
	return {
		...delegated(replica),
		invoke(operation: Operation, effects: Effects) {
			const reply = replica.invoke(operation, effects);
			watcher.invoked(operation, reply);
			return reply;
		},
		receive(from: string, message: unknown, effects: Effects) {
			replica.receive(from, message, effects);
			watcher.received(from);
		},
	};
}

/** All of a replica's methods, bound to it, also where it is an instance of a class. */
export function delegated(replica: Replica): Replica {
	return {
		invoke: (operation, effects) => replica.invoke(operation, effects),
		receive: (from, message, effects) => replica.receive(from, message, effects),
		tick: (effects) => replica.tick(effects),
		view: () => replica.view(),
		...(replica.delivered && { delivered: () => replica.delivered?.() }),
		...(replica.pending && { pending: () => replica.pending?.() ?? 0 }),
		...(replica.snapshot && { snapshot: () => replica.snapshot?.() }),
		...(replica.reload && { reload: () => replica.reload?.() }),
		...(replica.reloadedView && { reloadedView: () => replica.reloadedView?.() }),
		...(replica.dispose && { dispose: () => replica.dispose?.() }),
	};
}

function words({ f, value }: Operation): string {
	return value === null ? f : `${f} ${JSON.stringify(value)}`;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
