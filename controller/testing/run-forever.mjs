/** A controller for the tests to kill: a long run of or-sets. Arguments: output folder. Compiled code, as users run it. */
import { runScenario } from "../../dist/controller/run.js";
import { parseScenario } from "../../dist/scenarios/index.js";

const SCENARIO = `
name: forever
replicas: { count: 3, type: or-set, lanes: 2 }
workload: { operations: 100000, rate: 100/s, clients: 3 }
faults: [{ at: 0s, until: end, pause: r2 }]
`;

const [outDir] = process.argv.slice(2);
const types = new Map([["or-set", { operations: ["add", "remove", "read"] }]]);
const parsed = parseScenario(SCENARIO, { file: "forever.scenario.yaml", types });
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
await runScenario(parsed.scenario, {
	runtime: "process",
	outDir,
	onProgress: ({ phase, completed }) => console.log(`${phase} ${completed}`),
});
