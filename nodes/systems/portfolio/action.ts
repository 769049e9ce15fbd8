/**
 * What a user can do with a portfolio, as an operation's value says it, read and checked. Amounts are whole units of a token, values
 * whole US cents. Shared by all portfolios (here, and as a contract on an EVM); the specification reads the values by itself.
 *
 * Two fields are about several chains: `at`, the chain where what comes of it may be spent, by name or by its position among
 * the replicas (counted round), default the chain that is asked; and `wait`, which says that what the chain does not have yet may still come.
 */
import type { Json, Operation, ReplicaId } from "../../sdk/replica.ts";
import { badValue, type Rejection } from "../../sdk/replicated-type.ts";

/** US cents. Fixed, and the same on all chains: what prices do between two blocks is another matter than replication. */
export const PRICES_CENTS: Readonly<Record<string, number>> = {
	USDC: 100,
	DAI: 100,
	MATIC: 50,
	ETH: 300_000,
};

/** Keeps a million updates, and what they are worth, within the exact integers. */
export const MAX_AMOUNT_UNITS = 10_000;

export const STAKED = "_staked";

interface Common {
	wait: boolean;
	/** Null: the chain that is asked. */
	at: ReplicaId | null;
}

/** Of a swap `received` is fixed where it is accepted; of a provision it is what was put in, in shares of a cent each. */
export type Action = Common &
	(
		| {
				f: "deposit" | "withdraw" | "stake" | "unstake" | "borrow" | "repay" | "transfer";
				token: string;
				amount: number;
		  }
		| { f: "swap"; from: string; to: string; amount: number; received: number }
		| { f: "provide"; tokens: [string, string]; amounts: [number, number]; pool: string; received: number }
	);

export type Read = { action: Action } | Rejection;

type Fields = Record<string, Json | undefined>;

/** @returns the action, or why it is none */
export function readAction(operation: Operation, replicas: readonly ReplicaId[]): Read {
	const { f, value } = operation;
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		return badValue(operation, "an object, such as { token: USDC, amount: 100 }");
	}
	const fields = value as Fields;
	const at = readChain(fields["at"], replicas);
	if (at === undefined)
		return badValue(operation, `at: one of ${replicas.join(", ")}, or a position among them`);
	const common: Common = { wait: fields["wait"] === true, at };
	if (f === "swap") return readSwap(operation, fields, common);
	if (f === "provide") return readProvision(operation, fields, common);
	const { token, amount } = fields;
	const mayBeStaked = f === "transfer";
	if (!isToken(token) && !(mayBeStaked && isStaked(token))) {
		return badValue(operation, `token: one of ${Object.keys(PRICES_CENTS).join(", ")}`);
	}
	if (!isAmount(amount)) return badValue(operation, AMOUNT);
	if (f === "transfer" && at === null) return badValue(operation, "at: the chain to which it goes");
	return { action: { ...common, f: f as "deposit", token: token as string, amount } };
}

const AMOUNT = `amount: an integer from 1 to ${MAX_AMOUNT_UNITS}`;

function readSwap(operation: Operation, { from, to, amount }: Fields, common: Common): Read {
	if (!isToken(from) || !isToken(to) || from === to) return badValue(operation, "two tokens, from and to");
	if (!isAmount(amount)) return badValue(operation, AMOUNT);
	const received = Math.floor((amount * priceOf(from)) / priceOf(to));
	if (received === 0) return badValue(operation, `an amount worth at least 1 ${to}`);
	return { action: { ...common, f: "swap", from, to, amount, received } };
}

function readProvision(operation: Operation, { tokens, amounts }: Fields, common: Common): Read {
	const [first, second] = Array.isArray(tokens) ? tokens : [];
	const [much, more] = Array.isArray(amounts) ? amounts : [];
	if (!isToken(first) || !isToken(second) || first === second) {
		return badValue(operation, "tokens: two different ones");
	}
	if (!isAmount(much) || !isAmount(more)) return badValue(operation, "amounts: two integers of at least 1");
	const received = much * priceOf(first) + more * priceOf(second);
	const pool = `${first}-${second}`;
	return {
		action: { ...common, f: "provide", tokens: [first, second], amounts: [much, more], pool, received },
	};
}

function priceOf(token: string): number {
	return PRICES_CENTS[token] as number;
}

/** @returns undefined: no such chain */
function readChain(at: Json | undefined, replicas: readonly ReplicaId[]): ReplicaId | null | undefined {
	if (at === undefined || at === null) return null;
	if (typeof at === "number" && Number.isSafeInteger(at) && at >= 0) return replicas[at % replicas.length];
	return replicas.find((id) => id === at);
}

function isToken(token: Json | undefined): token is string {
	return typeof token === "string" && Object.hasOwn(PRICES_CENTS, token);
}

function isStaked(token: Json | undefined): boolean {
	return typeof token === "string" && token.endsWith(STAKED) && isToken(token.slice(0, -STAKED.length));
}

function isAmount(amount: Json | undefined): amount is number {
	return (
		typeof amount === "number" && Number.isSafeInteger(amount) && amount >= 1 && amount <= MAX_AMOUNT_UNITS
	);
}
