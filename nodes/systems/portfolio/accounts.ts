/**
 * The accounts of a portfolio by holder, and how a movement changes them: at once, or when what it spends is there. Movements of one
 * holder take effect in the order in which they came; one that takes effect may let others'. Cost: O(1) for each that does.
 */
import { type Action, PRICES_CENTS, STAKED } from "./action.ts";

type Amounts = [token: string, amount: number][];

/** What an operation became: plain data. */
export interface Movement {
	holder: string;
	/** Who gets what it yields. */
	target: string;
	takes: Amounts;
	/** Above 0: it is borrowed, below: repaid. */
	debt: Amounts;
	gives: Amounts;
	/** It comes from outside and spends nothing, so that it never waits. */
	free: boolean;
}

export interface Account {
	assets: Map<string, number>;
	debts: Map<string, number>;
	/** Worth of the staked tokens and of the debts, in cents. */
	staked: number;
	owed: number;
	queue: Movement[];
}

export type Accounts = Map<string, Account>;

export function movementOf(action: Action, holder: string, target: string): Movement {
	const nothing: Movement = { holder, target, takes: [], debt: [], gives: [], free: false };
	if (action.f === "swap") {
		const { from, to, amount, received } = action;
		return { ...nothing, takes: [[from, amount]], gives: [[to, received]] };
	}
	if (action.f === "provide") {
		const { tokens, amounts, pool, received } = action;
		const takes: Amounts = [
			[tokens[0], amounts[0]],
			[tokens[1], amounts[1]],
		];
		return { ...nothing, takes, gives: [[pool, received]] };
	}
	const { f, token, amount } = action;
	const some: Amounts = [[token, amount]];
	const staked: Amounts = [[token + STAKED, amount]];
	switch (f) {
		case "deposit":
			return { ...nothing, gives: some, free: true };
		case "stake":
			return { ...nothing, gives: staked, free: true };
		case "withdraw":
			return { ...nothing, takes: some };
		case "unstake":
			return { ...nothing, takes: staked, gives: some };
		case "borrow":
			return { ...nothing, debt: some, gives: some };
		case "repay":
			return { ...nothing, takes: some, debt: [[token, -amount]] };
		case "transfer":
			return { ...nothing, takes: some, gives: some };
	}
}

/** Never stored: nothing is spendable there. */
const EMPTY: Account = { assets: new Map(), debts: new Map(), staked: 0, owed: 0, queue: [] };

/** Not to be changed. */
export function accountOf(accounts: Accounts, holder: string): Account {
	return accounts.get(holder) ?? EMPTY;
}

/** Whether it would take effect at once: nothing waits before it, and what it spends is there. */
export function isCovered(account: Account, movement: Movement): boolean {
	return movement.free || (account.queue.length === 0 && covers(account, movement));
}

export function enqueue(accounts: Accounts, movement: Movement): void {
	const changed = [movement.holder];
	if (movement.free) changed.push(give(accounts, movement));
	else opened(accounts, movement.holder).queue.push(movement);
	for (let holder = changed.pop(); holder !== undefined; holder = changed.pop()) {
		const account = accountOf(accounts, holder);
		for (let next = account.queue[0]; next !== undefined && covers(account, next); next = account.queue[0]) {
			account.queue.shift();
			for (const [token, amount] of next.takes) addAsset(account, token, -amount);
			for (const [token, amount] of next.debt) addDebt(account, token, amount);
			const target = give(accounts, next);
			if (target !== holder) changed.push(target);
		}
	}
}

function covers(account: Account, { takes, debt }: Movement): boolean {
	let { staked, owed } = account;
	let risky = false;
	for (const [token, amount] of takes) {
		if ((account.assets.get(token) ?? 0) < amount) return false;
		if (!token.endsWith(STAKED)) continue;
		staked -= stakeWorth(token, amount);
		risky = true;
	}
	for (const [token, amount] of debt) {
		if ((account.debts.get(token) ?? 0) + amount < 0) return false;
		owed += price(token) * amount;
		risky ||= amount > 0;
	}
	return !risky || owed * 4 <= staked * 3;
}

function give(accounts: Accounts, { target, gives }: Movement): string {
	const account = opened(accounts, target);
	for (const [token, amount] of gives) addAsset(account, token, amount);
	return target;
}

function addAsset(account: Account, token: string, amount: number): void {
	change(account.assets, token, amount);
	if (token.endsWith(STAKED)) account.staked += stakeWorth(token, amount);
}

function addDebt(account: Account, token: string, amount: number): void {
	change(account.debts, token, amount);
	account.owed += price(token) * amount;
}

function change(amounts: Map<string, number>, token: string, by: number): void {
	const amount = (amounts.get(token) ?? 0) + by;
	if (amount === 0) amounts.delete(token);
	else amounts.set(token, amount);
}

/** In cents; a share of a pool is one. */
function price(token: string): number {
	return PRICES_CENTS[token] ?? 1;
}

function stakeWorth(token: string, amount: number): number {
	return price(token.slice(0, -STAKED.length)) * amount;
}

function opened(accounts: Accounts, holder: string): Account {
	const known = accounts.get(holder);
	if (known !== undefined) return known;
	const account: Account = { assets: new Map(), debts: new Map(), staked: 0, owed: 0, queue: [] };
	accounts.set(holder, account);
	return account;
}

/** A copy that shares only movements, which are never changed. */
export function copyAccounts(accounts: Accounts): Accounts {
	const copy: Accounts = new Map();
	for (const [holder, account] of accounts) {
		const { assets, debts, queue } = account;
		copy.set(holder, { ...account, assets: new Map(assets), debts: new Map(debts), queue: queue.slice() });
	}
	return copy;
}

export interface PortfolioView {
	/** Null: reading it reverts. */
	assets: Record<string, number | null>;
	liabilities: Record<string, number | null>;
	/** US cents. */
	totalValue: number | null;
	waiting: number;
}

export function portfolioView(accounts: Accounts): PortfolioView {
	const assets = new Map<string, number>();
	const liabilities = new Map<string, number>();
	let totalValue = 0;
	let waiting = 0;
	for (const account of accounts.values()) {
		for (const [token, amount] of account.assets) {
			change(assets, token, amount);
			totalValue += token.endsWith(STAKED) ? stakeWorth(token, amount) : price(token) * amount;
		}
		for (const [token, amount] of account.debts) change(liabilities, token, amount);
		totalValue -= account.owed;
		waiting += account.queue.length;
	}
	return {
		assets: Object.fromEntries(assets),
		liabilities: Object.fromEntries(liabilities),
		totalValue,
		waiting,
	};
}
