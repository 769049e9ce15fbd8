/**
 * A list as one who sees everything keeps it: all places of all elements in one order, deleted ones among them. What a set of updates shows
 * follows from it; the last write that was executed counts, and a delete is for good. Right by construction, and slow. For tests only.
 */
import type { Json } from "../../history/events.ts";

interface Update {
	id: string;
	f: string;
	value: Json;
}

interface Item {
	by: string;
	/** Where it stood at first, and what put it elsewhere since. */
	places: { by: string; place: object }[];
	values: { by: string; value: Json }[];
	deletedBy: string[];
}

export class RightSequence {
	readonly #order: object[] = [];
	readonly #items: Item[] = [];

	read(delivered: ReadonlySet<string>): { value: Json }[] {
		return this.#shown(delivered).map(({ values }) => ({ value: latest(values, delivered).value }));
	}

	/**
	 * @param gap which of the possible places it gets
	 * @param isAnywhere among all elements, and not where it was asked for
	 * @returns the values from its index on, before it
	 */
	apply({ id, f, value }: Update, before: ReadonlySet<string>, gap: number, isAnywhere: boolean): Json[] {
		const shown = this.#shown(before);
		const { index = 0, count = 1, from = 0, to = 0 } = value as Record<string, number>;
		const stood = shown.slice(index).map(({ values }) => latest(values, before).value);
		if (f === "delete") for (const item of shown.slice(index, index + count)) item.deletedBy.push(id);
		if (f === "set") shown[index]?.values.push({ by: id, value: (value as { value: Json }).value });
		if (f === "move") {
			const item = shown[from] as Item;
			const others = shown.filter((other) => other !== item);
			const place = {};
			this.#put([place], others[to - 1], others[to], before, gap, isAnywhere);
			item.places.push({ by: id, place });
		}
		if (f === "insert") {
			const { text, value: one } = value as { text?: string; value?: Json };
			const values: Json[] = text === undefined ? [one as Json] : text.split("");
			const items = values.map((each): Item => {
				return {
					by: id,
					places: [{ by: id, place: {} }],
					values: [{ by: id, value: each }],
					deletedBy: [],
				};
			});
			const places = items.map((item) => item.places[0]?.place as object);
			const at = Math.min(index, shown.length);
			this.#put(places, shown[at - 1], shown[at], before, gap, isAnywhere);
			this.#items.push(...items);
		}
		return stood;
	}

	#put(
		places: object[],
		left: Item | undefined,
		right: Item | undefined,
		before: ReadonlySet<string>,
		gap: number,
		isAnywhere: boolean,
	): void {
		const rank = (item: Item) => this.#order.indexOf(latest(item.places, before).place);
		const first = left === undefined || isAnywhere ? 0 : rank(left) + 1;
		const last = right === undefined || isAnywhere ? this.#order.length : rank(right);
		this.#order.splice(first + (gap % (last - first + 1)), 0, ...places);
	}

	#shown(delivered: ReadonlySet<string>): Item[] {
		const rank = (item: Item) => this.#order.indexOf(latest(item.places, delivered).place);
		return this.#items
			.filter(({ by, deletedBy }) => delivered.has(by) && !deletedBy.some((id) => delivered.has(id)))
			.sort((left, right) => rank(left) - rank(right));
	}
}

function latest<T extends { by: string }>(written: readonly T[], delivered: ReadonlySet<string>): T {
	return written.findLast(({ by }) => delivered.has(by)) as T;
}
