/**
 * Work in the order in which it came. What is added runs alone; what is added to run together with others of its kind starts when
 * all before it that runs alone is finished. Whoever adds sees to it that the queue does not grow for ever.
 */
export interface Queue {
	/** Not finished yet. */
	readonly length: number;
	/** @returns what the work returns, or throws; the next one follows in either case */
	add<T>(work: () => Promise<T>): Promise<T>;
	addTogether<T>(work: () => Promise<T>): Promise<T>;
	/** All that was added before is finished. */
	finished(): Promise<unknown>;
}

export function createQueue(): Queue {
	let length = 0;
	let alone: Promise<unknown> = Promise.resolve();
	let together: Promise<unknown>[] = [];
	const finished = (): Promise<unknown> => Promise.allSettled([alone, ...together]);
	function begin<T>(after: Promise<unknown>, work: () => Promise<T>): Promise<T> {
		length += 1;
		return after.then(work).finally(() => {
			length -= 1;
		});
	}
	return {
		get length() {
			return length;
		},
		add(work) {
			const done = begin(finished(), work);
			alone = done.catch(() => undefined);
			together = [];
			return done;
		},
		addTogether(work) {
			const done = begin(alone, work);
			together.push(done.catch(() => undefined));
			return done;
		},
		finished,
	};
}
