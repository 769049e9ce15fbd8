/** The scenarios of this folder, in containers of the real Redis behind the real links. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../reports/result.ts";
import { requirement } from "../../test/requirements.ts";
import { runPakka, temporaryFolder } from "../../test/run-pakka.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const engine = requirement("docker");
const redis = requirement("redis");
const TIMEOUT_MS = 60_000;

describe.skipIf(!engine.met || !redis.met)(`Redis in containers${engine.note}${redis.note}`, () => {
	beforeAll(() => {
		execFileSync("bash", [join(here, "../../docker/import-program.sh"), redis.path], { stdio: "pipe" });
	}, TIMEOUT_MS);

	it(
		"keeps what it acknowledged with an append-only file; without one, the followers forget it with their primary",
		async () => {
			await using runs = await temporaryFolder();
			const { code, stdout } = await runPakka(
				["run", here, "--runtime", "docker", "--out", runs.path, "--reporter", "json"],
				{ cwd: here },
			);
			const results = JSON.parse(stdout) as RunResult[];
			expect(Object.fromEntries(results.map(({ scenario, verdict }) => [scenario, verdict]))).toEqual({
				"redis-forgets": "fail",
				"redis-survives": "pass",
			});
			const forgets = results.find(({ scenario }) => scenario === "redis-forgets");
			const durability = forgets?.properties.find(({ name }) => name === "durability");
			expect(durability?.reason).toMatch(/in the end no replica has it \(r[23] had delivered it/);
			expect(code).toBe(0);
		},
		TIMEOUT_MS,
	);
});
