/**
 * The right replicas that long histories are made of: each draws an operation, applies what others did, shows its view.
 * Updates come in causal order. For benches and tests of cost only.
 */
import type { Json } from "../../history/events.ts";

export interface Effect {
	id: string;
	/** Greater than that of all that was seen, so that effects sort by it and then by id. */
	rank: number;
	/** The element of a set, the amount of a counter, the characters of a text. */
	content: string | number;
	/** Of a remove or a delete: the ids that it took away. */
	gone?: string[];
}

export interface Drawn {
	f: string;
	value: Json;
	result?: Json;
	effect: Omit<Effect, "id" | "rank">;
}

export interface LongReplica {
	operate(draw: (below: number) => number): Drawn;
	apply(effect: Effect): void;
	view(): Json;
}

/** `size` is how many elements there can be, of a text about how many characters. */
export type LongType = "g-counter" | "g-set" | "or-set" | "text";

export function longReplica(type: LongType, size: number): LongReplica {
	switch (type) {
		case "g-counter":
			return counter();
		case "g-set":
		case "or-set":
			return set(type, size);
		case "text":
			return text(size);
	}
}

function counter(): LongReplica {
	let sum = 0;
	return {
		operate(draw) {
			const content = draw(10);
			return { f: "add", value: content, effect: { content } };
		},
		apply: ({ content }) => {
			sum += content as number;
		},
		view: () => sum,
	};
}

function set(type: "g-set" | "or-set", size: number): LongReplica {
	/** By element the adds that are alive. */
	const alive = new Map<string, Set<string>>();
	return {
		operate(draw) {
			const content = `item-${draw(size)}`;
			if (type === "g-set" || draw(10) < 6) return { f: "add", value: content, effect: { content } };
			const gone = [...(alive.get(content) ?? [])];
			return { f: "remove", value: content, effect: { content, gone } };
		},
		apply({ id, content, gone }) {
			const element = content as string;
			const adds = alive.get(element) ?? new Set<string>();
			if (gone === undefined) alive.set(element, adds.add(id));
			for (const add of gone ?? []) adds.delete(add);
			if (adds.size === 0) alive.delete(element);
		},
		view: () => [...alive.keys()],
	};
}

/** Everybody types at the end, and deletes anywhere. */
function text(size: number): LongReplica {
	const characters: { id: string; rank: number; character: string }[] = [];
	const deleted = new Set<string>();
	return {
		operate(draw): Drawn {
			if (characters.length > size / 2 && draw(size) < characters.length) {
				const index = draw(characters.length - 3);
				const taken = characters.slice(index, index + 3);
				const result = taken.map(({ character }) => character).join("");
				const gone = taken.map(({ id }) => id);
				return { f: "delete", value: { index, count: 3 }, result, effect: { content: "", gone } };
			}
			const content = Array.from({ length: 3 }, () => String.fromCharCode(97 + draw(26))).join("");
			return { f: "insert", value: { index: characters.length, text: content }, effect: { content } };
		},
		apply({ id, rank, content, gone }) {
			for (const [at, character] of (content as string).split("").entries()) {
				insert({ id: `${id}.${at}`, rank, character });
			}
			if (gone === undefined) return;
			for (const character of gone) deleted.add(character);
			const wanted = new Set(gone);
			for (let at = characters.length - 1; at >= 0 && wanted.size > 0; at--) {
				if (wanted.delete((characters[at] as { id: string }).id)) characters.splice(at, 1);
			}
		},
		view: () => characters.map(({ character }) => character).join(""),
	};

	function insert(entry: { id: string; rank: number; character: string }): void {
		if (deleted.has(entry.id)) return;
		let at = characters.length;
		for (; at > 0; at--) {
			const before = characters[at - 1] as typeof entry;
			if (before.rank < entry.rank || (before.rank === entry.rank && before.id < entry.id)) break;
		}
		characters.splice(at, 0, entry);
	}
}
