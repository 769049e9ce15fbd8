/**
 * A shopping cart that several devices change at once, state-based: each device counts what it has put in and what it has
 * taken out of each item, and two carts merge by taking the higher count of each device.
 */
import { badValue, stateBased } from "pakka/node";

type Counts = Record<string, number>;

interface Cart {
	/** By item and device, as `milk@phone`. */
	put: Counts;
	taken: Counts;
}

export default stateBased<Cart>({
	type: "cart",
	operations: {
		put: { kind: "update", weight: 3, generate: (draw) => draw.key() },
		take: { kind: "update", weight: 1, generate: (draw) => draw.key() },
	},
	initial: () => ({ put: {}, taken: {} }),
	mutate(cart, operation, { actor }) {
		const { f, value } = operation;
		if (typeof value !== "string") return badValue(operation, "the name of an item");
		const slot = `${value}@${actor}`;
		return {
			state:
				f === "put"
					? { ...cart, put: plusOne(cart.put, slot) }
					: { ...cart, taken: plusOne(cart.taken, slot) },
		};
	},
	merge: (a, b) => ({ put: higher(a.put, b.put), taken: higher(a.taken, b.taken) }),
	view({ put, taken }) {
		const quantities: Counts = {};
		for (const [slot, count] of Object.entries(put)) add(quantities, slot, count);
		for (const [slot, count] of Object.entries(taken)) add(quantities, slot, -count);
		return quantities;
	},
});

function plusOne(counts: Counts, slot: string): Counts {
	return { ...counts, [slot]: (counts[slot] ?? 0) + 1 };
}

function higher(a: Counts, b: Counts): Counts {
	const both = { ...a };
	for (const [slot, count] of Object.entries(b)) both[slot] = Math.max(both[slot] ?? 0, count);
	return both;
}

function add(quantities: Counts, slot: string, count: number): void {
	const item = slot.slice(0, slot.lastIndexOf("@"));
	quantities[item] = (quantities[item] ?? 0) + count;
}
