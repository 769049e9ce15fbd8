/**
 * A library's documents as all its adapters handle them, whatever they contain: made, changed with the change captured,
 * sent elsewhere, saved, loaded, freed. A kind of content (`kinds/`) adds operations and the view, and together they
 * are a `LibraryType`.
 */
import type { LibraryType } from "../sdk/library.ts";

/** @typeParam D the library's live document, with what is needed to get at its content. */
export interface Documents<D>
	extends Pick<LibraryType<D>, "loadModule" | "create" | "apply" | "encode" | "load" | "pending" | "free"> {
	/** @returns the bytes that the library sends for what `change` did; none when it did nothing */
	change(document: D, change: (document: D) => void): Uint8Array;
}

export const NO_UPDATE: Uint8Array = new Uint8Array(0);
