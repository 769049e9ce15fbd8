/** Replicas that agree while they live and differ once they are saved and loaded; and a library that is known to. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { automerge2110 } from "../nodes/adapters/testing/automerge-2.1.10.ts";
import { builtIn } from "../nodes/registry.ts";
import { library } from "../nodes/sdk/library.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { formatProblem, parseScenario } from "../scenarios/index.ts";
import { explore } from "./campaign.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-reload-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A set of words that forgets the longest-standing one when it is saved. */
const forgetful: ReplicaDefinition = library<Set<string>>({
	type: "words",
	operations: { add: { kind: "update", weight: 1, generate: (draw) => draw.unique() } },
	create: () => new Set(),
	invoke(words, { value }) {
		words.add(value as string);
		return { update: new TextEncoder().encode(value as string) };
	},
	apply: (words, update) => void words.add(new TextDecoder().decode(update)),
	view: (words) => [...words].sort((a, b) => (a < b ? -1 : 1)),
	encode: (words) => new TextEncoder().encode([...words].slice(1).join(" ")),
	load: (bytes) =>
		new Set(
			new TextDecoder()
				.decode(bytes)
				.split(" ")
				.filter((word) => word !== ""),
		),
});

/** Judged by this property alone: old versions have other faults too. */
function exploreWith(definition: ReplicaDefinition, runs: number, type: string) {
	const operations = Object.keys(definition.operations);
	const text = `{ name: reload, seed: 1, workload: { keys: 3 }, checks: [strong-convergence], replicas: { count: 3, type: ${type} } }`;
	const parsed = parseScenario(text, {
		file: join(folder, "reload.yaml"),
		types: new Map([[type, { operations }]]),
	});
	if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join("\n"));
	return explore(parsed.scenario, { definition, runs, outDir: folder, workers: 0 });
}

it("finds, shrinks and confirms a view that is another one after save and load (seed 1)", async () => {
	const { found, unconfirmed } = await exploreWith(forgetful, 200, "words");
	expect(unconfirmed).toBeNull();
	expect(found).toMatchObject({ property: "strong-convergence", operations: 1 });
	expect(found?.reason).toContain("live view and view after save and load differ");
	expect(await readFile(found?.counterexample ?? "", "utf8")).toContain("script:");
});

it("catches @automerge/automerge 2.1.10, and finds nothing in the one that is installed (seed 1)", async () => {
	const old = automerge2110.map;
	await old.load?.();
	const caught = await exploreWith(old, 2_000, "automerge/map");
	expect(caught.unconfirmed).toBeNull();
	expect(caught.found?.property).toBe("strong-convergence");
	expect(caught.found?.operations).toBeLessThanOrEqual(6);

	const clean = await exploreWith(builtIn("automerge/map") as ReplicaDefinition, 60, "automerge/map");
	expect(clean).toMatchObject({ found: null, unconfirmed: null, nondeterminism: null, judged: 60 });
}, 30_000);
