/**
 * The multi-chain bridge as the talk writes it. Each chain has a map of operations by id ("global state"), told to all
 * when something is added, and a ledger to which what has arrived is applied, sorted by time and id (`merging.ts`). Now and
 * then the first chain fetches the state of all, merges what it gets, and sets all chains to the result. What the talk leaves out is done well:
 * the broadcast is repeated until a chain has said that it has the operation, everything is on disk before it is told, a
 * user can't lock more than there is where it is locked.
 *
 * {@link FLAWS} says what is wrong with it; `bridge.ts` is the right one.
 *
 * `options: { reconcile: false }` leaves reconciling out, so that the first two can be seen by themselves.
 */
import {
	addUpdate,
	type DeliveredSet,
	deliveredToJson,
	emptyDelivered,
	hasUpdate,
} from "../../sdk/delivered.ts";
import { isLifeRecord, type Life, lifeOf, recordLife } from "../../sdk/life.ts";
import type {
	Effects,
	Operation,
	Persisted,
	Replica,
	ReplicaContext,
	ReplicaDefinition,
	ReplicaId,
	Reply,
} from "../../sdk/replica.ts";
import { tooManyUpdates } from "../../sdk/replicated-type.ts";
import type { Flaw } from "../flaw.ts";
import { BRIDGE_TYPE, bridgeInvariants, bridgeOperations, bridgeSpecification } from "./definition.ts";
import {
	addOwn,
	addToGlobalState,
	type BridgeOperation,
	type ChainState,
	emptyState,
	mergeOperations,
	mergeStates,
	releasable,
} from "./merging.ts";
import { readRequest } from "./request.ts";

/** Each with the property that shows it, and a scenario in `scenarios/systems/`. */
export const FLAWS: readonly Flaw[] = [
	{
		name: "The id is made of chains, amount and user",
		property: "eventual-delivery",
		scenario: "bridge-equal-transfers",
		how: "an equal transfer locks once more, but its id is known already, so nobody is told",
	},
	{
		name: "What has arrived so far is sorted and applied",
		property: "strong-convergence",
		scenario: "bridge-release-before-lock",
		how: "a release that comes before the lock that it is for finds nothing to mint, and is not asked again",
	},
	{
		name: "The elements of the grow-only set have a status that changes",
		property: "invariant:mintedOnce",
		scenario: "bridge-minted-twice",
		how: "it stays pending at the origin; reconciling takes that copy, and applies to its ledger what was applied already",
	},
	{
		name: "Reconciling sets chains to what they were when they were asked",
		property: "durability",
		scenario: "bridge-overwritten",
		how: "what a chain has accepted since then is gone",
	},
];

const PROTOCOL = "bridge-as-written/1";
/** Told again to those that have not said that they have it. */
const REPEAT_TICKS = 4;
const RECONCILE_TICKS = 8;

type Message = { protocol: string } & (
	| { kind: "operation"; operation: BridgeOperation }
	| { kind: "have"; id: string }
	| { kind: "fetch"; round: number }
	| { kind: "state"; round: number; state: ChainState }
	| { kind: "set"; state: ChainState }
);

/** What is persisted: an own operation, one of another chain, or what the chain was set to. */
type Stored = { own: BridgeOperation } | { other: BridgeOperation } | { set: ChainState };

interface Chain {
	readonly context: ReplicaContext;
	readonly life: Life;
	state: ChainState;
	/** In the ledger here. */
	delivered: DeliveredSet;
	/** Own operations that some have not said to have. */
	readonly untold: Map<string, { operation: BridgeOperation; to: Set<ReplicaId>; tick: number }>;
	ticks: number;
	/** Of the reconciliation under way. */
	round: number;
	fetched: Map<ReplicaId, ChainState>;
}

export const bridgeAsWritten: ReplicaDefinition = {
	type: BRIDGE_TYPE,
	delivers: { order: "any", duplicates: true, durable: true },
	operations: bridgeOperations,
	invariants: bridgeInvariants,
	specification: bridgeSpecification,
	tickMs: 50,
	create(context, persisted): Replica {
		const chain = restore(context, persisted);
		return {
			invoke: (operation, effects) => invoke(chain, operation, effects),
			receive: (from, message, effects) => receive(chain, from, message, effects),
			tick: (effects) => tick(chain, effects),
			view: () => viewOf(chain),
			delivered: () => deliveredToJson(chain.delivered),
		};
	},
};

function viewOf({ state: { balances, routes } }: Chain): unknown {
	return structuredClone({ balances, routes });
}

function restore(context: ReplicaContext, persisted: Persisted): Chain {
	const { id, replicas } = context;
	const chain: Chain = {
		context,
		life: lifeOf(context, persisted, undefined),
		state: emptyState(replicas),
		delivered: emptyDelivered(replicas),
		untold: new Map(),
		ticks: 0,
		round: 0,
		fetched: new Map(),
	};
	for (const record of persisted.records) {
		if (isLifeRecord(record)) continue;
		const stored = record as Stored;
		const operation = "own" in stored ? stored.own : null;
		const isNew = operation !== null && chain.state.operations[operation.id] === undefined;
		redo(chain, stored);
		if (operation === null) continue;
		chain.life.nextNumber = operation.number + 1;
		if (!isNew) continue;
		const to = new Set(replicas.filter((other) => other !== id));
		chain.untold.set(operation.id, { operation, to, tick: 0 });
	}
	noteDelivered(chain, null);
	return chain;
}

