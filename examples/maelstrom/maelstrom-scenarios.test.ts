/** The scenarios of this folder, and the shipped one, as a user runs them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../reports/result.ts";
import { runPakka, temporaryFolder } from "../../test/run-pakka.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const shipped = join(here, "../../scenarios/library/maelstrom-broadcast.scenario.yaml");
const TIMEOUT_MS = 40_000;

describe("nodes written for Maelstrom", () => {
	it(
		"pass where they retry, and fail where they gossip once or forget what they acknowledged",
		async () => {
			await using runs = await temporaryFolder();
			const { code, stdout } = await runPakka(
				["run", here, shipped, "--out", runs.path, "--reporter", "json"],
				{ cwd: here },
			);
			const results = JSON.parse(stdout) as RunResult[];
			const failed = ({ properties }: RunResult): string[] =>
				properties.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
			expect(Object.fromEntries(results.map((result) => [result.scenario, failed(result)]))).toEqual({
				"durable-counter": [],
				forgets: ["eventual-delivery", "specification"],
				"gossips-once": expect.arrayContaining(["convergence", "eventual-delivery"]),
				"maelstrom-broadcast": [],
			});
			const passed = results.filter(({ verdict }) => verdict === "pass").map(({ scenario }) => scenario);
			expect(passed.sort()).toEqual(["durable-counter", "maelstrom-broadcast"]);
			expect(code).toBe(0);
		},
		TIMEOUT_MS,
	);

	it("are refused with their place in the file where the program is missing", async () => {
		await using folder = await temporaryFolder();
		const file = join(folder.path, "missing.scenario.yaml");
		await writeFile(
			file,
			"name: missing\nreplicas:\n  count: 2\n  maelstrom: [no-such-node]\n  type: g-set\n  options: { topology: star }\n",
		);
		expect((await runPakka(["validate", file], { cwd: folder.path })).code).toBe(0);
		const { code, stderr } = await runPakka(["run", file], { cwd: folder.path });
		expect(code).toBe(64);
		expect(stderr).toContain(`${file}:4:14 replicas.maelstrom: no executable program 'no-such-node' on PATH`);
		expect(stderr).toContain(
			`${file}:6:24 replicas.options.topology: expected one of grid, line, tree, total`,
		);
	});
});
