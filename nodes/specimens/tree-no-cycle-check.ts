/**
 * Wrong on purpose (kind 19 of 25): a tree that refuses a move which would be a cycle where it is asked for, but does not look
 * again where the move is applied. Of A into B and B into A at once both take effect: the two are below each other and
 * nowhere below the root. All replicas agree on that; `invariant:no-cycle` fails (and `specification`).
 *
 * In the wild: bookmarks on Mozilla's sync server that contain themselves (github.com/mozilla/application-services/issues/2369);
 * folders that are checked before the write and outside of its transaction (github.com/wafflebase/wafflebase/pull/500).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { applyInTurn, TREE_INVARIANTS, treeType } from "../types/tree.ts";

export const treeNoCycleCheck: ReplicaDefinition = {
	...opBased({
		...treeType,
		apply: (tree, move, { origin, number }) =>
			applyInTurn(tree, { ...move, origin, number, before: null }, () => true),
	}),
	invariants: TREE_INVARIANTS,
};
