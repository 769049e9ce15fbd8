/** A controller for the tests to kill: a long run of or-sets. Arguments: output folder. Compiled code, as users run it. */
import { runScenario } from "../../dist/controller/run.js";

const [outDir] = process.argv.slice(2);
await runScenario(
	{
		name: "forever",
		description: "",
		folder: process.cwd(),
		file: null,
		seed: 1,
		faults: [{ atMs: 0, forMs: null, action: { kind: "pause", replica: "r2" } }],
		settle: { withinMs: 10_000 },
		checks: null,
		thresholds: {},
		invariants: {},
		expect: "pass",
		replicas: {
			names: ["r1", "r2", "r3"],
			source: { kind: "built-in", type: "or-set" },
			type: "or-set",
			options: {},
			delivers: null,
			lanes: 2,
		},
		workload: {
			operations: 100_000,
			durationMs: null,
			ratePerSecond: 100,
			clients: 3,
			mix: null,
			keys: 8,
			script: null,
			timeoutMs: 2_000,
		},
	},
	{
		runtime: "process",
		outDir,
		onProgress: ({ phase, completed }) => console.log(`${phase} ${completed}`),
	},
);
