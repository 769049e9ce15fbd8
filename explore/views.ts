/**
 * When two views are equal, fast: `key` maps equal views (as the checker's canonical form defines it) to equal keys
 * and different ones to different keys, within one play. Small sets of texts become bit masks, numbers and texts are
 * their own keys, and everything else takes the canonical text. Cost: the view's size.
 */
import { canonical, isSetLike } from "../checker/canonical.ts";
import { encodeView } from "../controller/definition.ts";

/** Numbers and texts never collide: which of them a view gets depends on its kind alone. */
export type ViewKey = number | string;

export interface ViewKeys {
	key(view: unknown): ViewKey;
}

/** Bits of a mask that stay a small integer. */
const MAXIMUM_MASKED_ELEMENTS = 30;

export function createViewKeys(type: string): ViewKeys {
	const setLike = isSetLike(type);
	/** The bit of each element, given out for good in the order in which they are first seen. */
	const bits = new Map<unknown, number>();

	/** @returns -1 where a mask can't say it */
	function maskOf(view: readonly unknown[]): number {
		let mask = 0;
		for (const element of view) {
			let bit = bits.get(element);
			if (bit === undefined) {
				if (typeof element !== "string" || bits.size >= MAXIMUM_MASKED_ELEMENTS) return -1;
				bit = 1 << bits.size;
				bits.set(element, bit);
			}
			if ((mask & bit) !== 0) return -1;
			mask |= bit;
		}
		return mask;
	}

	function key(view: unknown): ViewKey {
		if (setLike) {
			if (!Array.isArray(view)) return canonical(encodeView(view));
			const mask = maskOf(view);
			return mask >= 0 ? mask : canonical(encodeView(view), true);
		}
		if (typeof view === "string") return `"${view}`;
		if (typeof view === "number" && !Object.is(view, -0) && !Number.isNaN(view)) return view;
		return view === null ? "null" : canonical(encodeView(view));
	}
	return { key };
}
