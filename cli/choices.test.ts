/** The table of `pakka choose`: its document, its words, and that its scenarios run what it names. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtInNames } from "../nodes/registry.ts";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, temporaryFolder } from "../test/run-pakka.ts";
import { ALTERNATIVES, CHOICES } from "./choices.ts";
import { choicesDocument } from "./choices-document.ts";
import { choose } from "./choose.ts";
import { execute } from "./execute.ts";
import { loadScenarios } from "./load-scenarios.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const tries = CHOICES.flatMap((choice) => choice.tries);
const rows = [...CHOICES, ...ALTERNATIVES];
const names = (words: string) =>
	choose(rows, words.split(" ")).map((row) => ("name" in row ? row.name : "none"));

it("keeps docs/choose.md as the table has it", async () => {
	await expect(choicesDocument()).toMatchFileSnapshot("../docs/choose.md");
});

describe("choose", () => {
	it.each([
		["shopping cart", "OR-Set"],
		["shopping carts", "OR-Set"],
		["likes", "G-Counter"],
		["stock levels of an inventory", "PN-Counter"],
		["wiki", "Text (RGA, Yjs)"],
		["strict inventory", "none"],
		["atomic transactions", "none"],
		["Bank transfer", "none"],
	])("for %j names %s first", (words, first) => {
		expect(names(words)[0]).toBe(first);
	});

	it("names all types of a use that several fit, and none for words that no row has", () => {
		expect(names("user preferences").sort()).toEqual(["JSON (Yjs, Automerge)", "OR-Set"]);
		expect(names("inventory")).toEqual(["PN-Counter", "none"]);
		expect(names("perpetuum mobile")).toEqual([]);
		expect(names("of the")).toEqual([]);
	});
});

describe("scenarios of the table", () => {
	it("exist, run the type that is named, and are all named", async () => {
		const scenarios = await loadScenarios(tries.map(({ scenario }) => join(packageRoot(), scenario)));
		for (const { name, replicas } of scenarios) {
			const { type } = tries.find(({ scenario }) => basename(scenario).startsWith(`${name}.`)) ?? {};
			expect(builtInNames()).toContain(type);
			expect(replicas.source).toEqual({ kind: "built-in", type });
		}
		const files = await readdir(join(packageRoot(), "scenarios/choose"));
		expect(files.sort()).toEqual(tries.map(({ scenario }) => basename(scenario)).sort());
		for (const { shown } of ALTERNATIVES) {
			if (shown !== null) expect(existsSync(join(packageRoot(), shown.scenario))).toBe(true);
		}
	});

	it.each(tries)("of $type passes, and has something to judge", async ({ scenario }) => {
		const [loaded] = await loadScenarios([join(packageRoot(), scenario)]);
		if (loaded === undefined) throw new Error(scenario);
		const { verdict, properties } = await execute(loaded, { runtime: "sim", outDir: folder.path });
		expect(verdict).toBe("pass");
		expect(properties).toContainEqual(expect.objectContaining({ name: "specification", verdict: "pass" }));
	});
});

describe("pakka choose", () => {
	it("prints why, and a command that can be typed as it stands", async () => {
		const { code, stdout } = await runPakka(["choose", "shopping", "cart"], { cwd: folder.path });
		expect(stdout).toMatch(/^OR-Set\n {2}for .*shopping carts/);
		const command = /try {3}pakka (validate|run) (.*)\n/.exec(stdout)?.[2] ?? "";
		expect(await runPakka(["validate", command], { cwd: folder.path })).toMatchObject({ code: 0 });
		expect(code).toBe(0);
	});

	it("prints all rows as JSON, with a type or null", async () => {
		const { stdout } = await runPakka(["choose", "--json"], { cwd: folder.path });
		const all = JSON.parse(stdout) as { name?: string; type?: null }[];
		expect(all).toHaveLength(rows.length);
		expect(all.filter(({ type }) => type === null)).toHaveLength(ALTERNATIVES.length);
	});
});
