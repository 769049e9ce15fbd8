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
	/** What an element adds to the key of a small set; −1: such sets have no masks. */
	bitOf(element: unknown): number;
}

/** Bits of a mask that stay a small integer. */
const MAXIMUM_MASKED_ELEMENTS = 30;

/** Begins keys that are not the text that is shown; no canonical text begins so. */
const NOT_TEXT = "\u0000";
const NULL = `${NOT_TEXT}null`;

export function createViewKeys(type: string): ViewKeys {
	const setLike = isSetLike(type);
	/** The bit of each element, given out for good in the order in which they are first seen. */
	const bits = new Map<unknown, number>();

	function bitOf(element: unknown): number {
		const bit = bits.get(element);
		if (bit !== undefined) return bit;
		if (!setLike || typeof element !== "string" || bits.size >= MAXIMUM_MASKED_ELEMENTS) return -1;
		const added = 1 << bits.size;
		bits.set(element, added);
		return added;
	}

	/** @returns -1 where a mask can't say it */
	function maskOf(view: readonly unknown[]): number {
		let mask = 0;
		for (const element of view) {
			const bit = bitOf(element);
			if (bit < 0 || (mask & bit) !== 0) return -1;
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
		if (typeof view === "string") return view.charCodeAt(0) === 0 ? `${NOT_TEXT}${view}` : view;
		if (typeof view === "number" && !Object.is(view, -0) && !Number.isNaN(view)) return view;
		return view === null ? NULL : `${NOT_TEXT}${canonical(encodeView(view))}`;
	}
	return { key, bitOf };
}
