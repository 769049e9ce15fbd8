/**
 * How small counterexamples get, and how long that takes: for each specimen the first failing schedule of so many seeds,
 * shrunk, written as a scenario file and confirmed by the checker. Goal: 8 operations or fewer (median).
 *
 *     npx jiti bench/shrink.ts [seeds] [operations of each replica]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCounterexample } from "../explore/counterexample.ts";
import { createCoverage } from "../explore/coverage.ts";
import { countOperations } from "../explore/schedule.ts";
import { bindDefinition, type Subject, searchRange } from "../explore/search-range.ts";
import { shrink } from "../explore/shrink.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import { formatProblem, parseScenario } from "../scenarios/index.ts";

const SEEDS = Number(process.argv[2] ?? 50);
const OPERATIONS = Number(process.argv[3] ?? 8);
const REPLICAS = 5;
const KEYS = 8;
const MOST_SCHEDULES = 20_000;
const GOAL_OPERATIONS = 8;

interface Sample {
	/** Of the schedule that was found. */
	before: number;
	after: number;
	replicas: number;
	steps: number;
	plays: number;
	shrinkMs: number;
	writeMs: number;
	portable: boolean;
	/** Not confirmed by the checker. */
	mistake: string | null;
}

const folder = await mkdtemp(join(tmpdir(), "pakka-bench-shrink-"));
try {
	for (const name of builtInNames().filter((candidate) => candidate.startsWith("specimen/")))
		await measure(name);
} finally {
	await rm(folder, { recursive: true, force: true });
}

async function measure(name: string): Promise<void> {
	const samples: Sample[] = [];
	let missed = 0;
	for (let seed = 1; seed <= SEEDS; seed++) {
		const sample = await shrinkFirstFailure(name, seed);
		if (sample === null) missed += 1;
		else samples.push(sample);
	}
	const middle = (pick: (sample: Sample) => number) => median(samples.map(pick));
	const worst = (pick: (sample: Sample) => number) => Math.max(...samples.map(pick));
	const after = (sample: Sample) => sample.after;
	const mistakes = samples.flatMap(({ mistake }) => (mistake === null ? [] : [mistake]));
	console.log(`${name}: ${samples.length} of ${SEEDS} seeds found it`);
	console.log(
		`  operations  ${middle(({ before }) => before)} before, ${middle(after)} after (worst ${worst(after)})`,
	);
	console.log(`  replicas    ${middle(({ replicas }) => replicas)}, steps ${middle(({ steps }) => steps)}`);
	console.log(
		`  shrink      ${middle(({ shrinkMs }) => shrinkMs).toFixed(1)} ms (worst ${worst(({ shrinkMs }) => shrinkMs).toFixed(1)}), ${middle(({ plays }) => plays)} plays`,
	);
	console.log(
		`  write       ${middle(({ writeMs }) => writeMs).toFixed(1)} ms (worst ${worst(({ writeMs }) => writeMs).toFixed(1)}), ${samples.filter(({ portable }) => portable).length} of ${samples.length} without messages:`,
	);
	for (const mistake of mistakes) console.log(`  NOT CONFIRMED ${mistake}`);
	if (missed > 0 || mistakes.length > 0 || middle(after) > GOAL_OPERATIONS) process.exitCode = 1;
}

async function shrinkFirstFailure(name: string, seed: number): Promise<Sample | null> {
	const loaded = builtIn(name);
	if (loaded === undefined) throw new Error(`no replica ${name}`);
	const { type } = loaded;
	const source = { kind: "built-in" as const, type: name };
	const subject: Subject = {
		source,
		type,
		options: {},
		delivers: null,
		mix: null,
		checks: null,
		invariants: {},
	};
	const definition = bindDefinition(loaded, subject, seed, {});
	const sizes = { replicas: REPLICAS, operations: OPERATIONS, keys: KEYS };
	const range = { strategy: "random" as const, sizes, seed, from: 0, count: MOST_SCHEDULES, wanted: null };
	const { failure } = searchRange(definition, subject, range, createCoverage());
	if (failure === null) return null;
	const startedMs = performance.now();
	const shrunk = shrink(failure.schedule, failure.violation, { definition, type });
	const shrunkMs = performance.now();
	const sample = {
		before: countOperations(failure.schedule),
		after: countOperations(shrunk.schedule),
		replicas: shrunk.schedule.replicas,
		steps: shrunk.schedule.steps.length,
		plays: shrunk.plays,
		shrinkMs: shrunkMs - startedMs,
	};
	try {
		const { portable } = await writeCounterexample(folder, shrunk, { base: baseOf(name), definition, type });
		return { ...sample, portable, writeMs: performance.now() - shrunkMs, mistake: null };
	} catch (error) {
		return { ...sample, portable: false, writeMs: performance.now() - shrunkMs, mistake: String(error) };
	}
}

function baseOf(name: string) {
	const types = new Map([[name, { operations: Object.keys(builtIn(name)?.operations ?? {}) }]]);
	const parsed = parseScenario(`{ name: bench, replicas: { type: ${name} } }`, { file: "bench.yaml", types });
	if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join("\n"));
	return parsed.scenario;
}

function median(values: number[]): number {
	return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
