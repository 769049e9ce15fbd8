/** The same faults through the embedded and the real Toxiproxy: what the journal shows that they did. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../reports/result.ts";
import { requirement } from "./requirements.ts";
import { runPakka, temporaryFolder } from "./run-pakka.ts";

const SCENARIO = `
name: overtaken-and-doubled
replicas: { count: 3, type: or-set }
workload: { operations: 200, rate: 150/s }
faults:
  - { at: 0s, for: 1500ms, reorder: { spread: 80ms } }
  - { at: 0s, for: 1500ms, duplicate: 0.3 }
`;
const PAUSED = `
name: paused-behind-partitions
replicas: { count: 3, type: g-set }
workload: { operations: 150, rate: 100/s, timeout: 500ms }
faults:
  - { at: 200ms, for: 900ms, partition: { isolate: r2 }, mode: hold }
  - { at: 400ms, for: 500ms, pause: r2 }
  - { at: 500ms, for: 800ms, partition: { from: [r1], to: [r3] }, mode: drop }
  - { at: 600ms, for: 400ms, latency: { mean: 10ms, jitter: 5ms } }
`;
const real = requirement("toxiproxy");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
	await writeFile(join(folder.path, "reorder.scenario.yaml"), SCENARIO);
	await writeFile(join(folder.path, "paused.scenario.yaml"), PAUSED);
});
afterAll(() => folder[Symbol.asyncDispose]());

async function runOn(server: string, file: string): Promise<RunResult> {
	const env = { PAKKA_TOXIPROXY: server };
	const { stdout, stderr } = await runPakka(["run", file, "--reporter", "json"], { cwd: folder.path, env });
	const [result] = JSON.parse(stdout) as RunResult[];
	if (result === undefined) throw new Error(stderr);
	expect(result.environment?.["Toxiproxy"]).toContain(server);
	return result;
}

describe.each([
	["embedded", { met: true, note: "" }],
	["binary", real],
])("the %s server", (server, { met, note }) => {
	it.skipIf(!met)(
		`makes messages overtake one another and come twice${note}`,
		async () => {
			const { verdict, stats } = await runOn(server, "reorder.scenario.yaml");
			expect(stats["overtaken"]).toBeGreaterThan(0);
			expect(stats["duplicated"]).toBeGreaterThan(0);
			expect(verdict).toBe("pass");
		},
		60_000,
	);

	it.skipIf(!met)(
		`lets no pause behind partitions hang or accuse${note}`,
		async () => {
			const { verdict, endReason } = await runOn(server, "paused.scenario.yaml");
			expect({ verdict, endReason }).toEqual({ verdict: "pass", endReason: "settled" });
		},
		60_000,
	);
});
