/**
 * Delta debugging: from a list that fails to a part of it that still fails and from which no single item can be
 * taken away (1-minimal). Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input", IEEE
 * TSE 28(2), section 3.2 (`ddmin`), without the step "reduce to subset": with lists of steps the complements find
 * the same, and a subset of them alone hardly ever fails. Pure; whether a list fails is the caller's to say.
 */

/**
 * @param fails whether a part of the list (its items in their order) still fails; it is taken for granted of the
 *   whole list. A caller that has run out of budget answers false to everything: what was found by then is returned.
 * @returns the items that are left, in order
 * Cost: O(n²) calls of `fails` at worst, O(k log n) for k items that are left, where their failing is monotone.
 */
export function minimise<T>(items: readonly T[], fails: (part: T[]) => boolean): T[] {
	const parts = partsToTry(items);
	let next = parts.next();
	while (next.done !== true) next = parts.next(fails(next.value));
	return next.value;
}

/** The same where it takes time to find out. */
export async function minimiseAsync<T>(
	items: readonly T[],
	fails: (part: T[]) => Promise<boolean>,
): Promise<T[]> {
	const parts = partsToTry(items);
	let next = parts.next();
	while (next.done !== true) next = parts.next(await fails(next.value));
	return next.value;
}

/** Yields each part that is worth trying, and is told whether it fails. @returns what is left */
function* partsToTry<T>(items: readonly T[]): Generator<T[], T[], boolean> {
	let left = [...items];
	let size = left.length;
	while (size >= 1) {
		const before = left.length;
		// From the end: what comes last depends on what came before it, hardly ever the other way round.
		for (let end = left.length; end > 0; end -= size) {
			const candidate = left.toSpliced(Math.max(0, end - size), Math.min(size, end));
			if (yield candidate) left = candidate;
		}
		// Single items again until none goes: taking a later one away may have freed an earlier one.
		if (size > 1) size = Math.min(Math.ceil(size / 2), Math.max(left.length, 1));
		else if (left.length === before) break;
	}
	return left;
}
