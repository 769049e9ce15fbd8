/** The promise of the runtime `sim`: the same scenario and seed give the same bytes, wherever and whenever. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

/** All kinds of replication, and all kinds of faults. */
const SCENARIOS = [
	"hardest",
	"text-five-yjs-documents",
	"lww-register-clock-skew",
	"or-set-nemesis",
] as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

interface Recording {
	path: string;
	history: string;
	journal: string;
}

/** @returns what each run left, by its scenario's name */
async function record(out: string, args: string[], env: NodeJS.ProcessEnv): Promise<Map<string, Recording>> {
	const { code, stderr } = await runPakka([...args, "--out", out], { cwd: folder.path, env });
	expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
	const runs = (await readdir(join(folder.path, out), { withFileTypes: true })).filter((entry) =>
		entry.isDirectory(),
	);
	const recordings = new Map<string, Recording>();
	for (const { name } of runs) {
		const path = join(folder.path, out, name);
		const read = (file: string) => readFile(join(path, file), "utf8");
		const history = await read("history.jsonl");
		const { scenario } = JSON.parse(history.slice(0, history.indexOf("\n"))) as { scenario: string };
		recordings.set(scenario, { path, history, journal: await read("journal.jsonl") });
	}
	return recordings;
}

const fileOf = (name: string) => join(packageRoot(), `scenarios/library/${name}.scenario.yaml`);

describe("a simulated run", () => {
	it("has the same bytes in another process, language, time zone and heap", async () => {
		const args = ["run", "--runtime", "sim", ...SCENARIOS.map(fileOf)];
		const [here, there] = await Promise.all([
			record("here", args, { LC_ALL: "C", TZ: "UTC" }),
			record("there", args, {
				LC_ALL: "tr_TR.UTF-8",
				LANG: "tr_TR.UTF-8",
				TZ: "Pacific/Kiritimati",
				NODE_OPTIONS: "--max-old-space-size=96",
			}),
		]);
		expect([...here.keys()].sort()).toEqual([...SCENARIOS].sort());
		for (const [name, { history, journal }] of here) {
			expect(history.split("\n").length, name).toBeGreaterThan(1_000);
			expect(journal.split("\n").length, name).toBeGreaterThan(100);
			expect(JSON.parse(history.slice(0, history.indexOf("\n")))).toMatchObject({
				runtime: "sim",
				startedAt: "1970-01-01T00:00:00.000Z",
			});
			expect(there.get(name)?.history === history, name).toBe(true);
			expect(there.get(name)?.journal === journal, name).toBe(true);
		}
	});

	it("is replayed to the byte from its folder, and differs with another seed", async () => {
		const [name] = SCENARIOS;
		const simulated = ["run", "--runtime", "sim", fileOf(name)];
		const [first, other] = await Promise.all(
			["7", "8"].map(async (seed) =>
				(await record(`seed-${seed}`, [...simulated, "--seed", seed], {})).get(name),
			),
		);
		const again = (await record("again", ["replay", first?.path ?? ""], {})).get(name);
		expect(again?.path).not.toBe(first?.path);
		expect(again?.history === first?.history).toBe(true);
		expect(again?.journal === first?.journal).toBe(true);
		expect(other?.history.replaceAll('"seed":8', '"seed":7') === first?.history).toBe(false);
	});
});
