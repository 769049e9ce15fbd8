/**
 * What explanations ask about a run: its updates by id, what each had seen, and in which order a replica applied them, by
 * its own account of deliveries where it gives one and otherwise by the delivered sets that it showed.
 */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { type DeliveredSet, hasDelivered, NOTHING_DELIVERED, pairs, subtract, union } from "../delivered.ts";
import { isUpdate, type Observation, type Operation, type Run } from "../run.ts";
import { numberUpdates } from "../specifications/update.ts";
import { inWords } from "./phrases.ts";

/** A replica that claims absurd numbers costs no more than this many. */
const MAX_PLACES = 2_000_000;

export interface Known {
	/** `r1:5`; the operation's own where it has no number. */
	id: string;
	replica: string;
	/** 0: it has none. */
	number: number;
	operation: Operation;
	/** What had been delivered where it was accepted, itself included; null: nobody says. */
	seen: DeliveredSet | null;
}

export interface Place {
	time: number;
	index: number;
	/** False: it was here at that moment, perhaps for long. */
	exact: boolean;
}

export class Scene {
	readonly run: Run;
	/** In the order in which they were asked for. */
	readonly updates: readonly Known[];
	readonly #byId: ReadonlyMap<string, Known>;
	readonly #byOperation: ReadonlyMap<string, Known>;
	readonly #places = new Map<string, Place | null>();
	#recordedPlaces: Map<string, Place> | null = null;
	readonly #shownPlaces = new Map<string, ReadonlyMap<string, Place>>();

	constructor(run: Run) {
		this.run = run;
		const known = [...numberUpdates(run).numbered.values()].flat().flatMap(({ updates }): Known[] => {
			const [update, ...others] = updates;
			if (update === undefined || others.length > 0 || !update.certain) return [];
			const { replica, number, operation, seen } = update;
			return [{ id: `${replica}:${number}`, replica, number, operation, seen }];
		});
		this.updates = known.sort((a, b) => a.operation.invoke.index - b.operation.invoke.index);
		this.#byId = new Map(this.updates.map((update) => [update.id, update]));
		this.#byOperation = new Map(this.updates.map((update) => [update.operation.id, update]));
	}

	update(id: string): Known | null {
		return this.#byId.get(id) ?? null;
	}

	/** The update that it is; by its own id where it has no number. */
	ofOperation(operation: Operation): Known {
		return this.#byOperation.get(operation.id) ?? unnumbered(operation);
	}

	/** In the order in which they were asked for; reads are none. */
	ofOperations(ids: readonly string[] = []): Known[] {
		const wanted = new Set(ids);
		return this.run.operations
			.filter((operation) => wanted.has(operation.id) && isUpdate(operation))
			.map((operation) => this.ofOperation(operation));
	}

	/** The operation that the event completed; null: the event is no completion. */
	completedBy(index: number): Operation | null {
		return this.run.operations.find(({ completion }) => completion?.index === index) ?? null;
	}

	/** When the replica applied it, or, not exact, when it first said that it had; null: nobody knows. */
	arrival(replica: string, update: Known): Place | null {
		return this.#place(replica, update);
	}

	/** Updates within the set. */
	within(delivered: DeliveredSet): Known[] {
		return this.updates.filter(({ replica, number }) => hasDelivered(delivered, replica, number));
	}

