/** Findings about the order in which replicas applied updates. */
import type { Finding } from "./finding.ts";
import { areConcurrent, hasSeen, type Known, named, type Scene } from "./scene.ts";

/** So many pairs are looked at: of more updates the latest. */
const MAX_COMPARED = 300;

/** One replica applied an update before one that it had seen. @param other one that applied them in their order */
export function appliedTooEarly(
	scene: Scene,
	replica: string,
	updates: readonly Known[],
	other: string | null,
): Finding | null {
	for (const [later, earlier] of pairsFromTheEnd(updates)) {
		if (!hasSeen(later, earlier) || scene.isBefore(replica, later, earlier) !== true) continue;
		if (other !== null && scene.isBefore(other, earlier, later) !== true) continue;
		const elsewhere = other === null ? "" : `, and ${other} after it`;
		const sentence = `${replica} applied ${named(later)} before ${named(earlier)}, ${relation(later)}${elsewhere}`;
		return { sentence, updates: [earlier, later] };
	}
	return null;
}

/**
 * Two updates that don't know of each other, and which two replicas applied in opposite orders.
 * @param updates one is among these, the other among `all`
 */
export function appliedInOtherOrder(
	scene: Scene,
	[left, right]: readonly [string, string],
	updates: readonly Known[],
	all: readonly Known[],
): Finding | null {
	const latest = updates.slice(-MAX_COMPARED).reverse();
	const others = all.slice(-MAX_COMPARED).reverse();
	for (const [first, second] of latest.flatMap((update) => others.map((other) => [update, other] as const))) {
		if (!areConcurrent(first, second)) continue;
		const order = [scene.isBefore(left, first, second), scene.isBefore(right, first, second)];
		if (order[0] === null || order[1] === null || order[0] === order[1]) continue;
		const [a, b] = order[0] ? [first, second] : [second, first];
		const sentence = `${left} applied ${named(a)} before ${named(b)} and ${right} the other way round; neither had seen the other, so their order must make no difference`;
		return { sentence, updates: [a, b] };
	}
	return null;
}

function relation({ operation: { f } }: Known): string {
	return f === "remove" || f === "delete" ? "which it removes" : "which it had seen";
}

/** The latest pairs first, both ways round. */
function* pairsFromTheEnd(updates: readonly Known[]): Generator<[Known, Known], void, void> {
	const latest = updates.slice(-MAX_COMPARED);
	for (let at = latest.length - 1; at >= 0; at--) {
		for (let before = at - 1; before >= 0; before--) {
			const [later, earlier] = [latest[at] as Known, latest[before] as Known];
			yield [later, earlier];
			yield [earlier, later];
		}
	}
}
