/** Which types have a specification, and how to make its model. */
import { counterModel } from "./counter.ts";
import { jsonModel } from "./json.ts";
import type { Chosen, Model } from "./model.ts";
import { lwwRegisterModel, mapModel, mvRegisterModel } from "./register.ts";
import { sequenceModel } from "./sequence.ts";
import type { SequenceType } from "./sequence-items.ts";
import { setModel } from "./set.ts";
import { treeModel } from "./tree.ts";

const MODELS: ReadonlyMap<string, (chosen: Chosen) => Model> = new Map<string, (chosen: Chosen) => Model>([
	["g-counter", () => counterModel("g-counter")],
	["pn-counter", () => counterModel("pn-counter")],
	["g-set", () => setModel("g-set")],
	["two-phase-set", () => setModel("two-phase-set")],
	["or-set", () => setModel("or-set")],
	["rw-set", () => setModel("rw-set")],
	["lww-register", lwwRegisterModel],
	["lww-map", (chosen) => mapModel("lww-map", chosen)],
	["or-map", (chosen) => mapModel("or-map", chosen)],
	["mv-register", mvRegisterModel],
	["text", () => sequenceModel("text")],
	["list", () => sequenceModel("list")],
	["movable-list", () => sequenceModel("movable-list")],
	["tree", treeModel],
	["json", jsonModel],
]);

/** Those whose operations name places. */
export function isSequence(type: string): type is SequenceType {
	return type === "text" || type === "list" || type === "movable-list";
}

/** @returns null for a type that has none */
export function modelFor(type: string): ((chosen: Chosen) => Model) | null {
	return MODELS.get(type) ?? null;
}

export const SPECIFIED_TYPES: readonly string[] = [...MODELS.keys()];
