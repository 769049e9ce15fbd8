/** Every broken scenario file of `testing/broken/` gives exactly the lines of `testing/broken/expected.txt`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formatProblem, loadScenarioFile } from "./index.ts";
import { testTypes } from "./testing/types.ts";

const folder = fileURLToPath(new URL("./testing/broken", import.meta.url));
const expected = readFileSync(join(folder, "expected.txt"), "utf8").trimEnd().split("\n");
const files = readdirSync(folder).filter((file) => file !== "expected.txt");

describe("broken scenario files", () => {
	it.each(files)("tells the place and the words of every mistake in %s", async (file) => {
		const result = await loadScenarioFile(join(folder, file), { types: testTypes });
		const lines = result.ok ? [] : result.problems.map(formatProblem);
		const relative = lines.map((line) => line.replace(`${folder}/`, "").replaceAll(folder, "<folder>"));
		expect(relative).toEqual(expected.filter((line) => line.startsWith(`${file}:`)));
		expect(relative).not.toEqual([]);
	});

	it("has at least 20 of them, and no expectation without its file", () => {
		expect(files.length).toBeGreaterThanOrEqual(20);
		const named = new Set(expected.map((line) => line.slice(0, line.indexOf(":"))));
		expect([...named].sort()).toEqual(files.sort());
	});
});
