/**
 * Who is whose neighbour, for the message `topology` of the workload `broadcast`: a hint that nodes may follow or not. Links exist
 * between all of them whatever it says. Pure.
 */

export const TOPOLOGIES = ["grid", "line", "tree", "total"] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** Of Maelstrom's `tree4` and its like, the one that is not a line on few nodes. */
const CHILDREN = 2;

/** @returns for every node its neighbours, in the order of `nodes` */
export function neighbours(topology: Topology, nodes: readonly string[]): Record<string, string[]> {
	const areNeighbours = NEIGHBOURS[topology];
	const side = Math.ceil(Math.sqrt(nodes.length));
	return Object.fromEntries(
		nodes.map((node, a) => [
			node,
			nodes.filter((_, b) => a !== b && areNeighbours(Math.min(a, b), Math.max(a, b), side)),
		]),
	);
}

/** Of the positions `low` < `high`. */
const NEIGHBOURS: Record<Topology, (low: number, high: number, side: number) => boolean> = {
	grid: (low, high, side) => high === low + side || (high === low + 1 && high % side !== 0),
	line: (low, high) => high === low + 1,
	tree: (low, high) => Math.floor((high - 1) / CHILDREN) === low,
	total: () => true,
};
