/**
 * Trees whose nodes are there from the start, `k0` to `k7`, all of them roots: `move` { node, parent } puts a node under
 * another one, or makes it a root (parent null). What would put a node under itself is refused. The view is child →
 * parent; the order of siblings is left out.
 */
import type { LibraryType } from "../../sdk/library.ts";
import type { OperationSpec } from "../../sdk/replica.ts";
import { badValue } from "../../sdk/replicated-type.ts";
import type { Documents } from "../documents.ts";
import { membersOf } from "./members.ts";

export interface TreeContent<D> {
	parentOf(document: D, node: string): string | null;
	move(document: D, node: string, parent: string | null): void;
}

export const TREE_NODES: readonly string[] = Array.from({ length: 8 }, (_, index) => `k${index}`);
/** In the generated workload. */
const ONE_IN_SO_MANY_BECOMES_A_ROOT = 5;

const OPERATIONS: Record<string, OperationSpec> = {
	move: {
		kind: "update",
		weight: 4,
		generate: (draw) => {
			const root = draw.integer(1, ONE_IN_SO_MANY_BECOMES_A_ROOT) === 1;
			const place = (): string => TREE_NODES[draw.integer(0, TREE_NODES.length - 1)] as string;
			return { node: place(), parent: root ? null : place() };
		},
	},
};

export function treeOf<D>(documents: Documents<D>, content: TreeContent<D>): LibraryType<D> {
	return {
		...documents,
		type: "tree",
		operations: OPERATIONS,
		invoke(document, operation) {
			const { node, parent } = membersOf(operation.value);
			if (!isNode(node) || (parent !== null && !isNode(parent))) {
				const nodes = `${TREE_NODES[0]} to ${TREE_NODES.at(-1)}`;
				return badValue(operation, `{ node: one of ${nodes}, parent: another one or null }`);
			}
			for (let above: string | null = parent; above !== null; above = content.parentOf(document, above)) {
				if (above !== node) continue;
				return { reject: { code: "cycle", message: `${parent} is ${node}, or below it` } };
			}
			return { update: documents.change(document, (changing) => content.move(changing, node, parent)) };
		},
		view: (document) =>
			Object.fromEntries(TREE_NODES.map((node) => [node, content.parentOf(document, node)])),
	};
}

function isNode(value: unknown): value is string {
	return typeof value === "string" && TREE_NODES.includes(value);
}
