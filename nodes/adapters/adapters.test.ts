/** Every library converges under everything that its adapter claims to withstand, and means what its type says. */
import { beforeAll, describe, expect, it } from "vitest";
import { check } from "../../checker/index.ts";
import type { Replica, ReplicaDefinition } from "../sdk/replica.ts";
import {
	CALM,
	createNetwork,
	type Network,
	type NetworkOptions,
	play,
	settle,
	viewTexts,
} from "../sdk/testing/network.ts";
import { LIBRARIES } from "./index.ts";
import { automerge2110 } from "./testing/automerge-2.1.10.ts";
import { recordRun } from "./testing/record.ts";

const SEEDS = [1, 2, 3, 4];
const HARSH: Omit<NetworkOptions, "seed"> = {
	...CALM,
	drop: 0.1,
	duplicate: 0.1,
	reorder: 0.5,
	partitionChance: 0.02,
	crashChance: 0.02,
	loseDisk: 0.3,
	snapshotChance: 0.02,
	reloadChance: 0.05,
};
/** A plain workload on few keys, as an hour of any test would have it. */
const PLAIN: Omit<NetworkOptions, "seed"> = { ...CALM, duplicate: 0.1, reorder: 0.5, keys: 3 };
const SPECIFIED = ["text", "list", "movable-list", "tree", "lww-map", "or-map", "pn-counter"];

