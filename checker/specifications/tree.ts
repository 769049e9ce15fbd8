/**
 * Trees whose nodes are moved: the visible moves take effect in one order, which the checker doesn't know but which extends
 * visibility (Lamport timestamps do); a move that would put a node below itself where its turn comes has none. Kleppmann,
 * Mulligan, Gomes, Beresford 2022, "A highly-available move operation for replicated trees", section 3.
 *
 * Of each view: no cycle, and each node where some visible move put it. Of small views and of final ones: one of
 * the trees that some order of the moves gives, found by going through all of them (`move-orders.ts`); where there are
 * too many, no node where a move had put it that a later one surely undid (`move-bounds.ts`). A node that isn't shown
 * is at the root, as is one with the parent null: all the same here.
 */
import type { Json } from "../../history/events.ts";
import { typed, userKey } from "../canonical.ts";
import { show } from "../words.ts";
import { type Mismatch, type Model, nameOf, unknownOperation } from "./model.ts";
import { overwritten } from "./move-bounds.ts";
import { type Move, possibleTrees, type Tree } from "./move-orders.ts";

/** Up to so many moves all orders are tried at every view, not only at final ones. */
const FEW_MOVES = 8;
/** Beyond so many moves orders are not looked at. */
const MAX_MOVES = 200;
const MAX_NAMED = 4;

export function treeModel(): Model {
	const moves: Move[] = [];
	return {
		needsCausality: true,
		ignoresNumbers: true,
		apply(update) {
			moves.push({ update, ...moveOf(update) });
		},
		judge(view, _happened, thorough) {
			const shown = treeOf(view);
			if (shown === null) {
				const words = `shows ${show(view)}, which is no object of nodes and their parents`;
				return { kind: "malformed", words, path: "", expected: {}, found: view, operations: [] };
			}
			const mismatch = cycleIn(shown, moves, view) ?? phantomIn(shown, moves, view);
			if (mismatch !== null) return mismatch;
			if (moves.length > MAX_MOVES || (moves.length > FEW_MOVES && !thorough)) return null;
			const trees = possibleTrees(moves);
			return trees === null ? undone(shown, moves, view) : impossible(shown, trees, moves, view);
		},
	};
}

function moveOf({ operation }: Move["update"]): { node: string; parent: string | null } {
	if (operation.f !== "move") unknownOperation("tree", operation);
	const { value, id } = operation;
	if (typeof value === "object" && value !== null && !Array.isArray(value)) {
		const { node, parent = null } = value;
		if (typeof node === "string" && (parent === null || typeof parent === "string")) return { node, parent };
	}
	throw new Error(`${id} moves ${show(value)}; a move takes {"node", "parent"}`);
}

function treeOf(view: Json): Tree | null {
	if (typeof view !== "object" || view === null || Array.isArray(view) || typed(view) !== null) return null;
	const tree = new Map<string, string>();
	for (const [key, parent] of Object.entries(view)) {
		if (parent === null) continue;
		if (typeof parent !== "string") return null;
		tree.set(userKey(key), parent);
	}
	return tree;
}

function cycleIn(shown: Tree, moves: readonly Move[], found: Json): Mismatch | null {
	const fine = new Set<string>();
	for (const start of shown.keys()) {
		const path: string[] = [];
		let at: string | undefined = start;
		for (; at !== undefined && !fine.has(at); at = shown.get(at)) {
			const from = path.indexOf(at);
			if (from !== -1) {
				const cycle = path.slice(from);
				return {
					kind: "wrong",
					words: `shows a cycle: ${[...cycle, at].slice(0, 8).join(" below ")}`,
					path: at,
					expected: "no node below itself",
					found,
					operations: operationsOn(moves, cycle),
				};
			}
			path.push(at);
		}
		for (const node of path) fine.add(node);
	}
	return null;
}

function phantomIn(shown: Tree, moves: readonly Move[], found: Json): Mismatch | null {
	const places = new Set(moves.map(({ node, parent }) => JSON.stringify([node, parent])));
	for (const [node, parent] of shown) {
		if (places.has(JSON.stringify([node, parent]))) continue;
		return {
			kind: "phantom",
			words: `shows ${node} below ${parent}, where no move put it`,
			path: node,
			expected: expectedOf(moves.filter((move) => move.node === node).map((move) => move.parent)),
			found,
			operations: operationsOn(moves, [node]),
		};
	}
	return null;
}

function impossible(
	shown: Tree,
	trees: readonly Tree[],
	moves: readonly Move[],
	found: Json,
): Mismatch | null {
	if (trees.some((tree) => same(tree, shown))) return null;
	const nodes = [...new Set(moves.map(({ node }) => node))];
	const wrong = nodes.find((node) => !trees.some((tree) => tree.get(node) === shown.get(node)));
	if (wrong === undefined) {
		return {
			kind: "wrong",
			words: "shows each node where some order of the moves puts it, but no order puts all of them there",
			path: "",
			expected: Object.fromEntries(trees[0] ?? []),
			found,
			operations: operationsOn(moves, nodes),
		};
	}
	return misplaced(
		wrong,
		shown,
		trees.map((tree) => tree.get(wrong) ?? null),
		moves,
		found,
	);
}

/** Where the orders are too many: a parent whose every move was overwritten in all of them. */
function undone(shown: Tree, moves: readonly Move[], found: Json): Mismatch | null {
	const dead = overwritten(moves);
	for (const node of new Set(moves.map((move) => move.node))) {
		const those = moves.filter((move) => move.node === node);
		const alive = those.filter((move) => !dead.has(move));
		const parents: (string | null)[] = alive.map(({ parent }) => parent);
		// Without a move that surely took effect it may be where it began.
		if (alive.length === those.length) parents.push(null);
		if (!parents.includes(shown.get(node) ?? null)) return misplaced(node, shown, parents, moves, found);
	}
	return null;
}

function misplaced(
	node: string,
	shown: Tree,
	parents: readonly (string | null)[],
	moves: readonly Move[],
	found: Json,
): Mismatch {
	const parent = shown.get(node) ?? null;
	const by = moves.filter((move) => move.node === node && move.parent === parent);
	const names = by.map(({ update }) => nameOf(update)).slice(-MAX_NAMED);
	const put = names.length === 0 ? "where it began" : `where ${names.join(", ")} put it`;
	const expected = expectedOf(parents);
	return {
		kind: parent === null ? "lost" : "resurrected",
		words: `shows ${node} ${parent === null ? "at the root" : `below ${parent}`}, ${put}, but in every order of the moves it is ${expected}`,
		path: node,
		expected,
		found,
		operations: operationsOn(moves, [node]),
	};
}

function expectedOf(parents: readonly (string | null)[]): string {
	const places = [...new Set(parents)].map((parent) => (parent === null ? "at the root" : `below ${parent}`));
	return places.length === 0 ? "at the root" : places.slice(0, MAX_NAMED).join(" or ");
}

function same(left: Tree, right: Tree): boolean {
	return left.size === right.size && [...left].every(([node, parent]) => right.get(node) === parent);
}

function operationsOn(moves: readonly Move[], nodes: readonly string[]) {
	return moves.filter(({ node }) => nodes.includes(node)).map(({ update }) => update.operation);
}
