/** Lets at most so many actions run at a time; the others wait in the order in which they came. */
export interface Slots {
	run<T>(action: () => Promise<T>): Promise<T>;
}

export function createSlots(count: number): Slots {
	const waiting: (() => void)[] = [];
	let free = count;
	return {
		async run(action) {
			if (free > 0) free--;
			else await new Promise<void>((resolve) => waiting.push(resolve));
			try {
				return await action();
			} finally {
				const next = waiting.shift();
				// The slot is handed on, so that nobody who comes in between takes it.
				if (next === undefined) free++;
				else next();
			}
		},
	};
}
