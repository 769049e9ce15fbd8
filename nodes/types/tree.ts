/**
 * Tree whose nodes can be moved, op-based. Every replica applies the moves in the order of their timestamps: a move that
 * comes late is done after those that are later have been undone, and these are then redone. A move that would put a
 * node below itself where its turn comes has no effect, so there is never a cycle.
 * Source: Kleppmann, Mulligan, Gomes, Beresford 2022, "A highly-available move operation for replicated trees", IEEE
 * TPDS 33(7), section 3, figure 6 (undo–do–redo), timestamps by Lamport. Names of children are left out, and so is the
 * truncation of the log (section 3.6): late moves cost as many undone ones, and depth for each.
 *
 * `move` { node, parent } names nodes by any text, which is all that it takes for them to be there: the view is node →
 * parent for each node that a move named, null for those at the root. A move to the root has parent null. The origin
 * refuses what would be a cycle there and then.
 */
import { opBased } from "../sdk/op-based.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Draw, Json, ReplicaDefinition } from "../sdk/replica.ts";
import { badValue } from "../sdk/replicated-type.ts";
import { byCodePoint, isValue } from "./json-value.ts";
import { membersOf } from "./sequence-type.ts";

export interface Move {
	node: string;
	/** Null: the root. */
	parent: string | null;
	time: number;
}

/** A move in its turn. Never changed. */
interface Logged extends Move {
	origin: string;
	number: number;
	/** Where the node was until then. */
	before: string | null;
}

export interface Tree {
	/** Of nodes that are not at the root. */
	parents: Map<string, string>;
	/** By timestamp, ascending. */
	log: Logged[];
	/** All that moves named, in any order. */
	nodes: Set<string>;
}

/** In the generated workload. */
const ONE_IN_SO_MANY_GOES_TO_THE_ROOT = 5;

export const treeType: OpBasedType<Tree, Move> = {
	type: "tree",
	operations: { move: { kind: "update", weight: 4, generate: generateMove } },
	initial: () => ({ parents: new Map(), log: [], nodes: new Set() }),
	prepare(tree, operation) {
		const { node, parent } = membersOf(operation.value);
		if (!isName(node) || (parent !== null && !isName(parent))) {
			return badValue(operation, "{ node: text, parent: text, or null for the root }");
		}
		if (isAtOrBelow(tree, parent, node)) {
			const message = `move: expected a parent that is not ${node} nor below it, found ${parent}`;
			return { reject: { code: "cycle", message } };
		}
		return { effect: { node, parent, time: (tree.log.at(-1)?.time ?? 0) + 1 } };
	},
	apply: (tree, move, { origin, number }) => applyInTurn(tree, { ...move, origin, number, before: null }),
	view({ nodes, parents }) {
		// Without a prototype, so that a node `__proto__` is a node like any other.
		const shown: Record<string, Json> = Object.create(null) as Record<string, Json>;
		for (const node of nodes) shown[node] = parents.get(node) ?? null;
		return shown;
	},
	canonical: ({ log }) => log,
	clone: ({ parents, log, nodes }) => ({
		parents: new Map(parents),
		log: log.slice(),
		nodes: new Set(nodes),
	}),
};

/** What must hold in any tree, whoever keeps it. */
export const TREE_INVARIANTS: NonNullable<ReplicaDefinition["invariants"]> = {
	"no-cycle": {
		statement: "From each node the parents lead to the root: no node is below itself.",
		when: "always",
		holds(view) {
			const lost = nodesOf(view).find((node) => !leadsToRoot(view as Parents, node));
			return lost === undefined || `the parents of ${lost} never lead to the root`;
		},
	},
	"no-orphan": {
		statement: "Each node's parent is itself in the tree, or the root.",
		when: "always",
		holds(view) {
			const parents = view as Parents;
			const orphan = nodesOf(view).find(
				(node) => parents[node] !== null && !Object.hasOwn(parents, parents[node] ?? ""),
			);
			return orphan === undefined || `${orphan} is under ${parents[orphan]}, which is not in the tree`;
		},
	},
};

export const tree: ReplicaDefinition = { ...opBased(treeType), invariants: TREE_INVARIANTS };

/** @param mayMove whether a move has an effect, in its turn */
export function applyInTurn(tree: Tree, move: Logged, mayMove = makesNoCycle): Tree {
	const { log, nodes } = tree;
	const later: Logged[] = [];
	for (let last = log.at(-1); last !== undefined && compareMoves(last, move) > 0; last = log.at(-1)) {
		place(tree, last.node, last.before);
		later.push(last);
		log.pop();
	}
	for (let next: Logged | undefined = move; next !== undefined; next = later.pop()) {
		log.push({ ...next, before: tree.parents.get(next.node) ?? null });
		if (mayMove(tree, next)) place(tree, next.node, next.parent);
	}
	nodes.add(move.node);
	if (move.parent !== null) nodes.add(move.parent);
	return tree;
}

function makesNoCycle(tree: Tree, { node, parent }: Move): boolean {
	return !isAtOrBelow(tree, parent, node);
}

function place({ parents }: Tree, node: string, parent: string | null): void {
	if (parent === null) parents.delete(node);
	else parents.set(node, parent);
}

/** Never walks further than a path can be long, so that it ends in a wrong tree too. */
function isAtOrBelow({ parents }: Tree, node: string | null, top: string): boolean {
	let at: string | null = node;
	for (let steps = 0; at !== null && steps <= parents.size; steps++) {
		if (at === top) return true;
		at = parents.get(at) ?? null;
	}
	return false;
}

type Parents = Record<string, string | null>;

function nodesOf(view: Json): string[] {
	return typeof view === "object" && view !== null ? Object.keys(view) : [];
}

function leadsToRoot(parents: Parents, node: string): boolean {
	const passed = new Set<string>();
	let at: string | null | undefined = node;
	while (typeof at === "string" && !passed.has(at)) {
		passed.add(at);
		at = parents[at];
	}
	return typeof at !== "string";
}

function compareMoves(a: Logged, b: Logged): number {
	return a.time - b.time || byCodePoint(a.origin, b.origin) || a.number - b.number;
}

function generateMove(draw: Draw): Json {
	const node = draw.key();
	return { node, parent: draw.integer(1, ONE_IN_SO_MANY_GOES_TO_THE_ROOT) === 1 ? null : draw.key() };
}

function isName(value: unknown): value is string {
	return typeof value === "string" && isValue(value);
}
