/** Broken scenario files at the command line: the place, the mistake, exit 64, and nothing started. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

const BROKEN = join(packageRoot(), "scenarios/testing/broken");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

it("each of at least 20 broken files gives its place and its mistake, and starts nothing", async () => {
	const files = (await readdir(BROKEN)).filter((name) => /\.(ya?ml|json)$/.test(name));
	expect(files.length).toBeGreaterThanOrEqual(20);
	for (const file of files) {
		const { code, stdout, stderr } = await runPakka(["run", join(BROKEN, file)], { cwd: folder.path });
		const lines = stderr.trim().split("\n");
		expect({ file, code, stdout }).toEqual({ file, code: 64, stdout: "" });
		for (const line of lines) expect(line).toMatch(new RegExp(`${basename(file)}:\\d+:\\d+:? .+`));
	}
	expect(await readdir(folder.path)).toEqual([]);
}, 60_000);

it("all of them together are listed at once", async () => {
	const { code, stderr } = await runPakka(["validate", join(BROKEN, "*.yaml")], { cwd: folder.path });
	expect(stderr.trim().split("\n").length).toBeGreaterThanOrEqual(20);
	expect(code).toBe(64);
});
