/**
 * A development case: `@automerge/automerge` 2.1.10, whose live view of a map can miss a change of who wins a conflict, and
 * differs until the document is saved and loaded. A search must find that by itself. Not in the registry.
 */
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { type AutomergeModule, automergeTypes } from "../automerge.ts";
import { peerLibrary } from "../peer-library.ts";

export const automerge2110: Record<"text" | "map" | "list" | "counter", ReplicaDefinition> = automergeTypes(
	peerLibrary("automerge-2.1.10", "2.1.10", async () => {
		// What was to become version 3 has its functions already.
		const next: unknown = await import("automerge-2.1.10/next");
		return next as AutomergeModule;
	}),
);
