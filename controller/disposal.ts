/**
 * Ends things in the reverse order in which they were begun, all of them, whatever one of them throws. Node 20 has
 * `Symbol.asyncDispose` but no `AsyncDisposableStack` yet; this is the part of it that is needed.
 */
export interface Disposal extends AsyncDisposable {
	/** Takes it over and returns it. */
	use<T extends AsyncDisposable>(thing: T): T;
	/** From now on somebody else ends these: this one forgets them. */
	move(): Disposal;
}

export function createDisposal(begun: AsyncDisposable[] = []): Disposal {
	let things = begun;
	return {
		use(thing) {
			things.push(thing);
			return thing;
		},
		move() {
			const moved = createDisposal(things);
			things = [];
			return moved;
		},
		async [Symbol.asyncDispose]() {
			const errors: unknown[] = [];
			for (let thing = things.pop(); thing !== undefined; thing = things.pop()) {
				await thing[Symbol.asyncDispose]().then(undefined, (error: unknown) => errors.push(error));
			}
			if (errors.length === 1) throw errors[0];
			if (errors.length > 1) throw new AggregateError(errors, "several things could not be ended");
		},
	};
}
