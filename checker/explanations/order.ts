/** Findings about the order in which replicas applied updates. */
import { canonical } from "../canonical.ts";
import type { Finding } from "./finding.ts";
import { areConcurrent, hasSeen, type Known, named, type Scene } from "./scene.ts";

/** So many pairs are looked at: of more updates the latest. */
const MAX_COMPARED = 300;

/**
 * One replica applied an update before one that it had seen.
 * @param other one that applied them in their order
 */
export function appliedTooEarly(
	scene: Scene,
	replica: string,
	updates: readonly Known[],
	other: string | null,
): Finding | null {
	return tooEarly(scene, replica, updates, other, () => true);
}

/** The same, of a remove before what it removes alone. */
export function removedTooEarly(
	scene: Scene,
	replica: string,
	updates: readonly Known[],
	other: string | null,
): Finding | null {
	return tooEarly(scene, replica, updates, other, removes);
}

function tooEarly(
	scene: Scene,
	replica: string,
	updates: readonly Known[],
	other: string | null,
	matters: (later: Known, earlier: Known) => boolean,
): Finding | null {
	for (const [later, earlier] of pairsFromTheEnd(updates)) {
		if (!hasSeen(later, earlier) || !matters(later, earlier)) continue;
		if (scene.isBefore(replica, later, earlier) !== true) continue;
		if (other !== null && scene.isBefore(other, earlier, later) !== true) continue;
		const elsewhere = other === null ? "" : `, and ${other} after it`;
		const relation = removes(later, earlier) ? "which it removes" : "which it had seen";
		const sentence = `${replica} applied ${named(later)} before ${named(earlier)}, ${relation}${elsewhere}`;
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

/** Of the same element or key, and of elements and keys alone: what an index or a path means is another matter. */
function removes({ operation: later }: Known, { operation: earlier }: Known): boolean {
	if (later.f !== "remove" && later.f !== "delete") return false;
	if (earlier.f !== "add" && earlier.f !== "set") return false;
	const key = Array.isArray(earlier.value) && earlier.f === "set" ? earlier.value[0] : earlier.value;
	return key !== undefined && canonical(key) === canonical(later.value);
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
