/**
 * How fast schedules are played and judged, on one core, and whether that is sound. After `npm run build`:
 *
 *     npx jiti bench/explore.ts                       or-set, 3 replicas × 4 operations, schedules a second
 *     npx jiti bench/explore.ts --soundness 100000    fault-heavy schedules of all right types: none may fail
 *     npx jiti bench/explore.ts --twice 10000         the same, each played twice: no two plays may differ
 *     npx jiti bench/explore.ts --specimens           each specimen found, shrunk, confirmed; how long that takes
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { knownTypes } from "../cli/known-types.ts";
import type { Draws } from "../explore/draws.ts";
import type { FaultLoad } from "../explore/faults.ts";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { findScenarioFiles, loadScenarioFile } from "../scenarios/index.ts";

// Compiled, as users have it: what translates this file as it runs makes calls between modules slow.
const { drawsOf } = await compiled<typeof import("../explore/draws.ts")>("explore/draws.ts");
const { checkDeterminism } =
	await compiled<typeof import("../explore/determinism.ts")>("explore/determinism.ts");
const { drawFaultLoad } = await compiled<typeof import("../explore/faults.ts")>("explore/faults.ts");
const { explore } = await compiled<typeof import("../explore/index.ts")>("explore/index.ts");
const { operationMix, operationSource } =
	await compiled<typeof import("../explore/operations.ts")>("explore/operations.ts");
const { play } = await compiled<typeof import("../explore/play.ts")>("explore/play.ts");
const { randomChooser } = await compiled<typeof import("../explore/strategies/random.ts")>(
	"explore/strategies/random.ts",
);
const { builtIn, builtInNames } = await compiled<typeof import("../nodes/registry.ts")>("nodes/registry.ts");

const REPLICAS = 3;
const OPERATIONS = 4;
const SCHEDULES = 40_000;
const ROUNDS = 5;
const GOAL_PER_SECOND = 20_000;
const GOAL_SPECIMEN_MS = 10_000;
const SOUNDNESS_SCHEDULES = 100_000;
const TWICE_SCHEDULES = 10_000;
const CALM: FaultLoad = {
	duplicate: 0,
	drop: 0,
	crash: 0,
	start: 0,
	tick: 0,
	clock: 0,
	lose: 0,
	tear: 0,
	reorder: true,
	held: new Set(),
};

const [mode = "--speed", amount] = process.argv.slice(2);
if (mode === "--speed") speed();
else if (mode === "--soundness") soundness(Number(amount ?? SOUNDNESS_SCHEDULES));
else if (mode === "--twice") twice(Number(amount ?? TWICE_SCHEDULES));
else if (mode === "--specimens") await specimens();
else throw new Error(`expected --speed, --soundness, --twice or --specimens, found ${mode}`);

/** 12 operations and 24 deliveries each, in any order, judged at every step. Processor time: others may use the machine. */
function speed(): void {
	const definition = builtIn("or-set") as ReplicaDefinition;
	playAll(definition, SCHEDULES / 10, 1, () => CALM);
	const rates: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const before = process.cpuUsage();
		const { events } = playAll(definition, SCHEDULES, 2 + round, () => CALM);
		const { user, system } = process.cpuUsage(before);
		const rate = Math.round(SCHEDULES / ((user + system) / 1e6));
		rates.push(rate);
		console.log(`${rate} schedules/s of processor time (${(events / SCHEDULES).toFixed(1)} events each)`);
	}
	const best = Math.max(...rates);
	const median = rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
	console.log(`median ${median}, best ${best} (goal: ${GOAL_PER_SECOND})`);
	if (best < GOAL_PER_SECOND) process.exitCode = 1;
}

