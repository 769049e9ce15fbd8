/**
 * What a small search finds in the libraries: each adapter on the seeded test network (loss, duplicates, reordering,
 * partitions, crashes with the disk kept or lost; live view, view after save and load), and its histories before the checker.
 * Then the maps that are no `lww-map`, judged as one, and the development case. Prints the first seed of each find.
 *
 *     npx jiti bench/library-search.ts [seeds of each library] [seeds of the development case]
 */
import { check } from "../checker/index.ts";
import { LIBRARIES } from "../nodes/adapters/index.ts";
import { automerge2110 } from "../nodes/adapters/testing/automerge-2.1.10.ts";
import { recordRun } from "../nodes/adapters/testing/record.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { CALM, createNetwork, type NetworkOptions, play, settle } from "../nodes/sdk/testing/network.ts";

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
const PLAIN: Omit<NetworkOptions, "seed"> = { ...CALM, duplicate: 0.1, reorder: 0.5, keys: 3 };

/** @returns what differed, null when nothing did */
function divergence(definition: ReplicaDefinition, options: NetworkOptions, steps: number): string | null {
	const network = createNetwork(definition, options);
	play(network, steps, steps / 5);
	const settled = settle(network);
	for (const { replica } of network.nodes) replica?.dispose?.();
	return network.divergences[0] ?? (settled ? null : "never settled");
}

async function failure(definition: ReplicaDefinition, type: string, seed: number): Promise<string | null> {
	const { header, events } = recordRun(definition, type, seed);
	const { properties } = await check({ header, events });
	return properties.find(({ verdict }) => verdict !== "pass")?.reason ?? null;
}

/** Goes through seeds 1 to `seeds`. */
async function search(
	what: string,
	seeds: number,
	find: (seed: number) => string | null | Promise<string | null>,
): Promise<void> {
	let count = 0;
	let first = "";
	for (let seed = 1; seed <= seeds; seed++) {
		const found = await find(seed);
		if (found === null) continue;
		count += 1;
		if (first === "") first = ` · seed ${seed}: ${found.slice(0, 200)}`;
	}
	console.log(`${what}: ${count} of ${seeds}${first}`);
}

const [seeds = 60, developmentSeeds = 600] = process.argv.slice(2).map(Number);
for (const [name, definition] of LIBRARIES) {
	await definition.load?.();
	await search(`${name} differs`, seeds, (seed) => divergence(definition, { ...HARSH, seed }, 300));
	await search(`${name} is no ${definition.type}`, seeds, (seed) =>
		failure(definition, definition.type, seed),
	);
}
for (const [name, definition] of LIBRARIES) {
	if (definition.type !== "or-map") continue;
	await search(`${name} is no lww-map`, seeds, (seed) => failure(definition, "lww-map", seed));
}
for (const [content, definition] of Object.entries(automerge2110)) {
	await definition.load?.();
	const what = `automerge 2.1.10 ${content}`;
	await search(`${what} differs live`, developmentSeeds, (seed) =>
		divergence(definition, { ...PLAIN, seed }, 165),
	);
}
