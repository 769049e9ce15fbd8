/** `pakka explore` as its users meet it: what it prints, leaves and exits with. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtEntry, packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, startPakka, temporaryFolder } from "./run-pakka.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const pakka = (...args: string[]) => runPakka(args, { cwd: folder.path });
const shipped = (name: string) => join(packageRoot(), "scenarios/library", `${name}.scenario.yaml`);

describe("pakka explore", () => {
	it("finds, shrinks and writes down a specimen's defect, and prints how to replay it", async () => {
		const { code, stdout } = await pakka("explore", shipped("specimen-or-set-no-tombstone"));
		expect(code).toBe(0);
		expect(stdout).toContain("strong-convergence");
		const replay = /replay: pakka (replay \S+)/.exec(stdout)?.[1]?.split(" ") ?? [];
		const again = await pakka(...replay, "--reporter", "json");
		expect(JSON.parse(again.stdout)).toMatchObject({ verdict: "fail", met: true, runtime: "sim" });
		expect(again.code).toBe(0);
	});

	it("prints exploration.json alone with --reporter json, and exits 0 when nothing is found", async () => {
		const args = ["--runs", "300", "--seed", "9", "--workers", "0", "--reporter", "json"];
		const { code, stdout } = await pakka("explore", shipped("or-set-nemesis"), ...args);
		const exploration = JSON.parse(stdout) as { folder: string };
		expect(exploration).toMatchObject({ schedules: 300, seed: 9, strategy: "random", found: null });
		const written = await readFile(join(exploration.folder, "exploration.json"), "utf8");
		expect(JSON.parse(written)).toEqual(exploration);
		expect(code).toBe(0);
	});

	it("writes what there is when it is interrupted", async () => {
		const args = ["explore", shipped("or-set-nemesis"), "--time", "50s", "--reporter", "json"];
		const started = startPakka(args, { cwd: folder.path });
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		started.child.kill("SIGINT");
		const { code, stdout } = await started.finished;
		expect(code).toBe(130);
		expect(JSON.parse(stdout)).toMatchObject({ interrupted: true, complete: false });
	});

	it.each([
		[["explore", "no-such-file.yaml"], "no-such-file.yaml"],
		[["explore", shipped("python-g-set")], "made with the SDK"],
		[["explore", shipped("or-set-nemesis"), "--time", "soon"], "duration"],
		[["explore", shipped("or-set-nemesis"), "--strategy", "psychic"], "random, pct, exhaustive"],
	])("%j exits 64 and says what to do", async (args, words) => {
		const { code, stderr } = await pakka(...args);
		expect(stderr).toContain(words);
		expect(code).toBe(64);
	});

	it("exits 64 and names the package that the replicas need and nobody has installed", async () => {
		await writeFile(
			join(folder.path, "needy.mjs"),
			`import { gSet } from "${pathToFileURL(builtEntry("nodes/types/g-set.ts")).href}";
export default { ...gSet, load: () => import("no-such-package-anywhere") };
`,
		);
		const scenario = "name: needy\nreplicas: { count: 2, module: ./needy.mjs }\n";
		await writeFile(join(folder.path, "needy.scenario.yaml"), scenario);
		const { code, stderr } = await pakka("explore", "needy.scenario.yaml", "--runs", "5");
		expect(stderr).toMatch(/^needy\.scenario\.yaml replicas\.module: .*no-such-package-anywhere/);
		expect(stderr).not.toContain("    at ");
		expect(code).toBe(64);
	});
});
