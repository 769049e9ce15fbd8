/**
 * Cart and balance in Redis as the talk writes them, command by command: tags of product, millisecond and node; keys glued together
 * with colons and found again by pattern; every command by itself.
 *
 * What the text leaves out (how updates travel, which have been applied) is the right one's: causal delivery, each update
 * recorded and not applied again, what was lost asked for. The record comes after the text's writes. What doesn't show: the
 * product that the text splits off a key at its last colon, which is wrong for ids with colons, is never used there; and the
 * latest tag by order of characters is as good as any, since all tags of a product carry the same item.
 */
import type { Json } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import type { Flaw } from "../flaw.ts";
import { amountOf, badAmount, balance } from "./balance.ts";
import { cart } from "./cart.ts";
import { ask, askHash, askList, type Command } from "./script.ts";
import type { Preparing, StoredType } from "./stored-type.ts";

/** What is wrong with the cart, by which property that shows, and how. */
export const CART_FLAWS: readonly Flaw[] = [
	{
		name: "one tag a millisecond",
		property: "specification",
		scenario: "redis-cart-one-tag-a-millisecond",
		how: "two adds of a product within one millisecond of a node's clock share a tag: a remove that saw one takes both",
	},
	{
		name: "names are patterns",
		property: "specification",
		scenario: "redis-cart-names-are-patterns",
		how: "a user whose name holds characters of KEYS' patterns, such as team [a], has keys that the pattern doesn't find: an empty cart",
	},
];

/** And with the balance. */
export const BALANCE_FLAWS: readonly Flaw[] = [
	{
		name: "applied, not recorded",
		property: "strong-convergence",
		scenario: "redis-balance-applied-not-recorded",
		how: "HINCRBY is a command by itself: a crash, or a copy of the message, between it and the record of the update, and the update is applied again",
	},
];

type CartEffect = { product: string; tag: string } | { remove: string[] };

export const cartAsWritten: StoredType = {
	...cart,
	atomic: false,
	*prepare(operation, { id, user, nowMs }): Preparing {
		const product = operation.value;
		if (typeof product !== "string") return badValue(operation, "a product's id");
		if (operation.f === "add") return { effect: { product, tag: `${product}:${nowMs}:${id}` } };
		return { effect: { remove: yield* askList("SMEMBERS", `cart:${user}:added:${product}`) } };
	},
	apply(json, { user }): Command[] {
		const effect = json as CartEffect;
		if ("remove" in effect) return effect.remove.map((tag): Command => ["SADD", `cart:${user}:removed`, tag]);
		const { product, tag } = effect;
		return [
			["SADD", `cart:${user}:added:${product}`, tag],
			["HSET", `cart:${user}:items`, tag, JSON.stringify({ productId: product })],
		];
	},
	*view({ user }) {
		const keys = yield* askList("KEYS", `cart:${user}:added:*`);
		const removed = new Set(yield* askList("SMEMBERS", `cart:${user}:removed`));
		const products: Json[] = [];
		for (const key of keys) {
			const active = (yield* askList("SMEMBERS", key)).filter((tag) => !removed.has(tag));
			const latest = active.sort().pop();
			if (latest === undefined) continue;
			const item = yield* ask("HGET", `cart:${user}:items`, latest);
			if (typeof item === "string") products.push((JSON.parse(item) as { productId: string }).productId);
		}
		return products;
	},
};

interface BalanceEffect {
	node: string;
	amount: number;
}

export const balanceAsWritten: StoredType = {
	...balance,
	atomic: false,
	// biome-ignore lint/correctness/useYield: another type's may have to ask
	// oxlint-disable-next-line require-yield -- another type's may have to ask
	*prepare(operation, { id }): Preparing {
		const amount = amountOf(operation);
		return amount === null ? badAmount(operation) : { effect: { node: id, amount } };
	},
	apply(json, { user }): Command[] {
		const { node, amount } = json as unknown as BalanceEffect;
		const key = `balance:${user}:${amount > 0 ? "credits" : "debits"}`;
		return [["HINCRBY", key, node, String(Math.abs(amount))]];
	},
	*view({ user }) {
		const credits = yield* askHash(`balance:${user}:credits`);
		const debits = yield* askHash(`balance:${user}:debits`);
		return sumOf(credits) - sumOf(debits);
	},
};

function sumOf(hash: Map<string, string>): number {
	return [...hash.values()].reduce((sum, amount) => sum + Number.parseInt(amount, 10), 0);
}
