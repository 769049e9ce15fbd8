/**
 * What is printed from the schema is up to date: `scenario.schema.json` for editors, and the table of fields in
 * docs/scenario-file.md. After a change of the schema, run this file once with PAKKA_UPDATE=1.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import Ajv2020 from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { findScenarioFiles, jsonSchema } from "./index.ts";
import { fieldTable } from "./testing/field-table.ts";

const schemaFile = fileURLToPath(new URL("./scenario.schema.json", import.meta.url));
const reference = fileURLToPath(new URL("../docs/scenario-file.md", import.meta.url));
const FIELDS = /(<!-- fields: printed from the schema -->\n)[\s\S]*?(<!-- end of fields -->)/;
const update = process.env.PAKKA_UPDATE === "1";

describe("the JSON Schema", () => {
	it("is committed as it is printed (PAKKA_UPDATE=1 writes it)", () => {
		if (update) writeFileSync(schemaFile, `${JSON.stringify(jsonSchema(), null, "\t")}\n`);
		expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
	});

	it("accepts every shipped scenario and refuses what the parser refuses by shape", async () => {
		const validate = new Ajv2020.default({ strict: false }).compile(jsonSchema());
		const folders = ["./library", "./specimens"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
		for (const file of await findScenarioFiles(folders)) {
			expect(validate(parse(await readFile(file, "utf8"))), file).toBe(true);
		}
		expect(validate({ name: "x", replicas: { type: "or-set" } })).toBe(true);
		expect(validate({ name: "x", replicas: { tpye: "or-set" } })).toBe(false);
		expect(validate({ name: "x", replicas: { type: "or-set", count: 0 } })).toBe(false);
		const crash = { at: "1s", crash: "r1", for: "2s" };
		expect(validate({ name: "x", replicas: { type: "or-set" }, faults: [crash] })).toBe(false);
		const reorder = { at: "1s", for: "2s", reorder: { spread: "fast" } };
		expect(validate({ name: "x", replicas: { type: "or-set" }, faults: [reorder] })).toBe(false);
	});

	it("describes every field, for the hovers of editors", () => {
		const without = fieldTable(jsonSchema()).filter(
			(row) => row.description === "" && row.path !== "$schema",
		);
		expect(without.map(({ path }) => path)).toEqual([]);
	});
});

describe("docs/scenario-file.md", () => {
	it("lists the fields as the schema has them (PAKKA_UPDATE=1 writes it)", () => {
		const rows = fieldTable(jsonSchema()).map(
			({ path, values, fallback, description }) =>
				`| \`${path}\` | ${values} | ${fallback} | ${description} |`,
		);
		const table = ["| field | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
		const text = readFileSync(reference, "utf8");
		expect(text).toMatch(FIELDS);
		const printed = text.replace(FIELDS, (_, start: string, end: string) => `${start}${table}\n${end}`);
		if (update) writeFileSync(reference, printed);
		expect(readFileSync(reference, "utf8")).toBe(printed);
	});
});
