/**
 * Partition shapes as sets of directed links that are cut. Pure: members are chosen by the generator passed in.
 *
 * The shapes are those of Jepsen's nemesis (`bisect`, `bridge`, `majorities-ring`, one node split off). With two
 * replicas there is only one cut, and every drawn shape is that one.
 */
import type { Link, PartitionShape } from "../../scenarios/scenario.ts";

/**
 * @param replicas all replicas of the run
 * @param random uniform in [0, 1)
 * @returns the links that are cut, ordered by `from`, then `to`, as in `replicas`
 * @throws on replica ids that are not in `replicas`
 * Cost: quadratic in the number of replicas.
 */
export function cutLinks(shape: PartitionShape, replicas: readonly string[], random: () => number): Link[] {
	const cut = separation(shape, replicas, random);
	return allLinks(replicas).filter(({ from, to }) => cut(from, to));
}

/** Every directed link between two different replicas. */
export function allLinks(replicas: readonly string[]): Link[] {
	return replicas.flatMap((from) => replicas.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** A new array in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
	const result = [...items];
	for (let last = result.length - 1; last > 0; last--) {
		const other = Math.floor(random() * (last + 1));
		[result[last], result[other]] = [result[other] as T, result[last] as T];
	}
	return result;
}

type Separated = (from: string, to: string) => boolean;

function separation(shape: PartitionShape, replicas: readonly string[], random: () => number): Separated {
	if (typeof shape === "string") {
		const order = shuffled(replicas, random);
		if (order.length <= 2) return () => true;
		switch (shape) {
			case "halves":
				return betweenGroups(splitAt(order, Math.floor(order.length / 2)));
			case "majority":
				return betweenGroups(splitAt(order, majoritySize(order.length, random)));
			case "bridge":
				// The first sees both halves of the others: it is in no group.
				return betweenGroups(splitAt(order.slice(1), Math.floor((order.length - 1) / 2)));
			case "ring":
				return beyondReach(order);
		}
	}
	if ("isolate" in shape) {
		known([shape.isolate], replicas);
		return (from, to) => from === shape.isolate || to === shape.isolate;
	}
	if ("groups" in shape) {
		known(shape.groups.flat(), replicas);
		return betweenGroups(shape.groups);
	}
	known([...shape.from, ...shape.to], replicas);
	return (from, to) => shape.from.includes(from) && shape.to.includes(to);
}

/**
 * Two replicas are cut when both are in some group but never in the same. A replica in no group is cut from
 * nobody, one that is in two groups bridges them.
 */
function betweenGroups(groups: readonly string[][]): Separated {
	const named = new Set(groups.flat());
	return (from, to) =>
		named.has(from) && named.has(to) && !groups.some((group) => group.includes(from) && group.includes(to));
}

/**
 * Every replica sees a majority, no two see the same: on a circle each sees its nearest neighbours, as few as make
 * a majority. Three replicas are too few for a circle: there the ends of a row don't see each other.
 */
function beyondReach(circle: readonly string[]): Separated {
	const size = circle.length;
	const position = new Map(circle.map((id, index) => [id, index]));
	const apart = (from: string, to: string) => Math.abs((position.get(from) ?? 0) - (position.get(to) ?? 0));
	if (size === 3) return (from, to) => apart(from, to) === 2;
	const majority = Math.floor(size / 2) + 1;
	const reach = Math.ceil((majority - 1) / 2);
	return (from, to) => Math.min(apart(from, to), size - apart(from, to)) > reach;
}

/** From the smallest majority to all but one. */
function majoritySize(count: number, random: () => number): number {
	const smallest = Math.floor(count / 2) + 1;
	return smallest + Math.floor(random() * (count - smallest));
}

function splitAt<T>(items: readonly T[], size: number): T[][] {
	return [items.slice(0, size), items.slice(size)];
}

function known(ids: readonly string[], replicas: readonly string[]): void {
	const stranger = ids.find((id) => !replicas.includes(id));
	if (stranger === undefined) return;
	throw new Error(`partition names '${stranger}', which is no replica of this run (${replicas.join(", ")}).`);
}
