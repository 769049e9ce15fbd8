/** The example of docs/libraries.md runs as it stands, and its table names what the registry has. */
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packageRoot } from "../sdk/built-entry.ts";
import { loadModule } from "../sdk/load-module.ts";
import { CALM, createNetwork, play, settle, viewTexts } from "../sdk/testing/network.ts";
import { LIBRARIES } from "./index.ts";

const SEEDS = [1, 2, 3, 4, 5];
let folder: string;
let documentation: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-libraries-"));
	await symlink(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
	documentation = await readFile(join(packageRoot(), "docs/libraries.md"), "utf8");
});
afterAll(() => rm(folder, { recursive: true }));

it("names every type of a library, and no other", () => {
	const table = documentation.slice(0, documentation.indexOf("(1) No specification"));
	const named = [...table.matchAll(/`((?:yjs|automerge|loro|json-joy|collabs)\/[a-z-]+)`/g)].map(
		([, name]) => name,
	);
	expect(new Set(named)).toEqual(new Set(LIBRARIES.map(([name]) => name)));
});

it.each(SEEDS)("shows an example that converges through crashes and reordering (seed %i)", async (seed) => {
	const [, example] = /```ts\n([\s\S]*?)```/.exec(documentation) ?? [];
	expect(example?.split("\n").length).toBeLessThan(40);
	const file = join(folder, `tags-${seed}.ts`);
	await writeFile(file, example ?? "");
	const definition = await loadModule(file);
	const harsh = { ...CALM, drop: 0.1, duplicate: 0.1, reorder: 0.5, crashChance: 0.02, loseDisk: 0.3 };
	const network = createNetwork(definition, { ...harsh, reloadChance: 0.1, snapshotChance: 0.02, seed });
	play(network, 300, 60);
	expect(settle(network)).toBe(true);
	expect(network.divergences).toEqual([]);
	expect(new Set(viewTexts(network)).size).toBe(1);
	for (const { replica } of network.nodes) replica?.dispose?.();
});
