/**
 * A shopping cart in Redis, right: an observed-remove set. An add makes a tag of (replica, number), which no other add has; a
 * remove takes away the tags that it found. Since updates arrive in causal order, a tag is there before what removes it, and no
 * list of removed tags has to be kept. Keys are lists in JSON, so that no name can reach into another.
 * Source of the algorithm: nodes/types/or-set.ts.
 */
import { badValue } from "../../sdk/replicated-type.ts";
import { orSetType } from "../../types/or-set.ts";
import { askList, type Command, nameOf } from "./script.ts";
import type { Preparing, StoredType } from "./stored-type.ts";

/** `item` is what the cart shows of the product. */
type Effect = { product: string; add: { tag: string; item: string } } | { product: string; remove: string[] };

export const cart: StoredType = {
	type: "or-set",
	operations: orSetType.operations,
	atomic: true,
	*prepare(operation, { tag, user }): Preparing {
		const product = operation.value;
		if (typeof product !== "string") return badValue(operation, "a product's id");
		if (operation.f === "add") return { effect: { product, add: { tag, item: nameOf(product) } } };
		return { effect: { product, remove: yield* askList("SMEMBERS", tagsKey(user, product)) } };
	},
	apply(json, { user }): Command[] {
		const effect = json as Effect;
		const tags = tagsKey(user, effect.product);
		if ("add" in effect) {
			const { tag, item } = effect.add;
			return [
				["SADD", tags, tag],
				["HSET", itemsKey(user), tag, item],
			];
		}
		if (effect.remove.length === 0) return [];
		return [
			["SREM", tags, ...effect.remove],
			["HDEL", itemsKey(user), ...effect.remove],
		];
	},
	*view({ user }) {
		const items = new Set(yield* askList("HVALS", itemsKey(user)));
		return Array.from(items, (item) => (JSON.parse(item) as [product: string])[0]).sort();
	},
};

function tagsKey(user: string, product: string): string {
	return nameOf("cart", user, "tags", product);
}

/** By tag. */
function itemsKey(user: string): string {
	return nameOf("cart", user, "items");
}
