import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findScenarioFiles } from "../../scenarios/index.ts";
import { builtIn, builtInNames } from "../registry.ts";
import { packageRoot } from "../sdk/built-entry.ts";
import { SPECIMENS } from "./declarations.ts";
import { specimensDocument } from "./print-specimens.ts";

it("keeps docs/specimens.md as the declarations have it", async () => {
	await expect(specimensDocument()).toMatchFileSnapshot("../../docs/specimens.md");
});

it("declares every specimen that is built in, once, as the type that it claims", () => {
	const declared = SPECIMENS.map(({ name, type }) => `specimen/${name}: ${type}`);
	const registered = builtInNames().filter((name) => name.startsWith("specimen/"));
	expect([...declared].sort()).toEqual(registered.map((name) => `${name}: ${builtIn(name)?.type}`).sort());
	expect(SPECIMENS.map(({ number }) => number)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

it("names the property that the specimen's scenario expects to fail, its own kind, and where to read on", async () => {
	const folders = ["library", "specimens"].map((name) => join(packageRoot(), "scenarios", name));
	const files = await findScenarioFiles(folders);
	for (const { number, name, properties, inTheWild } of SPECIMENS) {
		const file = files.find((path) => path.endsWith(`specimen-${name}.scenario.yaml`));
		const scenario = await readFile(file ?? name, "utf8");
		expect(`${name} ${/expect: \{ fail: (\S+) \}/.exec(scenario)?.[1]}`).toBe(`${name} ${properties[0]}`);
		const source = await readFile(join(packageRoot(), "nodes", "specimens", `${name}.ts`), "utf8");
		expect(source).toMatch(new RegExp(`kind ${number} of 25`));
		const header = source.slice(0, source.indexOf("*/"));
		expect(`${name} ${header}`).toContain(inTheWild.where.replace("https://", ""));
	}
});
