/**
 * Sets of texts in a few integer operations: whether a view shows exactly what the specification demands, where updates and
 * elements are few enough for bit masks. It only ever says that a view is right; whatever it can't say so of, the oracle judges.
 *
 * For `or-set` an element is shown while some visible add of it was seen by no visible remove (add-wins; see
 * checker/specifications/set.ts), for `g-set` while some add is visible.
 */
import { hasDelivered } from "./delivered.ts";
import type { Accepted } from "./oracle.ts";

export interface SetMasks {
	/** To be told of every update once, in the order of their acceptance. @param element its bit, or −1 */
	accepted(update: Accepted, index: number, element: number): void;
	/**
	 * @param view its mask (see views.ts)
	 * @param lengths by replica: how many of its updates the delivered set holds; −1 where there are gaps
	 */
	isRight(view: number, lengths: readonly number[]): boolean;
}

/** Bits that stay a small integer. */
const MAXIMUM_UPDATES = 30;

/** @returns null for types that are no such sets */
export function createSetMasks(type: string, replicas: number): SetMasks | null {
	if (type !== "or-set" && type !== "g-set") return null;
	const updates: Accepted[] = [];
	/** By update: the bit of its element; the removes of it that had seen it; all that it had seen itself. */
	const elements: number[] = [];
	const killers: number[] = [];
	const pasts: number[] = [];
	/** By replica and number: the mask of its updates up to that number. */
	const upTo: number[][] = Array.from({ length: replicas }, () => [0]);
	let usable = true;

	return {
		accepted(update, index, element) {
			const own = upTo[index] as number[];
			if (element < 0 || updates.length >= MAXIMUM_UPDATES || update.number !== own.length) usable = false;
			if (!usable) return;
			const bit = 1 << updates.length;
			let past = 0;
			for (let i = 0; i < updates.length; i++) {
				const { replica, number, f } = updates[i] as Accepted;
				if (!hasDelivered(update.seen, replica, number)) continue;
				past |= 1 << i;
				if (update.f === "remove" && f === "add" && elements[i] === element) {
					killers[i] = (killers[i] as number) | bit;
				}
			}
			own.push((own.at(-1) as number) | bit);
			updates.push(update);
			elements.push(element);
			// A remove shows nothing.
			killers.push(update.f === "add" ? 0 : bit);
			pasts.push(past | bit);
		},
		isRight(view, lengths) {
			if (!usable) return false;
			let visible = 0;
			for (let index = 0; index < lengths.length; index++) {
				const mask = (upTo[index] as number[])[lengths[index] as number];
				if (mask === undefined) return false;
				visible |= mask;
			}
			let shown = 0;
			for (let i = 0; i < updates.length; i++) {
				if ((visible & (1 << i)) === 0) continue;
				// What an update had seen is lacking: the oracle knows what can be said of that.
				if (((pasts[i] as number) & ~visible) !== 0) return false;
				if (((killers[i] as number) & visible) === 0) shown |= elements[i] as number;
			}
			return shown === view;
		},
	};
}
