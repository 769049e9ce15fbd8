/**
 * The multi-chain bridge, right: a set of locks and a set of releases that only grow, over reliable causal broadcast. A lock is
 * named (chain, number), a release says which locks it mints, and the ledger is a function of both sets. There is nothing to sort
 * and nothing to reconcile: whatever arrives in whatever order, the union is the same, and what is there already changes nothing.
 *
 * Who may decide is what keeps it safe: only a chain locks what is on it, so nothing is locked twice; only the chain (the life of
 * it) that a lock is for mints it, so nothing is minted twice. See `definition.ts`.
 *
 * Left out: what is locked for a life that ended stays on its way for ever; to give it back safely takes agreement.
 */
import { opBased } from "../../sdk/op-based.ts";
import type { OpBasedType } from "../../sdk/op-based-type.ts";
import { type ReplicaDefinition, type ReplicaId, UPDATES_PER_INCARNATION } from "../../sdk/replica.ts";
import {
	BRIDGE_TYPE,
	type BridgeView,
	bridgeInvariants,
	bridgeOperations,
	bridgeSpecification,
	GENESIS_UNITS,
	USERS,
} from "./definition.ts";
import { readRequest } from "./request.ts";

interface Lock {
	kind: "lock";
	id: string;
	/** Lives of chains. */
	from: string;
	to: string;
	amount: number;
	user: string;
}

type Effect = Lock | { kind: "release"; locks: readonly Lock[] };

interface State {
	/** By life and user; what is absent has not changed since genesis. */
	balances: Map<string, Map<string, number>>;
	routes: Map<string, { locked: number; minted: number }>;
	/** Locks that are not minted yet, by the life that they are for. */
	waiting: Map<string, Map<string, Lock>>;
	lives: Map<ReplicaId, number>;
	chains: readonly ReplicaId[];
}

export const bridgeType: OpBasedType<State, Effect> = {
	type: BRIDGE_TYPE,
	operations: bridgeOperations,
	invariants: bridgeInvariants,
	specification: bridgeSpecification,
	initial: ({ replicas }) => ({
		balances: new Map(replicas.map((id) => [id, new Map()])),
		routes: new Map(),
		waiting: new Map(),
		lives: new Map(),
		chains: replicas,
	}),
	prepare(state, operation, { actor, replica, replicas, number }) {
		if (operation.f === "release") {
			const locks = [...(state.waiting.get(actor)?.values() ?? [])];
			if (locks.length > 0) return { effect: { kind: "release", locks } };
			return { reject: { code: "nothing-to-release", message: `nothing that is locked for ${actor} waits` } };
		}
		const read = readRequest(operation, replica, replicas);
		if ("reject" in read) return read;
		const { to, amount, user } = read.request;
		const has = balanceOf(state, actor, user);
		if (has < amount) {
			return {
				reject: { code: "overdrawn", message: `${user} has ${has} on ${actor}, fewer than ${amount}` },
			};
		}
		const life = state.lives.get(to) ?? 0;
		const target = life === 0 ? to : `${to}~${life}`;
		return { effect: { kind: "lock", id: `${replica}:${number}`, from: actor, to: target, amount, user } };
	},
	apply(state, effect, { origin, number }) {
		const life = Math.floor((number - 1) / UPDATES_PER_INCARNATION);
		if (life > (state.lives.get(origin) ?? 0)) state.lives.set(origin, life);
		if (effect.kind === "lock") lock(state, effect);
		else for (const minted of effect.locks) mint(state, minted);
		return state;
	},
	view,
	canonical: ({ balances, routes, waiting, lives }) => [balances, routes, waiting, lives],
	clone: ({ balances, routes, waiting, lives, chains }) => ({
		balances: new Map([...balances].map(([holder, users]) => [holder, new Map(users)])),
		routes: new Map([...routes].map(([route, sums]) => [route, { ...sums }])),
		waiting: new Map([...waiting].map(([holder, locks]) => [holder, new Map(locks)])),
		lives: new Map(lives),
		chains,
	}),
};

export const bridge: ReplicaDefinition = opBased(bridgeType);

function lock(state: State, entry: Lock): void {
	const { id, from, to, amount, user } = entry;
	setBalance(state, from, user, balanceOf(state, from, user) - amount);
	routeOf(state, entry).locked += amount;
	const waiting = state.waiting.get(to) ?? new Map<string, Lock>();
	waiting.set(id, entry);
	state.waiting.set(to, waiting);
}

/** Causal delivery: the lock came before. */
function mint(state: State, entry: Lock): void {
	const { id, to, amount, user } = entry;
	const waiting = state.waiting.get(to);
	if (waiting === undefined || !waiting.delete(id)) return;
	if (waiting.size === 0) state.waiting.delete(to);
	setBalance(state, to, user, balanceOf(state, to, user) + amount);
	routeOf(state, entry).minted += amount;
}

function routeOf({ routes }: State, { from, to }: Lock): { locked: number; minted: number } {
	const name = `${from}>${to}`;
	const route = routes.get(name) ?? { locked: 0, minted: 0 };
	routes.set(name, route);
	return route;
}

function balanceOf({ balances, chains }: State, holder: string, user: string): number {
	return balances.get(holder)?.get(user) ?? (chains.includes(holder) ? GENESIS_UNITS : 0);
}

function setBalance({ balances }: State, holder: string, user: string, units: number): void {
	const users = balances.get(holder) ?? new Map<string, number>();
	users.set(user, units);
	balances.set(holder, users);
}

function view(state: State): BridgeView {
	const users = (holder: string) => USERS.map((user) => [user, balanceOf(state, holder, user)] as const);
	const holders = [...state.balances.keys()];
	return {
		balances: Object.fromEntries(holders.map((holder) => [holder, Object.fromEntries(users(holder))])),
		routes: Object.fromEntries([...state.routes].map(([route, sums]) => [route, { ...sums }])),
	};
}
