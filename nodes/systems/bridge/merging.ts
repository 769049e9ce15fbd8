/**
 * The state of the bridge as the talk writes it, and its deterministic merge: sort by time, then by id, apply. Which
 * is deterministic for one list of operations; but the list is what happens to have arrived. See `as-written.ts`.
 */
import type { ReplicaId } from "../../sdk/replica.ts";
import { type BridgeView, GENESIS_UNITS, USERS } from "./definition.ts";

export interface BridgeOperation {
	id: string;
	origin: ReplicaId;
	number: number;
	timestamp: number;
	status: "pending" | "applied";
	what:
		| { kind: "lock"; from: ReplicaId; to: ReplicaId; amount: number; user: string }
		/** Ids of locks. */
		| { kind: "release"; locks: string[] };
}

/** Plain data: it travels whole. */
export interface ChainState {
	/** By id. */
	operations: Record<string, BridgeOperation>;
	balances: BridgeView["balances"];
	routes: BridgeView["routes"];
	/** Ids of locks that were released. */
	released: Record<string, true>;
	/** Updates that locked an amount, but whose id was known already. */
	again: [origin: ReplicaId, number: number][];
}

export function emptyState(chains: readonly ReplicaId[]): ChainState {
	const genesis = () => Object.fromEntries(USERS.map((user) => [user, GENESIS_UNITS]));
	const balances = Object.fromEntries(chains.map((chain) => [chain, genesis()]));
	return { operations: {}, balances, routes: {}, released: {}, again: [] };
}

/** @returns whether it was not known */
export function addToGlobalState(state: ChainState, operation: BridgeOperation): boolean {
	if (state.operations[operation.id] !== undefined) return false;
	state.operations[operation.id] = { ...operation, status: "pending" };
	return true;
}

/** At its origin: added as pending, and locked (or released) there. Its status stays what it is. */
export function addOwn(state: ChainState, operation: BridgeOperation): void {
	if (!addToGlobalState(state, operation)) state.again.push([operation.origin, operation.number]);
	apply(state, operation);
}

/** Applies those that are pending. */
export function mergeOperations(state: ChainState, operations: readonly BridgeOperation[]): void {
	const sorted = operations.filter(({ status }) => status === "pending");
	sorted.sort((a, b) => a.timestamp - b.timestamp || a.id.localeCompare(b.id));
	for (const operation of sorted) {
		state.operations[operation.id] = { ...operation, status: "applied" };
		apply(state, operation);
	}
}

function apply(state: ChainState, { what }: BridgeOperation): void {
	if (what.kind === "lock") {
		change(state, what.from, what.user, -what.amount);
		routeOf(state, what.from, what.to).locked += what.amount;
		return;
	}
	for (const id of what.locks) {
		state.released[id] = true;
		const lock = state.operations[id]?.what;
		if (lock?.kind !== "lock") continue;
		change(state, lock.to, lock.user, lock.amount);
		routeOf(state, lock.from, lock.to).minted += lock.amount;
	}
}

function change({ balances }: ChainState, chain: ReplicaId, user: string, by: number): void {
	const users = balances[chain] as Record<string, number>;
	users[user] = (users[user] as number) + by;
}

function routeOf({ routes }: ChainState, from: ReplicaId, to: ReplicaId): { locked: number; minted: number } {
	const route = routes[`${from}>${to}`] ?? { locked: 0, minted: 0 };
	routes[`${from}>${to}`] = route;
	return route;
}

/** Locks for a chain that it can mint. */
export function releasable({ operations, released }: ChainState, chain: ReplicaId): string[] {
	return Object.values(operations).flatMap(({ id, what, status }) =>
		what.kind === "lock" && what.to === chain && status === "applied" && released[id] !== true ? [id] : [],
	);
}

/** Of all chains, one's own first: all operations, and those that are pending applied to one's own ledger. */
export function mergeStates(states: readonly ChainState[]): ChainState {
	const merged = structuredClone(states[0] as ChainState);
	for (const { operations, released } of states) {
		Object.assign(merged.operations, operations);
		Object.assign(merged.released, released);
	}
	mergeOperations(merged, Object.values(merged.operations));
	return merged;
}
