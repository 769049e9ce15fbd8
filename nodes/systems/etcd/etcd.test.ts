/** A real cluster of three, through the runtime: who is cut off gets no answer, and nothing that was answered is lost. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunResult } from "../../../reports/result.ts";
import { requirement } from "../../../test/requirements.ts";
import { runPakka, temporaryFolder } from "../../../test/run-pakka.ts";
import { builtEntry } from "../../sdk/built-entry.ts";

const etcd = requirement("etcd");
const TIMEOUT_MS = 60_000;

it.skipIf(!etcd.met)(
	`answers with a majority, not without one, and agrees when the network is whole again (seed 1)${etcd.note}`,
	async () => {
		await using folder = await temporaryFolder();
		// A leader that is cut off takes up to 2 s to be replaced.
		const scenario = {
			name: "etcd",
			replicas: {
				count: 3,
				command: ["node", builtEntry("nodes/systems/etcd/main.ts")],
				type: "g-set",
				lanes: 1,
			},
			workload: {
				script: [
					{ at: "0ms", replica: "r1", add: "before" },
					{ at: "800ms", replica: "r1", add: "cut off" },
					{ at: "4000ms", replica: "r2", read: null },
					{ at: "4100ms", replica: "r2", add: "among two" },
				],
			},
			faults: [{ at: "500ms", for: "4500ms", partition: { isolate: "r1" } }],
		};
		const file = join(folder.path, "etcd.scenario.json");
		await writeFile(file, JSON.stringify(scenario));
		const { stdout, stderr } = await runPakka(["run", file, "--out", folder.path, "--reporter", "json"], {
			cwd: folder.path,
		});
		const [result] = JSON.parse(stdout) as RunResult[];
		expect(result?.verdict, stderr).toBe("pass");
		expect(result?.endReason).toBe("settled");
		// r1's alone has no answer within a second: it may yet happen.
		expect(result?.stats).toMatchObject({ info: 1, ok: 3 });
	},
	TIMEOUT_MS,
);
