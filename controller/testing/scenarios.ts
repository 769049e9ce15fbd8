/** Small scenarios for the tests of this room, and a folder to run them in. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../nodes/sdk/built-entry.ts";
import type { FaultAction, Json, Scenario, Workload } from "../../scenarios/scenario.ts";

export interface Changes {
	replicas?: Partial<Scenario["replicas"]>;
	workload?: Partial<Workload>;
	faults?: Scenario["faults"];
	messages?: Scenario["messages"];
	seed?: number;
	settle?: Scenario["settle"];
}

/** Three or-sets, 60 operations in about 0.6 s, no faults. */
export function orSets({ replicas, workload, ...rest }: Changes = {}): Scenario {
	return {
		name: "test",
		description: "",
		folder: packageRoot(),
		file: null,
		requires: [],
		seed: 1,
		faults: [],
		messages: [],
		settle: { withinMs: 10_000 },
		checks: null,
		thresholds: {},
		invariants: {},
		expect: "pass",
		...rest,
		replicas: {
			names: ["r1", "r2", "r3"],
			source: { kind: "built-in", type: "or-set" },
			type: "or-set",
			options: {},
			delivers: null,
			lanes: 3,
			...replicas,
		},
		workload: {
			operations: 60,
			durationMs: null,
			ratePerSecond: 100,
			clients: 3,
			mix: null,
			keys: 8,
			script: null,
			timeoutMs: 2_000,
			...workload,
		},
	};
}

/** Three replicas that are programs, with what they are to do wrong (see gossip-set.mjs). */
export function gossipSets(options: Record<string, Json>, changes: Changes = {}): Scenario {
	return orSets({
		...changes,
		replicas: {
			source: {
				kind: "command",
				argv: [process.execPath, join(packageRoot(), "controller/testing/gossip-set.mjs")],
			},
			type: "g-set",
			options,
			lanes: 1,
			...changes.replicas,
		},
	});
}

export function fault(atMs: number, forMs: number | null, action: FaultAction): Scenario["faults"][number] {
	return { atMs, forMs, action };
}

export interface TestFolder extends AsyncDisposable {
	path: string;
}

export async function makeTestFolder(): Promise<TestFolder> {
	const path = await mkdtemp(join(tmpdir(), "pakka-controller-test-"));
	return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
