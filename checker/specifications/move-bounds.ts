/**
 * Which moves of a tree were surely overwritten, whatever the order: a later move of the same node had seen them and surely
 * took effect. That it does where no node that could then be above its parent is the node itself, by any move that may
 * be in force at its turn: all that aren't surely later, but those that were surely overwritten by then.
 * Cost: O(moves² × moves of a node).
 */
import { isSurelyBefore, type Move } from "./move-orders.ts";

export function overwritten(moves: readonly Move[]): Set<Move> {
	const byNode = new Map<string, Move[]>();
	for (const move of moves) {
		const those = byNode.get(move.node);
		if (those === undefined) byNode.set(move.node, [move]);
		else those.push(move);
	}
	const effective = new Map<Move, boolean>();

	function surelyTakesEffect(move: Move): boolean {
		let known = effective.get(move);
		if (known === undefined) {
			// Should two moves claim to have seen each other.
			effective.set(move, false);
			known = move.update.certain && (move.parent === null || !mayBeBelow(move));
			effective.set(move, known);
		}
		return known;
	}

	/** Whether at the move's turn its parent may be the node, or below it. */
	function mayBeBelow(move: Move): boolean {
		const reached = new Set<string>();
		const open = [move.parent as string];
		for (let at = open.pop(); at !== undefined; at = open.pop()) {
			if (at === move.node) return true;
			if (reached.has(at)) continue;
			reached.add(at);
			for (const { parent } of inForce(byNode.get(at) ?? [], move)) if (parent !== null) open.push(parent);
		}
		return false;
	}

	function inForce(those: readonly Move[], at: Move): Move[] {
		const earlier = those.filter((move) => isSurelyBefore(move, at) && surelyTakesEffect(move));
		return those.filter(
			(move) => !isSurelyBefore(at, move) && !earlier.some((later) => isSurelyBefore(move, later)),
		);
	}

	return new Set(
		moves.filter((move) =>
			(byNode.get(move.node) ?? []).some((later) => isSurelyBefore(move, later) && surelyTakesEffect(later)),
		),
	);
}
