/**
 * Texts, lists and movable lists decided the slow way, by the definition: is there one order of all elements, deleted ones among
 * them, such that every view shows exactly what was inserted and not deleted in it, and every operation found at its index what
 * the order has there? Attiya et al. 2016, definition 3.1. Of a movable list elements have places, and one order of the writes decides
 * which of its places an element stands at and which value it has (Kleppmann 2020); whether a concurrent move or set brings back what was
 * deleted is the replicas' business, so each way is tried. For tests only; exponential, and it shares nothing with the checker.
 */
import type { Json } from "../../history/events.ts";
import type { Seen, Write } from "./oracle.ts";

interface Item {
	id: string;
	by: Write;
	value: Json;
}

interface Choice {
	/** Of all places ever: an item's id, or the move's. */
	places: string[];
	/** Of sets and moves, each after those that it had seen. */
	order: string[];
	/** What each delete, set and move took. */
	targets: ReadonlyMap<string, string[]>;
}

/** What brings back an item that was deleted concurrently. */
type Reviving = readonly string[];
const WAYS: readonly Reviving[] = [[], ["move"], ["move", "set"]];

/** @param writes with what each had seen */
export function sequenceFits(type: string, writes: Write[], observations: Seen[]): boolean {
	const sorted = causally(writes);
	if (sorted === null) return false;
	const ways = type === "movable-list" ? WAYS : WAYS.slice(0, 1);
	const start = { places: [], order: [], targets: new Map<string, string[]>() };
	return ways.some((way) => new Search(type, sorted, observations, way).fits(0, start));
}

class Search {
	readonly #type: string;
	readonly #writes: Write[];
	readonly #items: Item[];
	readonly #observations: Seen[];
	readonly #reviving: Reviving;

	constructor(type: string, writes: Write[], observations: Seen[], reviving: Reviving) {
		this.#type = type;
		this.#writes = writes;
		this.#observations = observations;
		this.#reviving = reviving;
		this.#items = writes.flatMap((by) => insertedBy(type, by));
	}

