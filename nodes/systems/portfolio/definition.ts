/**
 * A user's portfolio on several chains: its operations, what it must show, and what must never be seen. For every
 * implementation of it (TypeScript, and Solidity on an EVM); nothing here is a replica's code.
 *
 * View: `{ assets: { USDC: 1000, ETH_staked: 5 }, liabilities: { DAI: 2000 }, totalValue: <US cents>, waiting: 0 }`, amounts that
 * are 0 left out. `waiting` counts accepted operations that wait for what they spend.
 *
 * What an update does. A *holder* is a chain, and after each loss of its disk another one, since what it has forgotten
 * to have spent it must not spend again. Assets and debts are held by holders; the portfolio is their sum. Deposits and stakes come from
 * outside and always count, for the chain named by `at`. Everything else spends what its own holder has: it takes effect
 * once that covers it, in the order in which the holder accepted it, so nothing overtakes what waits. What has taken effect stays
 * so, whatever else arrives; so the outcome is the same in every order of arrival. Of debts and stakes of a holder must hold
 * after each step: staked value × 3/4 ≥ owed value. These are the escrow rights of O'Neil 1986 ("The escrow transactional
 * method") and of Balegas et al. 2015 ("Extending eventually consistent cloud databases for enforcing numeric invariants").
 */
import {
	type DeclaredInvariant,
	type DeclaredSpecification,
	type DeliveredJson,
	type Draw,
	type Json,
	type OperationSpec,
	UPDATES_PER_INCARNATION,
	type VisibleUpdate,
} from "../../sdk/replica.ts";
import { PRICES_CENTS, STAKED } from "./action.ts";

export const PORTFOLIO_TYPE = "portfolio";

const TOKENS = Object.keys(PRICES_CENTS);
const STABLE = ["USDC", "DAI"];
/** One in so many spends without looking whether it can. */
const WAITING_SHARE = 4;
const MAX_GENERATED_UNITS = 10;

/** Amounts are few, so that equal operations are frequent, and small, so that concurrent ones want the same. */
export const portfolioOperations: Record<string, OperationSpec> = {
	deposit: update(5, (draw) => ({ token: one(draw, TOKENS), amount: units(draw) * 10, ...somewhere(draw) })),
	withdraw: update(4, (draw) => ({
		token: one(draw, TOKENS),
		amount: units(draw) * 10,
		...maybeWaits(draw),
	})),
	stake: update(2, (draw) => ({ token: "ETH", amount: units(draw), ...somewhere(draw) })),
	unstake: update(1, (draw) => ({ token: "ETH", amount: units(draw), ...maybeWaits(draw) })),
	borrow: update(2, (draw) => ({
		token: one(draw, STABLE),
		amount: units(draw) * 1000,
		...somewhere(draw),
		...maybeWaits(draw),
	})),
	repay: update(1, (draw) => ({ token: one(draw, STABLE), amount: units(draw) * 10, ...maybeWaits(draw) })),
	swap: update(2, (draw) => ({
		from: one(draw, STABLE),
		to: "MATIC",
		amount: units(draw) * 10,
		...maybeWaits(draw),
	})),
	provide: update(1, (draw) => ({
		tokens: ["USDC", "MATIC"],
		amounts: [units(draw), 2 * units(draw)],
		...maybeWaits(draw),
	})),
	transfer: update(2, (draw) => ({
		token: one(draw, [...TOKENS, `ETH${STAKED}`]),
		amount: units(draw),
		at: draw.integer(0, 3),
		...maybeWaits(draw),
	})),
	read: { kind: "query", weight: 4, generate: () => null },
};

function update(weight: number, generate: (draw: Draw) => Json): OperationSpec {
	return { kind: "update", weight, generate };
}

function one(draw: Draw, of: readonly string[]): string {
	return of[draw.integer(0, of.length - 1)] as string;
}

function units(draw: Draw): number {
	return draw.integer(1, MAX_GENERATED_UNITS);
}

