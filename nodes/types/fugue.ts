/**
 * Fugue: elements are nodes of a tree, each a left or a right child of another one; the document is read in order:
 * left children, the node, right children. What is typed at one place, forwards or backwards, becomes a subtree, and
 * subtrees don't interleave.
 * Source: Weidner, Gentle, Kleppmann 2023, "The Art of the Fugue: Minimizing Interleaving in Collaborative Text
 * Editing", section 3, algorithm 1. Siblings stand in the order of their identities; the variant FugueMax, which
 * orders right siblings by their right origins and so rules out the last, rare interleavings, is left out.
 */
import type { Element, ElementId, Sequence, SequenceAlgorithm } from "./sequence.ts";
import { compareIds, elementOf } from "./sequence.ts";

/** Parent null: the root, which stands before all elements and has right children only. */
export interface FuguePlace {
	parent: ElementId | null;
	side: "left" | "right";
}

type Node = Element<FuguePlace>;

/** Sorted, and never changed in place: copies of the tree share them. */
interface Children {
	left: readonly Node[];
	right: readonly Node[];
}

/** By parent; the root is null. */
export type FugueTree = Map<Node | null, Children>;

const NO_CHILDREN: Children = { left: [], right: [] };

export const fugue: SequenceAlgorithm<FuguePlace, FugueTree> = {
	index: () => new Map(),
	copyIndex: (tree) => new Map(tree),
	placeAfter({ order, index }, position) {
		const left = order[position] ?? null;
		const right = order[position + 1];
		// A left neighbour with right children has the first of them, or something to the left of it, next to it.
		return right === undefined || childrenOf(index, left).right.length === 0
			? { parent: left?.id ?? null, side: "right" }
			: { parent: right.id, side: "left" };
	},
	integrate(sequence, run) {
		const { index } = sequence;
		const first = run[0] as Node;
		const { side, parent: parentId } = first.place;
		const parent = parentId === null ? null : elementOf(sequence, parentId);
		const position = positionOf(sequence, parent, first);
		const children = childrenOf(index, parent);
		index.set(parent, { ...children, [side]: [...children[side], first].sort(byId) });
		for (let at = 1; at < run.length; at++) {
			index.set(run[at - 1] as Node, { left: [], right: [run[at] as Node] });
		}
		return position;
	},
};

/** Right behind the sibling before it, with all below that; else where the children of that side begin. */
function positionOf(
	{ order, index }: Sequence<FuguePlace, FugueTree>,
	parent: Node | null,
	node: Node,
): number {
	const { side } = node.place;
	const siblings = childrenOf(index, parent)[side];
	const before = siblings.findLast((sibling) => compareIds(sibling.id, node.id) < 0);
	if (before !== undefined) return order.indexOf(lastBelow(index, before)) + 1;
	if (side === "right") return parent === null ? 0 : order.indexOf(parent) + 1;
	return order.indexOf(firstBelow(index, siblings[0] ?? (parent as Node)));
}

function firstBelow(tree: FugueTree, node: Node): Node {
	let first = node;
	for (let next: Node | undefined = node; next !== undefined; next = childrenOf(tree, first).left[0])
		first = next;
	return first;
}

function lastBelow(tree: FugueTree, node: Node): Node {
	let last = node;
	for (let next: Node | undefined = node; next !== undefined; next = childrenOf(tree, last).right.at(-1))
		last = next;
	return last;
}

function childrenOf(tree: FugueTree, node: Node | null): Children {
	return tree.get(node) ?? NO_CHILDREN;
}

function byId(a: Node, b: Node): number {
	return compareIds(a.id, b.id);
}