function soundness(schedules: number): void {
	const types = builtInNames().filter((name) => !name.includes("/"));
	const each = Math.ceil(schedules / types.length);
	for (const name of types) {
		const definition = builtIn(name) as ReplicaDefinition;
		const startedMs = performance.now();
		const { failures, steps } = playAll(definition, each, 1, (draws) => {
			return drawFaultLoad(definition, REPLICAS, draws, 0);
		});
		const seconds = (performance.now() - startedMs) / 1_000;
		const kinds = Object.entries(steps).map(([kind, count]) => `${kind} ${count}`);
		console.log(
			`${name}: ${each} schedules, ${failures.length} failures, ${seconds.toFixed(1)} s; ${kinds.join(", ")}`,
		);
		if (failures.length === 0) continue;
		console.log(failures.slice(0, 3).join("\n"));
		process.exitCode = 1;
	}
}

function twice(schedules: number): void {
	const types = builtInNames().filter((name) => !name.includes("/"));
	const each = Math.ceil(schedules / types.length);
	for (const name of types) {
		const definition = builtIn(name) as ReplicaDefinition;
		const startedMs = performance.now();
		const differences: string[] = [];
		const mix = operationMix(definition, null);
		for (let index = 0; index < each; index++) {
			const outcome = checkDeterminism(definition, (played) => {
				playOne(played, mix, index, 1, (draws) => drawFaultLoad(definition, REPLICAS, draws, 0));
			});
			if (outcome.kind === "different") differences.push(`  schedule ${index}: ${outcome.reason}`);
		}
		const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
		console.log(`${name}: ${each} schedules played twice, ${differences.length} differ, ${seconds} s`);
		if (differences.length === 0) continue;
		console.log(differences.slice(0, 3).join("\n"));
		process.exitCode = 1;
	}
}

async function specimens(): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), "pakka-bench-"));
	try {
		for (const file of await findScenarioFiles(["scenarios/library/specimen-*", "scenarios/specimens"])) {
			const loaded = await loadScenarioFile(file, { types: knownTypes() });
			if (!loaded.ok) throw new Error(`${file} can't be read`);
			const { name } = loaded.scenario;
			const startedMs = performance.now();
			const { found, unconfirmed } = await explore(loaded.scenario, { outDir: folder, workers: 0 });
			const tookMs = performance.now() - startedMs;
			console.log(
				found === null
					? `${name}: not found${unconfirmed === null ? "" : ` (${unconfirmed})`}`
					: `${name}: ${found.property} after ${found.afterSchedules} schedules, ${found.operations} operations, ${found.replicas} replicas; ${tookMs.toFixed(0)} ms`,
			);
			if (found === null || tookMs > GOAL_SPECIMEN_MS) process.exitCode = 1;
		}
	} finally {
		await rm(folder, { recursive: true });
	}
}

function playAll(
	definition: ReplicaDefinition,
	schedules: number,
	seed: number,
	loadOf: (draws: Draws) => FaultLoad,
): { events: number; failures: string[]; steps: Record<string, number> } {
	const mix = operationMix(definition, null);
	const result = { events: 0, failures: [] as string[], steps: {} as Record<string, number> };
	for (let index = 0; index < schedules; index++) {
		const outcome = playOne(definition, mix, index, seed, loadOf);
		result.events += outcome.events;
		for (const { kind } of outcome.schedule.steps) result.steps[kind] = (result.steps[kind] ?? 0) + 1;
		if (outcome.kind === "violated")
			result.failures.push(`  schedule ${index}: ${outcome.violation.property}, ${outcome.violation.reason}`);
	}
	return result;
}

function playOne(
	definition: ReplicaDefinition,
	mix: ReturnType<typeof operationMix>,
	index: number,
	seed: number,
	loadOf: (draws: Draws) => FaultLoad,
): ReturnType<typeof play> {
	const draws = drawsOf(seed, index);
	const source = operationSource(mix, draws, 3);
	const options = { replicas: REPLICAS, operations: OPERATIONS, source, faults: loadOf(draws), draws };
	return play(definition, definition.type, { replicas: REPLICAS, choose: randomChooser(options) });
}

async function compiled<T>(entry: string): Promise<T> {
	return (await import(builtEntry(entry))) as T;
}
