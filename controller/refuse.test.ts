import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import { parseScenario } from "../scenarios/index.ts";
import type { RuntimeName, Scenario } from "../scenarios/scenario.ts";
import { refusals } from "./refuse.ts";

const types = new Map([
	...builtInNames().map(
		(name) => [name, { operations: Object.keys(builtIn(name)?.operations ?? {}) }] as const,
	),
	["graph", { operations: ["link", "read"] }] as const,
]);

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-refuse-"));
	await writeFile(join(folder, "no-definition.mjs"), "export default 7;\n");
	await writeFile(
		join(folder, "adapter.mjs"),
		"export default { ports: { client: 1, peers: 1 }, start: () => ({}), connect: () => ({}) };\n",
	);
	await writeFile(join(folder, "throws.mjs"), "throw new Error('out of order');\n");
	await writeFile(
		join(folder, "picky.mjs"),
		`export default { type: "picky", delivers: { order: "any", duplicates: true, durable: true }, tickMs: 50,
			operations: { poke: { kind: "update", weight: 1, generate: () => null } },
			checkOptions: (options) => ("size" in options ? null : "size is missing"), create() { throw new Error("never"); } };\n`,
	);
});
afterAll(() => rm(folder, { recursive: true }));

function scenarioOf(text: string): Scenario {
	const parsed = parseScenario(`name: x\n${text}`, { file: join(folder, "x.scenario.yaml"), types });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	return parsed.scenario;
}

describe("refusals", () => {
	it.each<[string, RuntimeName, string, string]>([
		[
			"replicas: { count: 2, command: [no-such-program], type: g-set }",
			"docker",
			"replicas.command",
			"on PATH",
		],
		...(["process", "sim"] as const).map((runtime): [string, RuntimeName, string, string] => [
			"replicas: { count: 2, type: or-set }\nfaults: [{ at: 0s, for: 1s, disconnect: r1 }]",
			runtime,
			"faults[0].disconnect",
			"--runtime docker",
		]),
		["replicas: { count: 2, type: graph }", "process", "replicas.type", "'graph' is not built in yet"],
		["replicas: { count: 2, image: 'a/b:1', type: or-set }", "process", "replicas.image", "--runtime docker"],
		[
			"replicas: { count: 2, maelstrom: [no-such-node], type: g-set }",
			"process",
			"replicas.maelstrom",
			"no executable program 'no-such-node' on PATH",
		],
		[
			"replicas: { count: 2, maelstrom: [no-such-program], type: g-set }",
			"docker",
			"replicas.maelstrom",
			"on PATH",
		],
		["replicas: { count: 2, maelstrom: [node], type: g-set }", "sim", "replicas.maelstrom", "use 'process'"],
		[
			"replicas: { count: 2, maelstrom: [node], type: or-set }",
			"process",
			"replicas.type",
			'no workload of Maelstrom\'s, "or-set", is run here',
		],
		[
			"replicas: { count: 2, maelstrom: [node], type: g-counter, options: { workload: broadcast } }",
			"process",
			"replicas.type",
			"is judged as 'g-set'",
		],
		[
			"replicas: { count: 2, maelstrom: [node], type: g-set, options: { topology: star } }",
			"process",
			"replicas.options.topology",
			"expected one of grid, line, tree, total",
		],
		[
			"replicas: { count: 2, maelstrom: [node], type: g-set, options: { rate: 5 } }",
			"process",
			"replicas.options",
			"no option 'rate'",
		],
		[
			"replicas: { count: 2, maelstrom: [node], type: g-set }\nfaults: [{ at: 0s, for: 1s, clock: { replica: r1, offset: 1s } }]",
			"process",
			"faults[0].clock",
			"SDK",
		],
		[
			"replicas: { count: 2, command: [no-such-program], type: g-set }",
			"process",
			"replicas.command",
			"on PATH",
		],
		["replicas: { count: 2, command: [./no-such], type: g-set }", "process", "replicas.command", "./no-such"],
		[
			"replicas: { count: 2, type: or-set, lanes: 1 }\nfaults: [{ at: 0s, for: 1s, reorder: { spread: 10ms } }]",
			"process",
			"faults[0].reorder",
			"replicas.lanes",
		],
		[
			"replicas: { count: 2, command: [node], type: g-set }\nfaults: [{ at: 0s, for: 1s, clock: { replica: r1, offset: 1s } }]",
			"process",
			"faults[0].clock",
			"SDK",
		],
		[
			"replicas: { count: 2, command: [node], type: g-set }",
			"sim",
			"replicas.command",
			"made with the SDK only",
		],
		[
			"replicas: { count: 2, image: 'a/b:1', type: or-set }",
			"sim",
			"replicas.image",
			"made with the SDK only",
		],
		[
			"replicas: { count: 2, type: or-set }\nfaults: [{ at: 0s, crash: r1, disk: torn }]",
			"process",
			"faults[0].disk",
			"'sim'",
		],
		[
			"replicas: { count: 2, type: or-set }\nmessages: [{ link: r1->r2, number: 1, at: 5ms }]",
			"process",
			"messages",
			"'sim'",
		],
		[
			"replicas: { image: x, adapter: ./adapter.mjs, type: g-set }\nfaults: [{ at: 0s, for: 1s, clock: { replica: r1, offset: 1s } }]",
			"docker",
			"faults[0].clock",
			"adapter",
		],
		[
			"replicas: { image: x, adapter: ./no-definition.mjs, type: g-set }",
			"docker",
			"replicas.image",
			"adapter",
		],
		["replicas: { count: 2, module: ./no-definition.mjs }", "process", "replicas.module", "default"],
		["replicas: { count: 2, module: ./throws.mjs }", "process", "replicas.module", "out of order"],
		["replicas: { count: 2, module: ./picky.mjs }", "process", "replicas.module", "size is missing"],
		[
			"replicas: { count: 2, module: ./picky.mjs, options: { size: 1 } }\nworkload: { mix: { pole: 1 } }",
			"process",
			"workload",
			"pole",
		],
	])("of %j in %s name %s", async (text, runtime, path, words) => {
		const refused = await refusals(scenarioOf(text), runtime);
		expect(refused).toEqual([{ path, message: expect.stringContaining(words) }]);
	});

	it("are none where the runtime can do it all", async () => {
		expect(await refusals(scenarioOf("replicas: { count: 3, type: or-set }"), "process")).toEqual([]);
		const simulated =
			"replicas: { count: 2, type: or-set, lanes: 1 }\nmessages: [{ link: r1->r2, number: 1, at: never }]\nfaults: [{ at: 0s, crash: r1, disk: torn }, { at: 0s, for: 1s, reorder: { spread: 10ms } }]";
		expect(await refusals(scenarioOf(simulated), "sim")).toEqual([]);
		const faults =
			"faults: [{ at: 0s, stop: r1 }, { at: 0s, for: 1s, limit: { replica: r1, memory: 64MB } }]";
		expect(
			await refusals(scenarioOf(`replicas: { count: 1, image: 'a/b:1', type: or-set }\n${faults}`), "docker"),
		).toEqual([]);
		const module = "replicas: { count: 2, module: ./picky.mjs, options: { size: 1 } }";
		expect(await refusals(scenarioOf(module), "process")).toEqual([]);
	});
});