function somewhere(draw: Draw): { at?: number } {
	return draw.integer(0, 1) === 0 ? {} : { at: draw.integer(0, 3) };
}

function maybeWaits(draw: Draw): { wait?: true } {
	return draw.integer(1, WAITING_SHARE) === 1 ? { wait: true } : {};
}

interface PortfolioView {
	assets: Record<string, number>;
	liabilities: Record<string, number>;
}

export const portfolioInvariants: Record<string, DeclaredInvariant> = {
	noNegative: {
		statement: "No balance is negative: every amount can be read and is a whole number of at least 0.",
		when: "always",
		holds(view) {
			const { assets, liabilities } = view as unknown as PortfolioView;
			for (const [token, amount] of [...Object.entries(assets), ...Object.entries(liabilities)]) {
				if (amount === null) return `${token} can't be read: more of it was spent than there ever was`;
				if (!Number.isSafeInteger(amount) || amount < 0) return `there are ${amount} ${token}`;
			}
			return true;
		},
	},
	debtsCovered: {
		statement: "Debts are covered: they are worth at most three quarters of what is staked.",
		when: "always",
		holds(view) {
			const { assets, liabilities } = view as unknown as PortfolioView;
			const staked = worth(Object.entries(assets).filter(([token]) => token.endsWith(STAKED)));
			const owed = worth(Object.entries(liabilities));
			return owed * 4 <= staked * 3 || `${owed} cents are owed against stakes of ${staked}`;
		},
	},
};

/** In cents. A share of a pool is one cent; a staked token is worth what the token is. */
function worth(amounts: readonly [token: string, amount: number][]): number {
	let cents = 0;
	for (const [token, amount] of amounts) cents += (PRICES_CENTS[token.replace(STAKED, "")] ?? 1) * amount;
	return cents;
}

/** A holder, as the specification follows it. */
interface Account {
	assets: Map<string, number>;
	debts: Map<string, number>;
	/** Not in effect yet, in the holder's order. */
	queue: Spending[];
}

/** What an update takes from its holder, and what it then gives to whom. */
interface Spending {
	takes: [token: string, amount: number][];
	owes: [token: string, amount: number] | null;
	settles: [token: string, amount: number] | null;
	gives: [holder: string, token: string, amount: number][];
}

/** Quiet rounds over all holders until nothing moves: the outcome does not depend on who is looked at first. */
export const portfolioSpecification: DeclaredSpecification = (updates, { replicas }) => {
	const accounts = new Map<string, Account>();
	const account = (holder: string): Account => {
		const known = accounts.get(holder) ?? { assets: new Map(), debts: new Map(), queue: [] };
		accounts.set(holder, known);
		return known;
	};
	for (const entry of updates) {
		const spending = spendingOf(entry, replicas);
		const isFree = entry.f === "deposit" || entry.f === "stake";
		if (isFree)
			for (const [holder, token, amount] of spending.gives) add(account(holder).assets, token, amount);
		else account(holderOf(entry.replica, entry.number)).queue.push(spending);
	}
	for (let moved = true; moved; ) {
		moved = false;
		for (const holder of accounts.values()) {
			while (holder.queue[0] !== undefined && mayTakeEffect(holder, holder.queue[0])) {
				takeEffect(holder, holder.queue.shift() as Spending, account);
				moved = true;
			}
		}
	}
	return viewOf([...accounts.values()]);
};