	/** Whether the writes from `at` on can go somewhere so that all views are explained. */
	fits(at: number, choice: Choice): boolean {
		const placed = new Set(this.#writes.slice(0, at).map(({ id }) => id));
		const write = this.#writes[at];
		for (const { view, delivered } of this.#observations) {
			const known = [...delivered].every((id) => placed.has(id));
			const isNew = at === 0 || delivered.has((this.#writes[at - 1] as Write).id);
			if (!known || !isNew) continue;
			if (this.#shown(this.#read(delivered, choice), delivered, choice) !== JSON.stringify(view))
				return false;
		}
		if (write === undefined) return true;
		return this.#choices(write, choice).some((next) => this.fits(at + 1, next));
	}

	#choices(write: Write, choice: Choice): Choice[] {
		const before = new Set([...write.seen].filter((id) => id !== write.id));
		const stood = this.#read(before, choice);
		const { index = 0, count = 1, from = 0, to = 0 } = write.value as Record<string, number>;
		const aim = (items: Item[]) =>
			new Map([...choice.targets, [write.id, items.map(({ id }) => id)] as const]);
		switch (write.f) {
			case "insert": {
				const ids = insertedBy(this.#type, write).map(({ id }) => id);
				const place = Math.min(index, stood.length);
				const between = [stood[place - 1], stood[place]] as const;
				return this.#placings(ids, between, before, choice).map((places) => ({ ...choice, places }));
			}
			case "delete": {
				const taken = stood.slice(index, index + count);
				const said = write.result === undefined ? null : JSON.stringify(write.result);
				if (said !== null && this.#shown(taken, before, choice) !== said) return [];
				return [{ ...choice, targets: aim(taken) }];
			}
			case "set": {
				const item = stood[index];
				if (item === undefined) return [];
				return this.#orders(write, { ...choice, targets: aim([item]) });
			}
			default: {
				const item = stood[from];
				if (item === undefined) return [];
				const others = stood.filter((other) => other !== item);
				return this.#placings([write.id], [others[to - 1], others[to]], before, choice).flatMap((places) =>
					this.#orders(write, { ...choice, places, targets: aim([item]) }),
				);
			}
		}
	}

	/** All ways to put some ids, in this order, between two items as they stood. */
	#placings(
		ids: string[],
		[left, right]: readonly [Item | undefined, Item | undefined],
		before: Set<string>,
		choice: Choice,
	): string[][] {
		const { places } = choice;
		const first = left === undefined ? 0 : places.indexOf(this.#placeOf(left, before, choice)) + 1;
		const last = right === undefined ? places.length : places.indexOf(this.#placeOf(right, before, choice));
		return spread(places, ids, first, last);
	}

	#orders(write: Write, choice: Choice): Choice[] {
		const { order } = choice;
		const first = order.findLastIndex((id) => write.seen.has(id)) + 1;
		return Array.from({ length: order.length - first + 1 }, (_, at) => ({
			...choice,
			order: [...order.slice(0, first + at), write.id, ...order.slice(first + at)],
		}));
	}

	#read(delivered: ReadonlySet<string>, choice: Choice): Item[] {
		const items = this.#items.filter(({ by }) => delivered.has(by.id));
		const rank = (item: Item) => choice.places.indexOf(this.#placeOf(item, delivered, choice));
		return items
			.filter((item) => this.#isAlive(item, delivered, choice))
			.sort((left, right) => rank(left) - rank(right));
	}

	#isAlive({ id }: Item, delivered: ReadonlySet<string>, { targets }: Choice): boolean {
		const done = this.#writes.filter(
			(write) => delivered.has(write.id) && targets.get(write.id)?.includes(id),
		);
		return done
			.filter(({ f }) => f === "delete")
			.every((deleting) =>
				done.some((other) => this.#reviving.includes(other.f) && !deleting.seen.has(other.id)),
			);
	}

	#placeOf(item: Item, delivered: ReadonlySet<string>, choice: Choice): string {
		return this.#latest("move", item, delivered, choice) ?? item.id;
	}

	#latest(f: string, { id }: Item, delivered: ReadonlySet<string>, choice: Choice): string | undefined {
		return choice.order.findLast(
			(other) =>
				delivered.has(other) &&
				choice.targets.get(other)?.includes(id) &&
				this.#writes.some((write) => write.id === other && write.f === f),
		);
	}

	/** As JSON. */
	#shown(items: Item[], delivered: ReadonlySet<string>, choice: Choice): string {
		const values = items.map((item): Json => {
			const set = this.#latest("set", item, delivered, choice);
			const by = this.#writes.find(({ id }) => id === set);
			return by === undefined ? item.value : (by.value as { value: Json }).value;
		});
		return JSON.stringify(this.#type === "text" ? (values as string[]).join("") : values);
	}
}

function insertedBy(type: string, by: Write): Item[] {
	if (by.f !== "insert") return [];
	const { text, value } = by.value as { text?: string; value?: Json };
	const values: Json[] = type === "text" ? (text as string).split("") : [value as Json];
	return values.map((one, at) => ({ id: `${by.id}.${at}`, by, value: one }));
}

/** All ways to put the ids into the list, in their order, at places from `first` to `last`. */
function spread(places: string[], ids: string[], first: number, last: number): string[][] {
	const [id, ...rest] = ids;
	if (id === undefined) return [places];
	const found: string[][] = [];
	for (let at = first; at <= last; at++) {
		found.push(...spread([...places.slice(0, at), id, ...places.slice(at)], rest, at + 1, last + 1));
	}
	return found;
}

/** @returns null where they saw one another in a circle */
function causally(writes: Write[]): Write[] | null {
	const sorted: Write[] = [];
	let left = [...writes];
	while (left.length > 0) {
		const next = left.find((write) => left.every(({ id }) => id === write.id || !write.seen.has(id)));
		if (next === undefined) return null;
		sorted.push(next);
		left = left.filter((write) => write !== next);
	}
	return sorted;
}
