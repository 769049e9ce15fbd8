/** One piece of work after the other, in the order in which they came. Whoever adds sees to it that it does not grow for ever. */
export interface Queue {
	/** Not finished yet. */
	readonly length: number;
	/** @returns what the work returns, or throws; the next one follows in either case */
	add<T>(work: () => Promise<T>): Promise<T>;
}

export function createQueue(): Queue {
	let length = 0;
	let last: Promise<unknown> = Promise.resolve();
	return {
		get length() {
			return length;
		},
		add(work) {
			length += 1;
			const done = last.then(work).finally(() => {
				length -= 1;
			});
			last = done.catch(() => undefined);
			return done;
		},
	};
}
