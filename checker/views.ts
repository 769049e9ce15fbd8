/**
 * The views of a run, equal ones once. A view is known by a short key; what it holds is kept as long as the kept ones together
 * are not too long, and read from the history again when it is asked for where they are. So nothing that looks at
 * views needs to care, but it should go through them one after the other and keep none.
 */
import { hash } from "node:crypto";
import type { Json } from "../history/events.ts";
import { canonical } from "./canonical.ts";

/** Of canonical text: a parsed view takes up to ten times as many bytes. */
const MAX_KEPT_CHARACTERS = 24 * 1024 * 1024;
/** Longer canonical forms are known by their hash. */
const MAX_KEY_CHARACTERS = 48;

export interface View {
	/** Equal keys, equal views. Short: the canonical form or its SHA-256. */
	readonly key: string;
	/** May be read from the history again: ask once. */
	readonly json: Json;
}

/** @param index of the event that showed the view */
export type ViewReader = (index: number) => Json;

export class Views {
	readonly #known = new Map<string, View>();
	readonly #setLike: boolean;
	readonly #again: ViewReader | null;
	#left: number;

	/** @param again null: the views can't be read again, so all are kept */
	constructor(setLike: boolean, again: ViewReader | null, keptCharacters = MAX_KEPT_CHARACTERS) {
		this.#setLike = setLike;
		this.#again = again;
		this.#left = keptCharacters;
	}

	/** Cost: that of the canonical form. */
	view(json: Json, index: number): View {
		const text = canonical(json, this.#setLike);
		const key = text.length <= MAX_KEY_CHARACTERS ? text : `#${hash("sha256", text, "base64")}`;
		let view = this.#known.get(key);
		if (view === undefined) {
			view = this.#make(key, json, index, text.length);
			this.#known.set(key, view);
		}
		return view;
	}

	#make(key: string, json: Json, index: number, length: number): View {
		const again = this.#again;
		if (again === null || length <= this.#left) {
			this.#left -= length;
			return { key, json };
		}
		return new LeftView(key, index, again);
	}
}

/** One that was left in the history. */
class LeftView implements View {
	readonly key: string;
	readonly #index: number;
	readonly #again: ViewReader;

	constructor(key: string, index: number, again: ViewReader) {
		this.key = key;
		this.#index = index;
		this.#again = again;
	}

	get json(): Json {
		return this.#again(this.#index);
	}
}
