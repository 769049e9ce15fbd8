/**
 * Actions and views as the contracts read and write them: words of 32 bytes, in hexadecimal digits (the ABI of static
 * values, where every field is a word).
 */
import type { PortfolioView } from "../accounts.ts";
import { type Action, PRICES_CENTS, STAKED } from "../action.ts";

/** In the order of the contracts' `Kind`. */
const KINDS: readonly Action["f"][] = [
	"deposit",
	"withdraw",
	"stake",
	"unstake",
	"borrow",
	"repay",
	"transfer",
	"swap",
	"provide",
];
const WORD_DIGITS = 64;
const TOKENS = Object.keys(PRICES_CENTS);
/** By the numbers that the contracts give them. */
const ASSETS = [
	...TOKENS,
	...TOKENS.map((token) => token + STAKED),
	...TOKENS.flatMap((first) => TOKENS.map((second) => `${first}-${second}`)),
];
/** How a contract says that an amount can't be read. */
const UNREADABLE = 2n ** 256n - 1n;

export function word(value: number | bigint): string {
	return value.toString(16).padStart(WORD_DIGITS, "0");
}

/** Kind, token, second token, amount, amount of the second. */
export function encodeAction(action: Action): string {
	const kind = KINDS.indexOf(action.f);
	const fields = fieldsOf(action);
	return [kind, ...fields].map(word).join("");
}

function fieldsOf(action: Action): number[] {
	if (action.f === "swap") return [numberOf(action.from), numberOf(action.to), action.amount, 0];
	if (action.f === "provide") return [...action.tokens.map(numberOf), ...action.amounts];
	return [numberOf(action.token), 0, action.amount, 0];
}

function numberOf(token: string): number {
	return ASSETS.indexOf(token);
}

/** All assets, then all debts, then what is left, as signed numbers. */
export function decodeView(
	output: string,
): Omit<PortfolioView, "totalValue" | "waiting"> & { rest: number[] } {
	const words = [];
	for (let at = 0; at < output.length; at += WORD_DIGITS) {
		words.push(BigInt(`0x${output.slice(at, at + WORD_DIGITS)}`));
	}
	const debtsEnd = ASSETS.length + TOKENS.length;
	return {
		assets: named(ASSETS, words.slice(0, ASSETS.length)),
		liabilities: named(TOKENS, words.slice(ASSETS.length, debtsEnd)),
		rest: words.slice(debtsEnd).map((each) => Number(BigInt.asIntN(256, each))),
	};
}

function named(names: readonly string[], amounts: readonly bigint[]): Record<string, number | null> {
	const shown: Record<string, number | null> = {};
	for (const [index, amount] of amounts.entries()) {
		if (amount !== 0n) shown[names[index] as string] = amount === UNREADABLE ? null : Number(amount);
	}
	return shown;
}
