/**
 * Texts, by two algorithms: `text` is Fugue (`fugue.ts`), `rga-text` RGA (`rga.ts`). Elements are UTF-16 code units, as
 * indexes count them; the two halves of a surrogate pair are never parted.
 */
import { opBased } from "../sdk/op-based.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { drawWord } from "./distinct-letters.ts";
import { fugue } from "./fugue.ts";
import { isValue } from "./json-value.ts";
import { rga } from "./rga.ts";
import { type Elements, sequenceType } from "./sequence-type.ts";

const textElements: Elements = {
	type: "text",
	member: "text",
	expected: "well-formed text",
	generate: drawWord,
	split: (text) => (typeof text === "string" && isValue(text) ? text.split("") : null),
	join: (units) => (units as readonly string[]).join(""),
	inseparable: (left, right) => isSurrogate(left, 0xd800) && isSurrogate(right, 0xdc00),
};

export const text: ReplicaDefinition = opBased(sequenceType(textElements, fugue));
export const rgaText: ReplicaDefinition = opBased(sequenceType(textElements, rga));

/** @param first 0xd800: the first half of a pair; 0xdc00: the second */
function isSurrogate(unit: Json, first: number): boolean {
	const code = (unit as string).charCodeAt(0);
	return code >= first && code < first + 0x400;
}