function redo(chain: Chain, stored: Stored): void {
	if ("own" in stored) addOwn(chain.state, stored.own);
	else if ("other" in stored) {
		if (addToGlobalState(chain.state, stored.other)) mergeOperations(chain.state, [stored.other]);
	} else chain.state = structuredClone(stored.set);
}

function keep(chain: Chain, stored: Stored, effects: Effects): void {
	redo(chain, stored);
	recordLife(chain.life, effects);
	effects.persist(stored);
	noteDelivered(chain, effects);
}

/** What is in the ledger here, from the state: what is no longer in it is forgotten. */
function noteDelivered(chain: Chain, effects: Effects | null): void {
	const { operations, again } = chain.state;
	const before = chain.delivered;
	chain.delivered = emptyDelivered(chain.context.replicas);
	const own = chain.context.id;
	const applied = Object.values(operations).filter(
		({ status, origin }) => status === "applied" || origin === own,
	);
	const all = [...applied.map(({ origin, number }) => [origin, number] as const), ...again];
	for (const [origin, number] of all) {
		addUpdate(chain.delivered, origin, number);
		if (!hasUpdate(before, origin, number)) effects?.deliver(origin, number);
	}
}

function invoke(chain: Chain, operation: Operation, effects: Effects): Reply {
	if (operation.f === "read") return { ok: true, value: viewOf(chain) };
	const { context, life, state } = chain;
	const { id, replicas } = context;
	const number = life.nextNumber;
	if (number >= life.numbersEnd) return tooManyUpdates();
	if (operation.f === "release") {
		const locks = releasable(state, id);
		if (locks.length === 0) return refused("nothing-to-release", `nothing that is locked for ${id} waits`);
		return accept(chain, `${id} releases ${locks.join(" and ")}`, { kind: "release", locks }, effects);
	}
	if (operation.f !== "bridge")
		return refused("unknown-operation", `a bridge has no operation ${operation.f}`);
	const read = readRequest(operation, id, replicas);
	if ("reject" in read) return { ok: false, ...read.reject };
	const { to, amount, user } = read.request;
	const has = state.balances[id]?.[user] ?? 0;
	if (has < amount) return refused("overdrawn", `${user} has ${has} on ${id}, fewer than ${amount}`);
	const what = { kind: "lock", from: id, to, amount, user } as const;
	return accept(chain, `${id}-${to}-${amount}-${user}`, what, effects);
}

function refused(code: string, message: string): Reply {
	return { ok: false, code, message };
}

function accept(chain: Chain, id: string, what: BridgeOperation["what"], effects: Effects): Reply {
	const { context, life } = chain;
	const number = life.nextNumber++;
	const operation: BridgeOperation = {
		id,
		origin: context.id,
		number,
		timestamp: context.now(),
		status: "pending",
		what,
	};
	const isNew = chain.state.operations[id] === undefined;
	keep(chain, { own: operation }, effects);
	if (isNew) {
		const to = new Set(context.replicas.filter((other) => other !== context.id));
		chain.untold.set(id, { operation, to, tick: chain.ticks });
		for (const other of to) effects.send(other, tell(operation), labelOf(operation));
	}
	return { ok: true, update: number };
}

function tell(operation: BridgeOperation): Message {
	return { protocol: PROTOCOL, kind: "operation", operation };
}

function receive(chain: Chain, from: ReplicaId, message: unknown, effects: Effects): void {
	if (typeof message !== "object" || message === null) return;
	const received = message as Message;
	if (received.protocol !== PROTOCOL) return;
	switch (received.kind) {
		case "operation": {
			const { operation } = received;
			if (chain.state.operations[operation.id] === undefined) keep(chain, { other: operation }, effects);
			effects.send(from, { protocol: PROTOCOL, kind: "have", id: operation.id });
			return;
		}
		case "have": {
			const entry = chain.untold.get(received.id);
			entry?.to.delete(from);
			if (entry?.to.size === 0) chain.untold.delete(received.id);
			return;
		}
		case "fetch": {
			const state = structuredClone(chain.state);
			effects.send(from, { protocol: PROTOCOL, kind: "state", round: received.round, state });
			return;
		}
		case "state":
			if (received.round !== chain.round) return;
			chain.fetched.set(from, received.state);
			if (chain.fetched.size === chain.context.replicas.length) reconcile(chain, effects);
			return;
		case "set":
			keep(chain, { set: received.state }, effects);
	}
}

function tick(chain: Chain, effects: Effects): void {
	chain.ticks++;
	for (const { operation, to, tick: told } of chain.untold.values()) {
		if ((chain.ticks - told) % REPEAT_TICKS !== 0) continue;
		for (const other of to) effects.send(other, tell(operation), labelOf(operation));
	}
	const { id, replicas, options } = chain.context;
	const isFirst = id === replicas[0] && options["reconcile"] !== false;
	if (!isFirst || chain.ticks % RECONCILE_TICKS !== 0) return;
	chain.round++;
	chain.fetched = new Map([[id, structuredClone(chain.state)]]);
	for (const other of replicas) {
		if (other !== id) effects.send(other, { protocol: PROTOCOL, kind: "fetch", round: chain.round });
	}
}

/** All have answered: what they were is merged, and set everywhere. */
function reconcile(chain: Chain, effects: Effects): void {
	const { id, replicas } = chain.context;
	const states = replicas.map((other) => chain.fetched.get(other) as ChainState);
	chain.fetched = new Map();
	const state = mergeStates(states);
	for (const other of replicas) {
		if (other !== id) effects.send(other, { protocol: PROTOCOL, kind: "set", state });
	}
	keep(chain, { set: state }, effects);
}

function labelOf({ origin, number }: BridgeOperation): string {
	return `update ${origin}:${number}`;
}
