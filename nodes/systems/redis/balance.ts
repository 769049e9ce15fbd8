/**
 * A balance in Redis, right: credits and debits by actor, added up. HINCRBY is not idempotent, so it shares a transaction with the
 * record of the update: it happens once however often the update arrives, and wherever the server is killed.
 */
import type { Operation } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import { pnCounterType } from "../../types/pn-counter.ts";
import { askHash, nameOf, type Script } from "./script.ts";
import type { Preparing, StoredType } from "./stored-type.ts";

/** Nine million of them are still added up exactly. */
const LARGEST_AMOUNT = 1_000_000_000;

interface Effect {
	actor: string;
	amount: number;
}

export const balance: StoredType = {
	type: "pn-counter",
	operations: pnCounterType.operations,
	atomic: true,
	// biome-ignore lint/correctness/useYield: another type's may have to ask
	// oxlint-disable-next-line require-yield -- another type's may have to ask
	*prepare(operation, { actor }): Preparing {
		const amount = amountOf(operation);
		return amount === null ? badAmount(operation) : { effect: { actor, amount } };
	},
	apply(json, { user }) {
		const { actor, amount } = json as unknown as Effect;
		const key = amount > 0 ? creditsKey(user) : debitsKey(user);
		return [["HINCRBY", key, actor, String(Math.abs(amount))]];
	},
	*view({ user }) {
		return (yield* sumOf(creditsKey(user))) - (yield* sumOf(debitsKey(user)));
	},
};

/** @returns null when it is none */
export function amountOf({ value }: Operation): number | null {
	const isAmount = Number.isSafeInteger(value) && Math.abs(value as number) <= LARGEST_AMOUNT;
	return isAmount ? (value as number) : null;
}

export function badAmount(operation: Operation) {
	return badValue(operation, `an integer of at most LARGEST_AMOUNT = ${LARGEST_AMOUNT}, either way`);
}

function creditsKey(user: string): string {
	return nameOf("balance", user, "credits");
}

function debitsKey(user: string): string {
	return nameOf("balance", user, "debits");
}

function* sumOf(key: string): Script<number> {
	let sum = 0;
	for (const amount of (yield* askHash(key)).values()) sum += Number(amount);
	return sum;
}
