/**
 * Lists of any JSON values, by three algorithms: `list` is Fugue (`fugue.ts`), `rga-list` RGA (`rga.ts`), `yata-list`
 * YATA (`yata.ts`).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { fugue } from "./fugue.ts";
import { A_VALUE, isValue } from "./json-value.ts";
import { rga } from "./rga.ts";
import { type Elements, sequenceType } from "./sequence-type.ts";
import { yata } from "./yata.ts";

export const listElements: Elements = {
	type: "list",
	member: "value",
	expected: A_VALUE,
	generate: (draw) => draw.unique(),
	split: (value) => (isValue(value) ? [value] : null),
	join: (values) => [...values],
};

export const list: ReplicaDefinition = opBased(sequenceType(listElements, fugue));
export const rgaList: ReplicaDefinition = opBased(sequenceType(listElements, rga));
export const yataList: ReplicaDefinition = opBased(sequenceType(listElements, yata));
