/**
 * All trees that the moves can give, in any order that extends visibility: a search over which moves were done and what the
 * tree was then, level by level, equal ones once. With little concurrency there are hardly more of them than moves.
 * Kleppmann et al. 2022, section 3: a move that would put a node below itself where its turn comes has no effect.
 */
import { mustHaveSeen, type Update } from "./update.ts";

/** A node to its parent; a node at the root is absent. */
export type Tree = ReadonlyMap<string, string>;

export interface Move {
	update: Update;
	node: string;
	/** Null: the root. */
	parent: string | null;
}

/** Which moves were done (a bit for each), and what the tree was then. */
interface Configuration {
	done: bigint;
	tree: Tree;
}

const MAX_CONFIGURATIONS = 5_000;

/** @returns null when there are too many configurations to go through */
export function possibleTrees(moves: readonly Move[]): Tree[] | null {
	const before = moves.map((move) => bitsOf(moves, (other) => isSurelyBefore(other, move)));
	let level = new Map([["", { done: 0n, tree: new Map() } as Configuration]]);
	let seen = 0;
	for (let length = 0; length < moves.length; length++) {
		const next = new Map<string, Configuration>();
		for (const { done, tree } of level.values()) {
			for (const [index, move] of moves.entries()) {
				const bit = 1n << BigInt(index);
				const needed = before[index] as bigint;
				if ((done & bit) !== 0n || (done & needed) !== needed) continue;
				add(next, { done: done | bit, tree: afterMove(tree, move) });
				if (!move.update.certain) add(next, { done: done | bit, tree });
			}
			if (seen + next.size > MAX_CONFIGURATIONS) return null;
		}
		seen += next.size;
		level = next;
	}
	return [...level.values()].map(({ tree }) => tree);
}

/** Whatever the order of the moves, this one comes before that one. */
export function isSurelyBefore(earlier: Move, later: Move): boolean {
	return earlier.update.certain && mustHaveSeen(later.update, earlier.update);
}

function add(level: Map<string, Configuration>, configuration: Configuration): void {
	const places = [...configuration.tree].sort(([left], [right]) => (left < right ? -1 : 1));
	level.set(`${configuration.done} ${JSON.stringify(places)}`, configuration);
}

function afterMove(tree: Tree, { node, parent }: Move): Tree {
	for (let above: string | undefined = parent ?? undefined; above !== undefined; above = tree.get(above)) {
		if (above === node) return tree;
	}
	const moved = new Map(tree);
	if (parent === null) moved.delete(node);
	else moved.set(node, parent);
	return moved;
}

function bitsOf(moves: readonly Move[], choose: (move: Move) => boolean): bigint {
	let bits = 0n;
	for (const [index, move] of moves.entries()) if (choose(move)) bits |= 1n << BigInt(index);
	return bits;
}
