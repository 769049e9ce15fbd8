/**
 * How fast the simulator is, and how far it reaches.
 *
 *     npx jiti bench/simulator.ts              # both parts
 *     npx jiti bench/simulator.ts 10 100       # only these numbers of replicas
 *
 * First one simulated run of a g-counter for each number of replicas, as many operations as replicas within two seconds
 * of virtual time, each run in a process of its own, so that memory is its own: with the option `fanout: 4`, and up to
 * 100 replicas also with all peers told at once. Then the scenarios of the library, one after another, as virtual
 * seconds per second of processor time. Events are made and counted, not written; nothing is judged.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { loadDefinition } from "../controller/definition.ts";
import { planRun } from "../controller/plan/plan.ts";
import { createSimulation } from "../controller/runtimes/sim/simulation.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import { packageRoot } from "../nodes/sdk/built-entry.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { findScenarioFiles, loadScenarioFile, parseScenario } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";

const REPLICAS = [10, 100, 300, 1_000];
const MOST_WITHOUT_FANOUT = 100;
const FANOUT = 4;
const STEPS_AT_ONCE = 10_000;
const SEEDS = 5;
const BYTES_PER_MB = 1_000_000;
const JITI = join(packageRoot(), "node_modules/jiti/lib/jiti-cli.mjs");

const types = new Map(
	builtInNames().map((name) => [name, { operations: Object.keys(builtIn(name)?.operations ?? {}) }]),
);

interface Measured {
	/** Of processor time, so that what else the machine does counts little. */
	seconds: number;
	virtualSeconds: number;
	events: number;
	reason: string;
}

function measure(scenario: Scenario, definition: ReplicaDefinition): Measured {
	let events = 0;
	const before = process.cpuUsage();
	const simulation = createSimulation({
		scenario,
		definition,
		plan: planRun(scenario, definition.operations),
		copy: false,
		event: () => {
			events += 1;
		},
		message: () => {},
	});
	let end = null;
	while (end === null) end = simulation.advance(STEPS_AT_ONCE);
	const { user, system } = process.cpuUsage(before);
	const seconds = (user + system) / 1_000_000;
	return { seconds, virtualSeconds: simulation.nowMs() / 1_000, events, reason: end.reason };
}

function counters(replicas: number, fanout: number | null): void {
	const parsed = parseScenario(
		JSON.stringify({
			name: "bench",
			replicas: { count: replicas, type: "g-counter", options: fanout === null ? {} : { fanout } },
			workload: { operations: replicas, rate: `${replicas / 2}/s`, mix: { add: 1 } },
		}),
		{ file: "/bench.json", types },
	);
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	const { seconds, virtualSeconds, reason } = measure(
		parsed.scenario,
		builtIn("g-counter") as ReplicaDefinition,
	);
	const peakMb = (process.resourceUsage().maxRSS * 1_024) / BYTES_PER_MB;
	const cells = [
		replicas,
		fanout ?? "all",
		reason,
		virtualSeconds.toFixed(1),
		seconds.toFixed(2),
		Math.round(peakMb),
	];
	process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

async function library(): Promise<void> {
	process.stdout.write(
		"\n| scenario | events | virtual s | CPU s | virtual s per CPU s |\n|---|---|---|---|---|\n",
	);
	let virtualSeconds = 0;
	let seconds = 0;
	for (const file of await findScenarioFiles([join(packageRoot(), "scenarios/library")])) {
		const loaded = await loadScenarioFile(file, { types });
		if (!loaded.ok) continue;
		const { source } = loaded.scenario.replicas;
		if (source.kind !== "built-in" && source.kind !== "module") continue;
		const definition = await loadDefinition(source);
		await definition.load?.();
		const runs = Array.from({ length: SEEDS }, (_, index) =>
			measure({ ...loaded.scenario, seed: loaded.scenario.seed + index }, definition),
		);
		const sum = (of: "seconds" | "virtualSeconds" | "events") =>
			runs.reduce((total, run) => total + run[of], 0) / SEEDS;
		virtualSeconds += sum("virtualSeconds");
		seconds += sum("seconds");
		const cells = [
			loaded.scenario.name,
			Math.round(sum("events")),
			sum("virtualSeconds").toFixed(1),
			sum("seconds").toFixed(3),
			Math.round(sum("virtualSeconds") / sum("seconds")),
		];
		process.stdout.write(`| ${cells.join(" | ")} |\n`);
	}
	process.stdout.write(
		`| all | | ${virtualSeconds.toFixed(1)} | ${seconds.toFixed(2)} | ${Math.round(virtualSeconds / seconds)} |\n`,
	);
}

const [first, ...others] = process.argv.slice(2);
if (first === "--one") {
	counters(Number(others[0]), others[1] === "all" ? null : Number(others[1]));
} else {
	const wanted = first === undefined ? REPLICAS : [first, ...others].map(Number);
	process.stdout.write(
		"| replicas | peers told | end | virtual s | CPU s | peak MB |\n|---|---|---|---|---|---|\n",
	);
	for (const replicas of wanted) {
		for (const fanout of [String(FANOUT), ...(replicas <= MOST_WITHOUT_FANOUT ? ["all"] : [])]) {
			const args = [JITI, import.meta.filename, "--one", String(replicas), fanout];
			process.stdout.write(execFileSync(process.execPath, args));
		}
	}
	if (first === undefined) await library();
}
