/**
 * Wrong on purpose (kind 23 of 25): a grow-only set that shows its size and a digest of its elements, as replicas do that compare
 * digests instead of states. The digest runs over a Map, which keeps the order of insertion: replicas with the very
 * same elements show different digests where these came in different orders. `strong-convergence` fails. A right one sorts
 * first, and by code point: the order of a locale is another one on another machine.
 *
 * In the wild: chains of the Cosmos SDK, whose validators disagreed on the application's hash since it followed the order
 * of a Go map (github.com/cosmos/cosmos-sdk/issues/2158 and pull request 12751).
 */
import { crc32 } from "node:zlib";
import { opBased } from "../sdk/op-based.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { A_VALUE, byCodePoint, canonicalKey, isValue } from "../types/json-value.ts";

export const hashedSetInsertionOrder: ReplicaDefinition = opBased<Map<string, Json>, Json>({
	type: "hashed-set",
	operations: { add: { kind: "update", weight: 4, generate: (draw) => draw.key() } },
	initial: () => new Map(),
	prepare: (_elements, operation) =>
		isValue(operation.value) ? { effect: operation.value } : badValue(operation, A_VALUE),
	apply: (elements, element) => elements.set(canonicalKey(element), element),
	view: (elements) => ({ size: elements.size, digest: crc32([...elements.keys()].join("\n")) }),
	clone: (elements) => new Map(elements),
	canonical: (elements) => [...elements.keys()].sort(byCodePoint),
});
