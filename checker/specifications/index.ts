/** Which types have a specification, and how to make its model. */
import { counterModel } from "./counter.ts";
import type { Chosen, Model } from "./model.ts";
import { lwwMapModel, lwwRegisterModel, mvRegisterModel } from "./register.ts";
import { setModel } from "./set.ts";
import { textModel } from "./text.ts";

const MODELS: ReadonlyMap<string, (chosen: Chosen) => Model> = new Map<string, (chosen: Chosen) => Model>([
	["g-counter", () => counterModel("g-counter")],
	["pn-counter", () => counterModel("pn-counter")],
	["g-set", () => setModel("g-set")],
	["two-phase-set", () => setModel("two-phase-set")],
	["or-set", () => setModel("or-set")],
	["lww-register", lwwRegisterModel],
	["lww-map", lwwMapModel],
	["mv-register", mvRegisterModel],
	["text", textModel],
]);

/** @returns null for a type that has none */
export function modelFor(type: string): ((chosen: Chosen) => Model) | null {
	return MODELS.get(type) ?? null;
}

export const SPECIFIED_TYPES: readonly string[] = [...MODELS.keys()];
