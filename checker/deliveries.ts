/**
 * The deliveries of a history as columns: there are as many as operations times replicas, and objects that live as long as the
 * run would be most of what the garbage collector moves.
 */

export interface Delivery {
	index: number;
	time: number;
	replica: string;
	update: string;
}

export class Deliveries implements Iterable<Delivery> {
	readonly #indexes: number[] = [];
	readonly #times: number[] = [];
	readonly #replicas: string[] = [];
	readonly #updates: string[] = [];

	add({ index, time, replica, update }: Delivery): void {
		this.#indexes.push(index);
		this.#times.push(time);
		this.#replicas.push(replica);
		this.#updates.push(update);
	}

	get length(): number {
		return this.#indexes.length;
	}

	/** In the order of the history. */
	*[Symbol.iterator](): Generator<Delivery, void, void> {
		for (let at = 0; at < this.#indexes.length; at++) yield this.#at(at);
	}

	/** Of these updates, at these replicas. */
	of(updates: ReadonlySet<string>, replicas: readonly string[]): Delivery[] {
		const found: Delivery[] = [];
		for (const [at, update] of this.#updates.entries()) {
			if (updates.has(update) && replicas.includes(this.#replicas[at] as string)) found.push(this.#at(at));
		}
		return found;
	}

	#at(at: number): Delivery {
		return {
			index: this.#indexes[at] as number,
			time: this.#times[at] as number,
			replica: this.#replicas[at] as string,
			update: this.#updates[at] as string,
		};
	}
}