describe.each(LIBRARIES)("%s", (_name, definition) => {
	beforeAll(async () => definition.load?.());

	it.each(SEEDS)("agrees live and after save and load, whatever the network does (seed %i)", (seed) => {
		const network = played(definition, { ...HARSH, seed }, 400, 80);
		expect(settle(network)).toBe(true);
		expect(network.divergences).toEqual([]);
		expect(new Set(viewTexts(network)).size).toBe(1);
		dispose(network);
	});

	it("keeps writing after its state was saved and loaded (seed 5)", () => {
		const network = played(definition, { ...CALM, seed: 5 }, 100, 30);
		for (const { replica } of network.nodes) replica?.reload?.();
		play(network, 100, 30);
		expect(settle(network)).toBe(true);
		expect(network.divergences).toEqual([]);
		dispose(network);
	});

	it("is a function of its seed, to the byte (seed 6)", () => {
		const disks = [1, 2].map(() => {
			const network = played(definition, { ...HARSH, seed: 6 }, 200, 40);
			const records = network.nodes.map(({ disk }) => disk.records);
			dispose(network);
			return records;
		});
		expect(disks[1]).toEqual(disks[0]);
	});

	it.each(SEEDS)("means what its type demands, as the checker sees it (seed %i)", async (seed) => {
		const { header, events } = recordRun(definition, definition.type, seed);
		const result = await check({ header, events });
		expect(result.properties.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
		const specified = result.properties.some(({ name }) => name === "specification");
		expect(specified).toBe(SPECIFIED.includes(definition.type));
	});
});

describe("maps that forget only what a delete saw", () => {
	it.each(["automerge/map", "collabs/map"])("are no lww-maps: %s (seeds 1 to 12)", async (name) => {
		const definition = new Map(LIBRARIES).get(name) as ReplicaDefinition;
		await definition.load?.();
		const reasons = await Promise.all(
			Array.from({ length: 12 }, async (_, index) => {
				const { header, events } = recordRun(definition, "lww-map", index + 1);
				const { properties } = await check({ header, events });
				return properties.find((property) => property.name === "specification")?.reason ?? "";
			}),
		);
		expect(reasons.some((reason) => reason.startsWith("no single order of the writes"))).toBe(true);
	});
});

describe("@automerge/automerge 2.1.10", () => {
	const { map } = automerge2110;
	beforeAll(async () => map.load?.());

	it("is caught diverging in its live view, which save and load heals (seeds 1 to 30)", () => {
		const networks = Array.from({ length: 30 }, (_, seed) =>
			played(map, { ...PLAIN, seed: seed + 1 }, 150, 33),
		);
		const caught = networks.filter((network) => settle(network) && network.divergences.length > 0);
		expect(caught.length).toBeGreaterThanOrEqual(5);
		for (const network of networks) {
			for (const { replica } of network.nodes) replica?.reload?.();
			expect(new Set(viewTexts(network)).size).toBe(1);
			dispose(network);
		}
	});

	it("shows by itself that its live view is wrong, on a single replica (seeds 1 to 30)", () => {
		const reasons = Array.from({ length: 30 }, (_, seed) => {
			const network = played(map, { ...PLAIN, reloadChance: 1, seed: seed + 1 }, 150, 33);
			dispose(network);
			return network.divergences.join("\n");
		});
		expect(reasons.join("\n")).toContain("live view and view after save and load differ");
	});

	it("has been repaired in 3.5.0 (seeds 1 to 30)", async () => {
		const repaired = new Map(LIBRARIES).get("automerge/map") as ReplicaDefinition;
		await repaired.load?.();
		for (let seed = 1; seed <= 30; seed++) {
			const network = played(repaired, { ...PLAIN, reloadChance: 0.2, seed }, 150, 33);
			expect(settle(network)).toBe(true);
			expect(network.divergences).toEqual([]);
			dispose(network);
		}
	});
});

describe("operations that a library can't take", () => {
	const replicaOf = async (name: string): Promise<Replica> => {
		const definition = new Map(LIBRARIES).get(name) as ReplicaDefinition;
		await definition.load?.();
		return createNetwork(definition, { ...CALM, replicas: 1, seed: 1 }).nodes[0]?.replica as Replica;
	};
	const effects = { send() {}, persist() {}, deliver() {} };

	it.each([
		["map", "set", "k"],
		["map", "set", ["", 1]],
		["map", "set", ["__proto__", 1]],
		["map", "delete", 7],
		["list", "insert", { index: -1, value: 1 }],
		["list", "insert", { index: 0 }],
		["list", "delete", { index: 0.5, count: 1 }],
		["text", "insert", { index: 0, text: "\ud800" }],
	] as const)("are refused in words by every %s: %s %j", async (content, f, value) => {
		for (const library of ["yjs", "automerge", "loro", "json-joy", "collabs"]) {
			const replica = await replicaOf(`${library}/${content}`);
			const reply = replica.invoke({ id: "c-0", f, value: value as never }, effects);
			expect(reply).toMatchObject({ ok: false, code: "bad-value" });
			replica.dispose?.();
		}
	});

	it.each(["yjs", "automerge", "loro", "json-joy", "collabs"])(
		"don't include any JSON as a value, nor places beyond the end: %s",
		async (library) => {
			const list = await replicaOf(`${library}/list`);
			const values = [null, true, -1.5, "ä😀", [1, [2]], { a: { b: [] } }];
			for (const value of values) {
				expect(list.invoke({ id: "c-0", f: "insert", value: { index: 99, value } }, effects).ok).toBe(true);
			}
			expect(JSON.stringify(list.view())).toBe(JSON.stringify(values));
			expect(list.invoke({ id: "c-1", f: "delete", value: { index: 99, count: 1 } }, effects).ok).toBe(true);
			expect(JSON.stringify(list.reloadedView?.())).toBe(JSON.stringify(values));
			list.dispose?.();

			const text = await replicaOf(`${library}/text`);
			text.invoke({ id: "c-2", f: "insert", value: { index: 9, text: "a😀b" } }, effects);
			text.invoke({ id: "c-3", f: "insert", value: { index: 2, text: "-" } }, effects);
			expect(text.view()).toBe("a-😀b");
			const removed = text.invoke({ id: "c-4", f: "delete", value: { index: 1, count: 3 } }, effects);
			expect(removed).toMatchObject({ ok: true, value: "-😀" });
			expect(text.view()).toBe("ab");
			text.dispose?.();
		},
	);

	it("include a move that makes a cycle", async () => {
		const tree = await replicaOf("loro/tree");
		tree.invoke({ id: "c-0", f: "move", value: { node: "k1", parent: "k0" } }, effects);
		const reply = tree.invoke({ id: "c-1", f: "move", value: { node: "k0", parent: "k1" } }, effects);
		expect(reply).toEqual({ ok: false, code: "cycle", message: "k1 is k0, or below it" });
		expect(tree.view()).toMatchObject({ k0: null, k1: "k0" });
		tree.dispose?.();
	});
});

function played(
	definition: ReplicaDefinition,
	options: NetworkOptions,
	steps: number,
	operations: number,
): Network {
	const network = createNetwork(definition, options);
	play(network, steps, operations);
	return network;
}

function dispose({ nodes }: Network): void {
	for (const { replica } of nodes) replica?.dispose?.();
}
