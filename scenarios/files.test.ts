/** Finding, loading and running scenario files, on a real disk. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findScenarioFiles, formatProblem, loadScenarioFile } from "./index.ts";
import { testTypes } from "./testing/types.ts";

const room = dirname(fileURLToPath(import.meta.url));
let folder = "";

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-scenarios-"));
});
afterEach(async () => {
	await rm(folder, { recursive: true, force: true });
});

async function write(name: string, text: string): Promise<string> {
	const path = join(folder, name);
	await mkdir(dirname(path), { recursive: true });
	await writeFile(path, text);
	return path;
}

async function problemsOf(path: string): Promise<string[]> {
	const result = await loadScenarioFile(path, { types: testTypes });
	return result.ok
		? []
		: result.problems.map((problem) => formatProblem(problem).replaceAll(folder, "<folder>"));
}

describe("findScenarioFiles", () => {
	it("takes files as they are, folders recursively, globs, each file once, in code point order", async () => {
		for (const name of ["b.scenario.yaml", "a/é.scenario.ts", "a/z.scenario.json", "a/notes.yaml", "c.yml"]) {
			await write(name, "");
		}
		await write("node_modules/x/x.scenario.yaml", "");
		expect(await findScenarioFiles(["."], folder)).toEqual([
			"a/z.scenario.json",
			"a/é.scenario.ts",
			"b.scenario.yaml",
		]);
		expect(await findScenarioFiles(["c.yml", "a", "a/*.json"], folder)).toEqual([
			"a/z.scenario.json",
			"a/é.scenario.ts",
			"c.yml",
		]);
		expect(await findScenarioFiles([join(folder, "a/")], "/")).toEqual([
			join(folder, "a/z.scenario.json"),
			join(folder, "a/é.scenario.ts"),
		]);
	});

	it.each([
		["nowhere.yaml", /no such file or folder: nowhere\.yaml/],
		["*.scenario.yaml", /no file matches \*\.scenario\.yaml/],
		[".", /no scenario in the folder \./],
	])("says that %s matches nothing", async (path, message) => {
		await expect(findScenarioFiles([path], folder)).rejects.toThrow(message);
	});
});

describe("loadScenarioFile", () => {
	it("fills in the defaults of the smallest scenario", async () => {
		const path = await write("small.yaml", "name: small\nreplicas: { type: or-set }\n");
		const result = await loadScenarioFile(path, { types: testTypes });
		expect(result).toEqual({
			ok: true,
			scenario: {
				name: "small",
				description: "",
				folder,
				file: path,
				replicas: {
					names: ["r1", "r2", "r3"],
					source: { kind: "built-in", type: "or-set" },
					type: null,
					options: {},
					delivers: null,
					lanes: 3,
				},
				seed: 1,
				workload: {
					operations: 100,
					durationMs: null,
					ratePerSecond: 100,
					clients: 3,
					mix: null,
					keys: 8,
					script: null,
					timeoutMs: 2000,
				},
				faults: [],
				messages: [],
				settle: { withinMs: 10_000 },
				checks: null,
				requires: [],
				thresholds: {},
				invariants: {},
				expect: "pass",
			},
		});
	});

	it("reads every field of the contract", async () => {
		await write("replica.ts", "export default {};\n");
		await write("invariants.ts", "export default () => true;\n");
		const path = await write(
			"all.scenario.yaml",
			`
name: all
replicas: { names: [paris, tokyo, lima], module: ./replica.ts, type: or-set, lanes: 1, options: { a: [1] }, delivers: { order: fifo } }
workload: { duration: 10s, rate: 0.5/s, clients: 5, mix: { add: 3 }, keys: 2, timeout: 100ms }
faults:
  - { at: 1s, for: 4s, partition: [[paris], [tokyo, lima]], mode: hold }
  - { at: 1s, until: end, partition: { from: [paris], to: [tokyo] } }
  - { at: 2s, crash: paris, restartAfter: 1s, disk: lose }
  - { at: 2s, crash: paris }
  - { at: 1s, until: 3s, latency: { mean: 50ms }, links: [paris->tokyo] }
  - { at: 0, for: 1s, bandwidth: 10KB/s }
  - { at: 4s, reset: all }
  - { at: 2s, for: 3s, clock: { replica: tokyo, offset: -5m } }
  - { every: 2s, until: 10s, random: [partition, crash] }
settle: { within: 3s }
checks: [convergence]
thresholds: { availability: { min: 0.99 } }
invariants:
  nonNegative: ./invariants.ts
  small: size(view) < 10
  conserved: { expression: "view.paris + view.tokyo == 100", when: settled }
expect: { fail: "invariant:nonNegative" }
`,
		);
		const result = await loadScenarioFile(path, { types: testTypes });
		if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
		const { replicas, faults, ...rest } = result.scenario;
		expect(replicas).toMatchObject({
			source: { kind: "module", path: join(folder, "replica.ts") },
			type: "or-set",
			delivers: { order: "fifo", duplicates: true, durable: true },
		});
		expect(faults).toEqual([
			{
				atMs: 1000,
				forMs: 4000,
				action: { kind: "partition", shape: { groups: [["paris"], ["tokyo", "lima"]] }, mode: "hold" },
			},
			{
				atMs: 1000,
				forMs: null,
				action: { kind: "partition", shape: { from: ["paris"], to: ["tokyo"] }, mode: "refuse" },
			},
			{ atMs: 2000, forMs: 1000, action: { kind: "crash", replica: "paris", disk: "lose" } },
			{ atMs: 2000, forMs: null, action: { kind: "crash", replica: "paris", disk: "keep" } },
			{
				atMs: 1000,
				forMs: 2000,
				action: { kind: "latency", meanMs: 50, jitterMs: 0, links: [{ from: "paris", to: "tokyo" }] },
			},
			{ atMs: 0, forMs: 1000, action: { kind: "bandwidth", bytesPerSecond: 10_000, links: null } },
			{ atMs: 4000, forMs: 0, action: { kind: "reset", links: null } },
			{
				atMs: 2000,
				forMs: 3000,
				action: { kind: "clock", replica: "tokyo", offsetMs: -300_000, drift: 0 },
			},
			{ everyMs: 2000, untilMs: 10_000, random: ["partition", "crash"] },
		]);
		expect(rest).toMatchObject({
			invariants: {
				nonNegative: { module: join(folder, "invariants.ts"), when: "always" },
				small: { expression: "size(view) < 10", when: "always" },
				conserved: { expression: "view.paris + view.tokyo == 100", when: "settled" },
			},
			workload: {
				operations: null,
				durationMs: 10_000,
				ratePerSecond: 0.5,
				clients: 5,
				keys: 2,
				timeoutMs: 100,
			},
			settle: { withinMs: 3000 },
			expect: { fail: "invariant:nonNegative" },
		});
	});

	it("runs a TypeScript file, with top-level await, outside of any package", async () => {
		const path = await write(
			"typed.scenario.ts",
			`const count: number = await Promise.resolve(4);\nexport default { name: "typed", replicas: { count, type: "or-set" } };\n`,
		);
		const result = await loadScenarioFile(path, { types: testTypes });
		expect(result.ok && result.scenario.replicas.names).toEqual(["r1", "r2", "r3", "r4"]);
	});

	it("gives a TypeScript file our own modules by their public names", async () => {
		const path = await write(
			"builder.scenario.ts",
			`import { defineScenario } from "pakka";
import { defineReplica } from "pakka/node";
const count: number = typeof defineReplica === "function" ? 4 : 5;
export default defineScenario({ name: "builder", replicas: { count, type: "or-set" } });\n`,
		);
		expect(await problemsOf(path)).toEqual([]);
	});

	it("places mistakes of a TypeScript file by file and path", async () => {
		const path = await write(
			"wrong.ts",
			`const replicas: Record<string, unknown> = { type: "orset", options: { when: new Date(0), f: () => 1 } };
replicas.self = replicas;
export default { name: "wrong", replicas, faults: undefined };\n`,
		);
		expect(await problemsOf(path)).toEqual([
			"<folder>/wrong.ts replicas.options.when: a Date is not JSON: write a plain object",
			"<folder>/wrong.ts replicas.options.f: a function is not JSON",
			"<folder>/wrong.ts replicas.self: contains itself",
		]);
		const shape = await write(
			"shape.mjs",
			`export default { name: "shape", replicas: { type: "orset" }, sed: 1 };\n`,
		);
		expect(await problemsOf(shape)).toEqual([
			"<folder>/shape.mjs sed: unknown key (did you mean 'seed'?)",
			"<folder>/shape.mjs replicas.type: no type 'orset' (did you mean 'or-set'?)",
		]);
	});

	it("says what is wrong with a file that throws, exports nothing, is missing or is something else", async () => {
		const throws = await write("throws.ts", `throw new Error("no luck");\n`);
		const nothing = await write("nothing.ts", "export const scenario = {};\n");
		const image = await write("page.html", "");
		expect([
			...(await problemsOf(throws)),
			...(await problemsOf(nothing)),
			...(await problemsOf(image)),
			...(await problemsOf(join(folder, "missing.yaml"))),
		]).toEqual([
			"<folder>/throws.ts: can't be run: no luck",
			"<folder>/nothing.ts: has no default export: write `export default defineScenario({ … })`",
			"<folder>/page.html: not a scenario file: its name should end in one of .yaml, .yml, .json, .ts, .mts, .js, .mjs",
			"<folder>/missing.yaml: can't be read: ENOENT: no such file or directory, open '<folder>/missing.yaml'",
		]);
	});

	it("survives files that try to exhaust it", async () => {
		const deep = await write("deep.yaml", "[".repeat(50_000));
		const large = await write("large.yaml", "#".repeat(6_000_000));
		const nested = await write(
			"nested.json",
			`{"name":"x","replicas":${'{"a":'.repeat(500)}1${"}".repeat(500)}}`,
		);
		for (const path of [deep, large, nested]) {
			const problems = await problemsOf(path);
			expect(problems.length).toBeGreaterThan(0);
		}
	});

	it("resolves paths against the folder that the file names", async () => {
		const path = await write(
			"runs/one/scenario.json",
			JSON.stringify({
				name: "one",
				folder: room,
				replicas: { module: "./index.ts" },
			}),
		);
		const result = await loadScenarioFile(path, { types: testTypes });
		expect(result.ok && result.scenario.replicas.source).toEqual({
			kind: "module",
			path: join(room, "index.ts"),
		});
		expect(result.ok && result.scenario.folder).toBe(room);
	});
});
