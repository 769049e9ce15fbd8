/**
 * A bridge between chains: what can be asked of it, what it must show, and what must never be seen. Nothing here is a replica's code.
 *
 * Each of three users begins with 100 units on every chain. `bridge { to, amount, user }` locks an amount on the chain that is
 * asked, for another one (by name, or by its position among the replicas, counted round). `release` has the chain that is asked mint, once,
 * all that it has seen locked for it. What is locked and not minted yet is on its way.
 *
 * A chain that loses its disk begins a new *life* (see `sdk/life.ts`), with nothing: it has forgotten what it has locked and minted. So a
 * lock is for one life of a chain, the latest that its origin had seen, and only that life mints it.
 *
 * View: `{ balances: { ethereum: { alice: 100, … }, … }, routes: { "ethereum>polygon": { locked: 40, minted: 40 } } }`. A life after the
 * first has balances of its own, as `polygon~1`, once something was minted there.
 */
import {
	type DeclaredInvariant,
	type DeclaredSpecification,
	type DeliveredJson,
	type OperationSpec,
	UPDATES_PER_INCARNATION,
	type VisibleUpdate,
} from "../../sdk/replica.ts";

export const BRIDGE_TYPE = "bridge";
export const USERS: readonly string[] = ["alice", "bob", "carol"];
/** Of each user, on each chain. */
export const GENESIS_UNITS = 100;
const MOST_CHAINS = 12;
const MAX_GENERATED_UNITS = 60;

/** Amounts are tens, so that equal transfers are frequent, and large, so that a user can't make many of them. */
export const bridgeOperations: Record<string, OperationSpec> = {
	bridge: {
		kind: "update",
		weight: 3,
		generate: (draw) => ({
			to: draw.integer(0, MOST_CHAINS - 1),
			amount: draw.integer(1, MAX_GENERATED_UNITS / 10) * 10,
			user: USERS[draw.integer(0, USERS.length - 1)] as string,
		}),
	},
	release: { kind: "update", weight: 2, generate: () => null },
	read: { kind: "query", weight: 1, generate: () => null },
};

export interface BridgeView {
	balances: Record<string, Record<string, number>>;
	routes: Record<string, { locked: number; minted: number }>;
}

export const bridgeInvariants: Record<string, DeclaredInvariant> = {
	mintedOnce: {
		statement: "Nothing is minted twice: on no route is more minted than was locked.",
		when: "always",
		holds(view) {
			const { routes } = view as unknown as BridgeView;
			const wrong = Object.entries(routes).find(([, { locked, minted }]) => minted > locked);
			if (wrong === undefined) return true;
			const [route, { locked, minted }] = wrong;
			return `on ${route} ${locked} were locked and ${minted} minted`;
		},
	},
	noNegative: {
		statement: "Nobody has less than nothing on any chain.",
		when: "always",
		holds(view) {
			const { balances } = view as unknown as BridgeView;
			for (const [chain, users] of Object.entries(balances)) {
				const user = USERS.find((name) => (users[name] ?? 0) < 0);
				if (user !== undefined) return `${user} has ${users[user]} on ${chain}`;
			}
			return true;
		},
	},
	supplyConserved: {
		statement: "Once all have settled, what users have and what is on its way make what there was.",
		when: "settled",
		holds(view) {
			const { balances, routes } = view as unknown as BridgeView;
			const had = Object.keys(balances).filter((chain) => !chain.includes("~")).length;
			const genesis = had * USERS.length * GENESIS_UNITS;
			let there = 0;
			for (const users of Object.values(balances)) {
				for (const amount of Object.values(users)) there += amount;
			}
			for (const { locked, minted } of Object.values(routes)) there += Math.max(0, locked - minted);
			return there === genesis || `there were ${genesis}, and there are ${there}`;
		},
	},
};

/** A lock is minted when a release of the life that it is for had seen it. */
export const bridgeSpecification: DeclaredSpecification = (updates, { replicas }) => {
	const balances: Record<string, Record<string, number>> = {};
	const chain = (holder: string): Record<string, number> => {
		const units = holder.includes("~") ? 0 : GENESIS_UNITS;
		balances[holder] ??= Object.fromEntries(USERS.map((user) => [user, units]));
		return balances[holder];
	};
	for (const replica of replicas) chain(replica);
	const routes: BridgeView["routes"] = {};
	const releases = updates.filter(({ f }) => f === "release");
	for (const entry of updates) {
		if (entry.f !== "bridge") continue;
		const { replica, number, value } = entry;
		const { amount, user } = value as { amount: number; user: string };
		const from = holderOf(replica, number);
		const to = targetOf(entry, replicas);
		routes[`${from}>${to}`] ??= { locked: 0, minted: 0 };
		const route = routes[`${from}>${to}`] as { locked: number; minted: number };
		route.locked += amount;
		change(chain(from), user, -amount);
		const isMinted = releases.some(
			(release) => holderOf(release.replica, release.number) === to && hasSeen(release.seen, replica, number),
		);
		if (!isMinted) continue;
		route.minted += amount;
		change(chain(to), user, amount);
	}
	return { balances, routes };
};

function change(users: Record<string, number>, user: string, by: number): void {
	users[user] = (users[user] ?? 0) + by;
}

function targetOf({ value, seen }: VisibleUpdate, replicas: readonly string[]): string {
	const { to } = value as { to: string | number };
	const replica = typeof to === "number" ? (replicas[to % replicas.length] as string) : to;
	const runs = seen[replica] ?? 0;
	return holderOf(replica, typeof runs === "number" ? runs : (runs.at(-1)?.[1] ?? 0));
}

/** A life of a chain: numbers tell it. */
function holderOf(replica: string, number: number): string {
	const life = Math.floor(Math.max(0, number - 1) / UPDATES_PER_INCARNATION);
	return life === 0 ? replica : `${replica}~${life}`;
}

function hasSeen(seen: DeliveredJson, replica: string, number: number): boolean {
	const runs = seen[replica] ?? 0;
	if (typeof runs === "number") return number <= runs;
	return runs.some(([first, last]) => first <= number && number <= last);
}