function spendingOf(
	{ replica, number, f, value, seen }: VisibleUpdate,
	replicas: readonly string[],
): Spending {
	const { token, amount, from, to, tokens, amounts, at } = value as unknown as {
		token: string;
		amount: number;
		from: string;
		to: string;
		tokens: [string, string];
		amounts: [number, number];
		at?: string | number;
	};
	const own = holderOf(replica, number);
	const other = typeof at === "number" ? (replicas[at % replicas.length] as string) : at;
	const target = other === undefined || other === replica ? own : holderOf(other, lastNumber(seen, other));
	const nothing: Spending = { takes: [], owes: null, settles: null, gives: [] };
	const cents = (name: string): number => PRICES_CENTS[name] as number;
	switch (f) {
		case "deposit":
			return { ...nothing, gives: [[target, token, amount]] };
		case "stake":
			return { ...nothing, gives: [[target, `${token}${STAKED}`, amount]] };
		case "withdraw":
			return { ...nothing, takes: [[token, amount]] };
		case "unstake":
			return { ...nothing, takes: [[`${token}${STAKED}`, amount]], gives: [[target, token, amount]] };
		case "borrow":
			return { ...nothing, owes: [token, amount], gives: [[target, token, amount]] };
		case "repay":
			return { ...nothing, takes: [[token, amount]], settles: [token, amount] };
		case "transfer":
			return { ...nothing, takes: [[token, amount]], gives: [[target, token, amount]] };
		case "swap":
			return {
				...nothing,
				takes: [[from, amount]],
				gives: [[target, to, Math.floor((amount * cents(from)) / cents(to))]],
			};
		default: {
			const shares = amounts[0] * cents(tokens[0]) + amounts[1] * cents(tokens[1]);
			return {
				...nothing,
				takes: [
					[tokens[0], amounts[0]],
					[tokens[1], amounts[1]],
				],
				gives: [[target, tokens.join("-"), shares]],
			};
		}
	}
}

/** A life of a chain: numbers tell it. */
function holderOf(replica: string, number: number): string {
	return `${replica}~${Math.floor(Math.max(0, number - 1) / UPDATES_PER_INCARNATION)}`;
}

/** Of what the origin had seen of the chain; 0: nothing, hence its first life. */
function lastNumber(seen: DeliveredJson, replica: string): number {
	const runs = seen[replica] ?? 0;
	return typeof runs === "number" ? runs : (runs.at(-1)?.[1] ?? 0);
}

function mayTakeEffect({ assets, debts }: Account, { takes, owes, settles }: Spending): boolean {
	if (takes.some(([token, amount]) => (assets.get(token) ?? 0) < amount)) return false;
	if (settles !== null && (debts.get(settles[0]) ?? 0) < settles[1]) return false;
	const takesStaked = takes.filter(([token]) => token.endsWith(STAKED));
	if (owes === null && takesStaked.length === 0) return true;
	const staked = worth([...assets].filter(([token]) => token.endsWith(STAKED))) - worth(takesStaked);
	const owed = worth([...debts]) + worth(owes === null ? [] : [owes]);
	return owed * 4 <= staked * 3;
}

function takeEffect(holder: Account, spending: Spending, account: (holder: string) => Account): void {
	const { takes, owes, settles, gives } = spending;
	for (const [token, amount] of takes) add(holder.assets, token, -amount);
	if (owes !== null) add(holder.debts, owes[0], owes[1]);
	if (settles !== null) add(holder.debts, settles[0], -settles[1]);
	for (const [to, token, amount] of gives) add(account(to).assets, token, amount);
}

function add(amounts: Map<string, number>, token: string, amount: number): void {
	amounts.set(token, (amounts.get(token) ?? 0) + amount);
}

function viewOf(accounts: readonly Account[]): Json {
	const assets = new Map<string, number>();
	const debts = new Map<string, number>();
	let waiting = 0;
	for (const holder of accounts) {
		for (const [token, amount] of holder.assets) add(assets, token, amount);
		for (const [token, amount] of holder.debts) add(debts, token, amount);
		waiting += holder.queue.length;
	}
	const shown = (amounts: Map<string, number>) => [...amounts].filter(([, amount]) => amount !== 0);
	return {
		assets: Object.fromEntries(shown(assets)),
		liabilities: Object.fromEntries(shown(debts)),
		totalValue: worth(shown(assets)) - worth(shown(debts)),
		waiting,
	};
}
