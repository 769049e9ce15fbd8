/** What a tree means, on replicas that exchange everything only when the test says so. */
import { describe, expect, it } from "vitest";
import type { Json, Reply } from "../sdk/replica.ts";
import { CALM, createNetwork, invoke, type Network, play, settle } from "../sdk/testing/network.ts";
import { encodeView } from "../sdk/view-encoding.ts";
import { tree } from "./tree.ts";

function forest(replicas = 2) {
	const network = createNetwork(tree, { ...CALM, replicas, seed: 1 });
	return {
		network,
		move: (replica: number, node: Json, parent: Json): Reply =>
			invoke(network, network.nodes[replica - 1] as Network["nodes"][0], {
				f: "move",
				value: { node, parent },
			}),
		exchange: () => expect(settle(network)).toBe(true),
		views: () => viewsOf(network),
	};
}

function viewsOf(network: Network): Json[] {
	return network.nodes.map(({ replica }) => JSON.parse(JSON.stringify(encodeView(replica?.view()))) as Json);
}

describe("tree", () => {
	it("shows each node that a move named, with null for the root", () => {
		const { move, exchange, views } = forest();
		move(1, "a", null);
		move(1, "b", "a");
		move(2, "c", "d");
		exchange();
		expect(views()[0]).toEqual({ a: null, b: "a", c: "d", d: null });
		expect(views()[1]).toEqual(views()[0]);
	});

	it("of A into B and B into A at once does one", () => {
		const { move, exchange, views } = forest();
		move(1, "A", null);
		move(1, "B", null);
		exchange();
		move(1, "A", "B");
		move(2, "B", "A");
		exchange();
		expect(views()).toEqual([
			{ A: "B", B: null },
			{ A: "B", B: null },
		]);
	});

	it("redoes a move that had no effect once what stood in its way is undone", () => {
		const { move, exchange, views } = forest(3);
		for (const node of ["A", "B", "C"]) move(1, node, null);
		exchange();
		// In turn: r1 puts A into B; r2's B into A would be a cycle; but r1's second move has A out of B before r2's second.
		move(1, "A", "B");
		move(1, "A", "C");
		move(2, "B", "A");
		move(2, "C", "B");
		exchange();
		expect(views()[0]).toEqual({ A: "C", B: null, C: "B" });
		expect(new Set(views().map((view) => JSON.stringify(view))).size).toBe(1);
	});

	it("puts a node that two move in one place only: where the later one put it", () => {
		const { move, exchange, views } = forest(3);
		for (const node of ["A", "B", "C"]) move(1, node, null);
		exchange();
		move(2, "A", "B");
		move(3, "A", "C");
		exchange();
		expect(views()).toEqual(Array.from({ length: 3 }, () => ({ A: "C", B: null, C: null })));
	});

	it("refuses what would be a cycle at once, and what is no move", () => {
		const { move, views } = forest();
		move(1, "a", "b");
		move(1, "b", "c");
		expect(move(1, "c", "a")).toMatchObject({ ok: false, code: "cycle" });
		expect(move(1, "c", "c")).toMatchObject({ ok: false, code: "cycle" });
		expect(move(1, "c", 1)).toMatchObject({ ok: false, code: "bad-value" });
		expect(move(1, null, "c")).toMatchObject({ ok: false, code: "bad-value" });
		expect(move(1, "\ud800", "c")).toMatchObject({ ok: false, code: "bad-value" });
		expect(views()[0]).toEqual({ a: "b", b: "c", c: null });
	});

	it.each([1, 2, 3, 4, 5])("never has a cycle or an orphan, whatever is delivered when (seed %i)", (seed) => {
		const network = createNetwork(tree, { ...CALM, keys: 6, reorder: 0.7, partitionChance: 0.02, seed });
		let looked = 0;
		for (let part = 0; part < 40; part++) {
			play(network, 20, 10);
			for (const view of viewsOf(network)) {
				looked += Object.keys(view as object).length;
				expect(unrooted(view as Record<string, string | null>)).toEqual([]);
			}
		}
		expect(looked).toBeGreaterThan(100);
	});
});

/** Nodes from which no path leads to the root. */
function unrooted(parents: Record<string, string | null>): string[] {
	return Object.keys(parents).filter((node) => {
		const path = new Set<string>();
		let at: string | null | undefined = node;
		while (typeof at === "string" && !path.has(at)) {
			path.add(at);
			at = parents[at];
		}
		return at !== null;
	});
}
