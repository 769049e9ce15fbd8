/** Each wrong list, document and tree goes wrong for the reason that its header gives, and the right one doesn't. */
import { describe, expect, it } from "vitest";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { CALM, createNetwork, invoke, type Network, settle } from "../sdk/testing/network.ts";
import { encodeView } from "../sdk/view-encoding.ts";
import { json } from "../types/json.ts";
import { rgaList, yataList } from "../types/list.ts";
import { TREE_INVARIANTS, tree } from "../types/tree.ts";
import { jsonDeleteUnseen } from "./json-delete-unseen.ts";
import { rgaSiblingsByArrival } from "./rga-siblings-by-arrival.ts";
import { treeNoCycleCheck } from "./tree-no-cycle-check.ts";
import { yataNoRightOrigin } from "./yata-no-right-origin.ts";

type Asked = [replica: number, f: string, value: Json];

/** @returns the views of all after what was asked first was exchanged, and then what was asked concurrently */
function views(definition: ReplicaDefinition, first: Asked[], concurrently: Asked[], replicas = 2): Json[] {
	const network = createNetwork(definition, { ...CALM, replicas, seed: 1 });
	for (const round of [first, concurrently]) {
		for (const [replica, f, value] of round) {
			const node = network.nodes[replica - 1] as Network["nodes"][0];
			expect(invoke(network, node, { f, value })).toMatchObject({ ok: true });
		}
		expect(settle(network)).toBe(true);
	}
	return network.nodes.map(({ replica }) => JSON.parse(JSON.stringify(encodeView(replica?.view()))) as Json);
}

const insert = (replica: number, index: number, value: string): Asked => [
	replica,
	"insert",
	{ index, value },
];
const move = (replica: number, node: string, parent: string | null): Asked => [
	replica,
	"move",
	{ node, parent },
];

describe("rga-siblings-by-arrival", () => {
	const concurrently = [insert(1, 0, "a"), insert(2, 0, "b")];

	it("shows concurrent elements in the order of arrival, which differs", () => {
		expect(views(rgaSiblingsByArrival, [], concurrently)).toEqual([
			["b", "a"],
			["a", "b"],
		]);
		expect(views(rgaList, [], concurrently)).toEqual([
			["b", "a"],
			["b", "a"],
		]);
	});
});

describe("yata-no-right-origin", () => {
	const run = [insert(1, 0, "a"), insert(1, 1, "c")];

	it("puts an element past its right neighbour at the other, though nothing is concurrent", () => {
		const inMidRun = [insert(2, 1, "b")];
		expect(views(yataNoRightOrigin, run, inMidRun)).toEqual([
			["a", "c", "b"],
			["a", "b", "c"],
		]);
		expect(views(yataList, run, inMidRun)).toEqual([
			["a", "b", "c"],
			["a", "b", "c"],
		]);
	});
});

describe("tree-no-cycle-check", () => {
	const first = [move(1, "A", null), move(1, "B", null)];
	const concurrently = [move(1, "A", "B"), move(2, "B", "A")];
	const noCycle = TREE_INVARIANTS["no-cycle"];

	it("has two nodes below each other, and its invariant says so", () => {
		const [one, other] = views(treeNoCycleCheck, first, concurrently);
		expect(one).toEqual({ A: "B", B: "A" });
		expect(other).toEqual(one);
		expect(noCycle?.holds(one as Json, "r1")).toBe("the parents of A never lead to the root");
		expect(noCycle?.holds(views(tree, first, concurrently)[0] as Json, "r1")).toBe(true);
	});

	it("is told from an orphan", () => {
		const noOrphan = TREE_INVARIANTS["no-orphan"];
		expect(noOrphan?.holds({ A: "B", B: "A" }, "r1")).toBe(true);
		expect(noOrphan?.holds({ A: "B" }, "r1")).toBe("A is under B, which is not in the tree");
		expect(noOrphan?.holds({ A: null, B: "A" }, "r1")).toBe(true);
	});
});

describe("json-delete-unseen", () => {
	const first: Asked[] = [[1, "set", { path: ["m", "x"], value: 1 }]];
	const concurrently: Asked[] = [
		[1, "delete", { path: ["m"] }],
		[2, "set", { path: ["m", "y"], value: 2 }],
	];

	it("keeps a nested update that comes after the delete, and loses one that came before", () => {
		expect(views(jsonDeleteUnseen, first, concurrently)).toEqual([{ m: { y: 2 } }, {}]);
		expect(views(json, first, concurrently)).toEqual([{ m: { y: 2 } }, { m: { y: 2 } }]);
	});
});