	/** Whether the replica applied `first` before `second`; null: nobody knows. */
	isBefore(replica: string, first: Known, second: Known): boolean | null {
		// What a replica's own update had seen came before it, and all else after.
		if (first.replica === replica && first.seen !== null) return !hasSeen(first, second);
		if (second.replica === replica && second.seen !== null) return hasSeen(second, first);
		const [a, b] = [this.#place(replica, first), this.#place(replica, second)];
		if (a === null || b === null) return null;
		if (a.exact && b.exact) return a.time === b.time ? a.index < b.index : a.time < b.time;
		// One that was seen first may have been there long before: only what the other had lacked then tells.
		if (a.index === b.index) return null;
		return a.exact === b.exact ? a.index < b.index : null;
	}

	/** Those of the updates that the replica had applied by then, in its order. */
	order(replica: string, updates: readonly Known[], until: { time: number } | null): string[] {
		const placed = updates.flatMap((update) => {
			const place = this.#place(replica, update);
			return place === null || (until !== null && place.time > until.time) ? [] : [{ update, place }];
		});
		placed.sort((a, b) => a.place.time - b.place.time || a.place.index - b.place.index);
		return placed.map(({ update }) => update.id);
	}

	deliveries(
		replicas: readonly string[],
		updates: readonly Known[],
		until: { time: number } | null,
	): Record<string, string[]> {
		return Object.fromEntries(replicas.map((replica) => [replica, this.order(replica, updates, until)]));
	}

	#place(replica: string, update: Known): Place | null {
		const key = `${replica} ${update.id}`;
		let place = this.#places.get(key);
		if (place === undefined) {
			place = this.#recorded(replica, update.id) ?? this.#shown(replica, update.id);
			this.#places.set(key, place);
		}
		return place;
	}

	#recorded(replica: string, id: string): Place | null {
		if (this.#recordedPlaces === null) {
			this.#recordedPlaces = new Map();
			for (const { replica: at, update, time, index } of this.run.deliveries) {
				const key = `${at} ${update}`;
				if (!this.#recordedPlaces.has(key)) this.#recordedPlaces.set(key, { time, index, exact: true });
			}
		}
		return this.#recordedPlaces.get(`${replica} ${id}`) ?? null;
	}

	/** The first moment at which the replica said that it had delivered it. */
	#shown(replica: string, id: string): Place | null {
		let places = this.#shownPlaces.get(replica);
		if (places === undefined) {
			places = firstShown(this.run, replica);
			this.#shownPlaces.set(replica, places);
		}
		return places.get(id) ?? null;
	}

	/** The states and reads that the events are. */
	observations(indexes: readonly number[] = []): Observation[] {
		const wanted = new Set(indexes);
		return this.run.observations.filter(({ index }) => wanted.has(index));
	}
}

/** Of each update. Cost: the replica's moments times the replicas, and the updates. */
function firstShown(run: Run, replica: string): ReadonlyMap<string, Place> {
	const places = new Map<string, Place>();
	const moments = [
		...run.observations.filter((observation) => observation.replica === replica),
		...run.operations.flatMap(({ replica: at, completion }) =>
			at === replica && completion !== null ? [completion] : [],
		),
	].sort((left, right) => left.index - right.index);
	let before = NOTHING_DELIVERED;
	for (const { time, index, delivered } of moments) {
		if (delivered == null) continue;
		for (const [owner, runs] of subtract(delivered, before)) {
			for (const [first, last] of pairs(runs)) {
				for (let number = first; number <= last && places.size < MAX_PLACES; number++) {
					places.set(`${owner}:${number}`, { time, index, exact: false });
				}
			}
		}
		before = union(before, delivered);
	}
	return places;
}

export function hasSeen(later: Known, earlier: Known): boolean {
	return (
		later !== earlier && later.seen !== null && hasDelivered(later.seen, earlier.replica, earlier.number)
	);
}

/** Neither had seen the other, as far as is known. */
export function areConcurrent(left: Known, right: Known): boolean {
	return (
		left !== right &&
		left.seen !== null &&
		right.seen !== null &&
		!hasSeen(left, right) &&
		!hasSeen(right, left)
	);
}

/** The operation's value is the element or key, begins with it, or names it as a node or by a path. */
export function isAbout({ operation: { value } }: Known, subject: Json): boolean {
	const key = canonical(subject);
	if (canonical(value) === key) return true;
	if (Array.isArray(value)) return value.length > 0 && canonical(value[0] as Json) === key;
	if (typeof value !== "object" || value === null) return false;
	const { path, node } = value;
	const begins = Array.isArray(path) ? path[0] : node;
	return begins !== undefined && canonical(begins) === key;
}

/** `r1:5 (add "milk")`. */
export function named({ id, operation }: Known): string {
	return `${id} (${inWords(operation)})`;
}

/** An operation that nobody gave a number, or whose number is in doubt: of it no order is known. */
export function unnumbered(operation: Operation): Known {
	return { id: operation.id, replica: operation.replica, number: 0, operation, seen: null };
}
