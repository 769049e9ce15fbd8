/**
 * The contract of the talk, in behaviour: sums of what was credited and debited that only grow, and operations that are known by a
 * hash of sender, type, amount, token, block time and block number. It handles deposits and withdrawals; the other operations
 * are added in its own manner: what they give is credited, what they take debited, without a look at what is there. Its
 * `vectorClock`, the time of the last block, is left out: it is written and never read. See `as-written.ts` for what is wrong.
 */

import type { Movement, PortfolioView } from "./accounts.ts";
import { type Action, PRICES_CENTS, STAKED } from "./action.ts";

export interface Block {
	number: number;
	/** Whole seconds. */
	timestamp: number;
}

export interface Call {
	action: Action;
	sender: string;
	operationType: string;
	/** As packed for the hash: amounts and tokens of one operation in a row. */
	amount: string;
	token: string;
	/** What it does to the sums. */
	movement: Movement;
}

export type Outcome = "processed" | "Operation already processed" | "Dependency not yet processed";

/** Deployed on one chain: here in TypeScript, in `solidity/` as bytecode on a virtual machine. */
export interface Contract {
	operationId(call: Call, block: Block): string;
	/** @returns how the call ended; what reverts changes nothing */
	addOperation(call: Call, dependencies: readonly (string | null)[], block: Block): Outcome;
	view(): PortfolioView;
}

interface Sums {
	credited: Map<string, number>;
	debited: Map<string, number>;
	borrowed: Map<string, number>;
	repaid: Map<string, number>;
}

export function deploy(): Contract {
	const sums: Sums = { credited: new Map(), debited: new Map(), borrowed: new Map(), repaid: new Map() };
	const processed = new Set<string>();
	return {
		operationId,
		addOperation(call, dependencies, block) {
			const id = operationId(call, block);
			if (processed.has(id)) return "Operation already processed";
			for (const dependency of dependencies) {
				if (dependency === null || !processed.has(dependency)) return "Dependency not yet processed";
			}
			process(sums, call.movement);
			processed.add(id);
			return "processed";
		},
		view: () => viewOf(sums),
	};
}

function operationId(call: Call, block: Block): string {
	const { sender, operationType, amount, token } = call;
	return [sender, operationType, amount, token, block.timestamp, block.number].join("|");
}

function process(sums: Sums, { takes, gives, debt }: Movement): void {
	for (const [token, amount] of gives) grow(sums.credited, token, amount);
	for (const [token, amount] of takes) grow(sums.debited, token, amount);
	for (const [token, amount] of debt) {
		if (amount > 0) grow(sums.borrowed, token, amount);
		else grow(sums.repaid, token, -amount);
	}
}

function grow(sums: Map<string, number>, token: string, by: number): void {
	sums.set(token, (sums.get(token) ?? 0) + by);
}

/** What `getBalance` returns, for each token. */
function viewOf({ credited, debited, borrowed, repaid }: Sums): PortfolioView {
	const assets = differences(credited, debited);
	const liabilities = differences(borrowed, repaid);
	const all = [...assets, ...liabilities];
	const value = worth(assets) - worth(liabilities);
	return {
		assets: Object.fromEntries(assets),
		liabilities: Object.fromEntries(liabilities),
		totalValue: all.some(([, amount]) => amount === null) ? null : value,
		waiting: 0,
	};
}

/** Unsigned: where the second exceeds the first the subtraction reverts, and nothing can be read. */
function differences(plus: Map<string, number>, minus: Map<string, number>): [string, number | null][] {
	const tokens = [...new Set([...plus.keys(), ...minus.keys()])];
	return tokens
		.map((token): [string, number | null] => {
			const difference = (plus.get(token) ?? 0) - (minus.get(token) ?? 0);
			return [token, difference < 0 ? null : difference];
		})
		.filter(([, amount]) => amount !== 0);
}

/** In cents. */
export function worth(amounts: readonly [string, number | null][]): number {
	let cents = 0;
	for (const [token, amount] of amounts) {
		cents += (PRICES_CENTS[token.replace(STAKED, "")] ?? 1) * (amount ?? 0);
	}
	return cents;
}
