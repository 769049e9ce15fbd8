/** Every right type converges under everything, and each specimen fails to for its own reason. */
import { describe, expect, it } from "vitest";
import { yjsText } from "./adapters/yjs.ts";
import { builtIn, builtInNames } from "./registry.ts";
import { deliveredFromJson, hasUpdate } from "./sdk/delivered.ts";
import { library } from "./sdk/library.ts";
import type { OperationSpec, ReplicaDefinition } from "./sdk/replica.ts";
import {
	CALM,
	createNetwork,
	type Network,
	type NetworkOptions,
	play,
	settle,
	viewTexts,
} from "./sdk/testing/network.ts";

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const HARSH: Omit<NetworkOptions, "seed"> = {
	...CALM,
	drop: 0.1,
	duplicate: 0.1,
	reorder: 0.5,
	partitionChance: 0.02,
	crashChance: 0.02,
	loseDisk: 0.3,
	snapshotChance: 0.02,
	clockSkewMs: 200,
};

describe.each(builtInNames().filter((name) => !name.includes("/")))("%s", (name) => {
	it.each(SEEDS)("agrees after loss, duplicates, reordering, partitions and crashes (seed %i)", (seed) => {
		const network = played(definitionOf(name), { ...HARSH, seed });
		expect(settle(network)).toBe(true);
		expect(network.divergences).toEqual([]);
		expect(new Set(viewTexts(network)).size).toBe(1);
		expect(
			network.replies.filter(({ reply }) => reply.ok && reply.update !== undefined).length,
		).toBeGreaterThan(5);
	});

	it.each(SEEDS.slice(0, 5))("keeps every acknowledged update when disks are kept (seed %i)", (seed) => {
		const network = played(definitionOf(name), { ...HARSH, loseDisk: 0, seed });
		expect(settle(network)).toBe(true);
		const delivered = deliveredFromJson(network.nodes[0]?.replica?.delivered?.() ?? {});
		for (const { node, reply } of network.replies) {
			if (reply.ok && reply.update !== undefined)
				expect(`${reply.update}: ${hasUpdate(delivered, node, reply.update)}`).toBe(`${reply.update}: true`);
		}
	});

	it.each(SEEDS.slice(0, 5))("shows the same after save and load (seed %i)", (seed) => {
		const network = played(definitionOf(name), { ...HARSH, loseDisk: 0, seed });
		settle(network);
		const before = viewTexts(network);
		for (const node of network.nodes) node.replica?.reload?.();
		expect(viewTexts(network)).toEqual(before);
	});

	it("falls silent apart from heartbeats once all have the same", () => {
		const network = played(definitionOf(name), { ...CALM, seed: 1 });
		settle(network);
		settleFor(network, 10);
		const sentBefore = network.sent;
		settleFor(network, 79);
		const links = 6;
		// Two heartbeats at most within that time, each a question and its answer.
		expect(network.sent - sentBefore).toBeLessThanOrEqual(links * 2 * 2);
	});
});

describe("a library that takes updates in any order", () => {
	const unordered = library({ ...yjsText, order: "any" });

	it.each(SEEDS)("ends with the same text once all has come (seed %i)", (seed) => {
		const network = played(unordered, { ...HARSH, loseDisk: 0, seed });
		expect(settle(network)).toBe(true);
		expect(new Set(viewTexts(network)).size).toBe(1);
	});
});

describe("specimens", () => {
	it.each(SEEDS)("pn-counter-no-dedupe counts duplicates twice (seed %i)", (seed) => {
		const network = played(definitionOf("specimen/pn-counter-no-dedupe"), { ...CALM, duplicate: 0.2, seed });
		expect(settle(network)).toBe(true);
		expect(network.divergences).not.toEqual([]);
	});

	it("or-set-no-tombstone diverges when a remove overtakes the add that it saw", () => {
		const diverged = SEEDS.filter((seed) => {
			const specimen = definitionOf("specimen/or-set-no-tombstone");
			const { add, remove } = specimen.operations;
			// Many keys and removes: in a full set one add too many doesn't show.
			const operations = {
				add: { ...(add as OperationSpec), weight: 1 },
				remove: { ...(remove as OperationSpec), weight: 2 },
			};
			const network = createNetwork({ ...specimen, operations }, { ...CALM, reorder: 1, keys: 32, seed });
			play(network, 600, 200);
			expect(settle(network)).toBe(true);
			return network.divergences.length > 0;
		});
		expect(diverged.length).toBeGreaterThanOrEqual(19);
	});

	it.each(SEEDS)("lww-register-tie-keeps-local keeps different writes of one time (seed %i)", (seed) => {
		const network = played(definitionOf("specimen/lww-register-tie-keeps-local"), { ...CALM, seed });
		expect(settle(network)).toBe(true);
		expect(network.divergences).not.toEqual([]);
	});

	it.each(SEEDS)("log-ack-before-sync agrees, but has lost what it acknowledged (seed %i)", (seed) => {
		const options = { ...CALM, crashChance: 0.05, seed };
		const network = played(definitionOf("specimen/log-ack-before-sync"), options);
		expect(settle(network)).toBe(true);
		expect(new Set(viewTexts(network)).size).toBe(1);
		const view = viewTexts(network)[0] ?? "";
		const lost = network.replies.filter(({ operation, reply }) => {
			return operation.f === "add" && reply.ok && !view.split(" ").includes(JSON.stringify(operation.value));
		});
		expect(lost).not.toEqual([]);
	});

	it("claim what the right type claims", () => {
		const ownTypes: string[] = [];
		for (const name of builtInNames().filter((name) => name.startsWith("specimen/"))) {
			const specimen = definitionOf(name);
			const right = builtIn(specimen.type);
			expect(specimen.delivers).toEqual((right ?? definitionOf("or-set")).delivers);
			if (right === undefined) ownTypes.push(specimen.type);
			else expect(Object.keys(specimen.operations)).toEqual(Object.keys(right.operations));
		}
		expect(ownTypes).toEqual(["mean-register", "hashed-set", "order-saga"]);
	});
});

describe("a run", () => {
	it("is a function of its seed", () => {
		const once = played(definitionOf("text"), { ...HARSH, seed: 7 });
		const again = played(definitionOf("text"), { ...HARSH, seed: 7 });
		expect(again.nodes.map(({ disk }) => disk)).toEqual(once.nodes.map(({ disk }) => disk));
		expect(again.sent).toBe(once.sent);
	});
});

function definitionOf(name: string): ReplicaDefinition {
	const definition = builtIn(name);
	if (definition === undefined)
		throw new Error(`no built-in '${name}' (there are ${builtInNames().join(", ")})`);
	return definition;
}

function played(definition: ReplicaDefinition, options: NetworkOptions): Network {
	const network = createNetwork(definition, options);
	play(network, 600, 120);
	return network;
}

function settleFor(network: Network, ticks: number): void {
	for (let round = 0; round < ticks; round++) settle(network, 1);
}
