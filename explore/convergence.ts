/**
 * Explores one replica definition within a test, without a scenario file, and tells a person what it found: the sentence, the
 * shrunk schedule line by line, the seed, and how to see it again. Knows no test runner; `vitest.ts` brings it to one.
 */
import { rm, rmdir } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { loadDefinition } from "../controller/definition.ts";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { loadScenarioFile, parseScenario } from "../scenarios/index.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { explore } from "./campaign.ts";
import { judgeInMemory } from "./confirm.ts";
import { type Exploration, type Found, type Strategy, verdictOf } from "./exploration.ts";
import { narrate } from "./narrate.ts";

export interface ConvergenceOptions {
	/** How many; default {@link DEFAULT_REPLICAS}. */
	replicas?: number;
	/** Of each replica in the first schedules, or, by name, the weights of those that are invoked. */
	operations?: number | Record<string, number>;
	/** Schedules; default {@link DEFAULT_TEST_RUNS}. */
	runs?: number;
	/** Ends the search after that, however many schedules were played. */
	timeMs?: number;
	/** Default {@link DEFAULT_SEED}: the test plays the same schedules every time. */
	seed?: number;
	/** Default `random`. */
	strategy?: Strategy;
	/** Handed to the replicas. */
	options?: Scenario["replicas"]["options"];
	/** Where the folder of a failure goes; default `runs`. */
	outDir?: string;
	/** The file whose default export the replica is: what `pakka replay` and workers load. Found by itself in most tests. */
	module?: string;
	/** So many threads search, which load `module`; default 0: the test's own. */
	workers?: number;
}

export const DEFAULT_REPLICAS = 3;
export const DEFAULT_TEST_RUNS = 1_000;
export const DEFAULT_SEED = 42;

/** Leaves room for what counterexamples append. */
const LONGEST_NAME_CHARACTERS = 40;

/** The module brings its own. */
const NO_TYPES = new Map<string, never>();

export interface Subject {
	/** As the test is called. */
	title: string;
	replica: ReplicaDefinition;
	/** How the same test is run once more. */
	again: string;
	/** The file that asks, and the one whose default export the replica is, as far as it can be told. */
	file: string;
	module: string | null;
}

export type Convergence = { converges: true; message: string } | { converges: false; message: string };

/** @throws Error when the options are mistaken, or the harness is */
export async function checkConvergence(subject: Subject, options: ConvergenceOptions): Promise<Convergence> {
	const seed = options.seed ?? DEFAULT_SEED;
	const scenario = scenarioFor(subject, options, seed);
	const exploration = await explore(scenario, {
		runs: options.runs ?? DEFAULT_TEST_RUNS,
		seed,
		strategy: options.strategy ?? "random",
		outDir: options.outDir ?? "runs",
		...(options.timeMs !== undefined && { timeMs: options.timeMs }),
		...(typeof options.operations === "number" && { operations: options.operations }),
		...(options.workers ? { workers: options.workers } : { definition: subject.replica }),
	});
	const searched = `${exploration.scope}; seed ${seed}`;
	switch (verdictOf(exploration, "pass")) {
		case "met":
			await removeTraces(exploration);
			return { converges: true, message: `${subject.title}: nothing found in ${searched}` };
		case "failed":
			return { converges: false, message: await explain(subject, exploration, scenario) };
		case "unknown": {
			const why = exploration.nondeterminism?.reason ?? "no schedule accepted any update: nothing was judged";
			return { converges: false, message: `${subject.title}: can't be told (${searched}): ${why}` };
		}
		case "harness": {
			const why = exploration.nondeterminism?.reason ?? exploration.unconfirmed ?? "for a reason unknown";
			throw new Error(`${subject.title}: a mistake of Pakka (${searched}): ${why}`);
		}
	}
}

function scenarioFor({ title, file, module }: Subject, options: ConvergenceOptions, seed: number): Scenario {
	const name =
		title
			.toLowerCase()
			.replaceAll(/[^a-z0-9]+/g, "-")
			.replaceAll(/^-+/g, "")
			.slice(0, LONGEST_NAME_CHARACTERS)
			.replaceAll(/-+$/g, "") || "convergence";
	const path = options.module === undefined ? module : resolve(options.module);
	const { operations = {}, options: replicaOptions = {}, replicas = DEFAULT_REPLICAS } = options;
	const input = {
		name,
		replicas: { count: replicas, module: path ?? file, options: replicaOptions },
		seed,
		workload: {
			operations: 1,
			...(typeof operations === "object" && Object.keys(operations).length > 0 && { mix: operations }),
		},
	};
	const parsed = parseScenario(JSON.stringify(input), { file, types: NO_TYPES });
	if (parsed.ok) return parsed.scenario;
	const problems = parsed.problems.map(({ path, message }) => `${path}: ${message}`);
	throw new Error(`${title}: these options can't be explored\n${problems.join("\n")}`);
}

/** A test that passes leaves nothing behind. */
async function removeTraces({ folder }: Exploration): Promise<void> {
	await rm(folder, { recursive: true, force: true });
	// Where others have left something there it stays.
	await rmdir(dirname(folder)).catch(() => undefined);
}

async function explain(subject: Subject, exploration: Exploration, scenario: Scenario): Promise<string> {
	const { found, laws, seed } = exploration;
	const lines = found === null ? [] : await explainFound(subject, found, scenario, exploration);
	if (laws.verdict === "fail") {
		lines.push(
			...(lines.length > 0 ? [""] : [`${subject.title}: the laws fail (seed ${seed})`, ""]),
			laws.reason,
		);
		const states = laws.evidence["states"] ?? laws.evidence["effects"];
		for (const [name, state] of Object.entries(states ?? {}))
			lines.push(`  ${name} = ${JSON.stringify(state)}`);
	}
	return [...lines, "", `Again, with seed ${seed}:  ${subject.again}`].join("\n");
}

async function explainFound(
	subject: Subject,
	found: Found,
	scenario: Scenario,
	{ seed, schedules }: Exploration,
): Promise<string[]> {
	const size = `${count(found.operations, "operation")}, ${count(found.replicas, "replica")}`;
	const path = fromHere(found.counterexample);
	const replay = await whyNoReplay(subject, scenario);
	return [
		`${subject.title}: ${found.property} fails (seed ${seed}, schedule ${schedules})`,
		"",
		found.reason,
		"",
		`Shrunk to ${size}:`,
		...(await tell(found.counterexample, subject.replica)),
		"",
		`Counterexample:  ${path}`,
		replay === null ? `Replay:  npx pakka replay ${path}` : `Replay:  not outside of this test, ${replay}`,
	];
}

/** The counterexample's run, line by line. */
async function tell(path: string, replica: ReplicaDefinition): Promise<string[]> {
	const loaded = await loadScenarioFile(path, { types: NO_TYPES });
	if (!loaded.ok) return [`  (${path} can't be read)`];
	const { run } = await judgeInMemory(loaded.scenario, replica);
	return narrate(run);
}

/** @returns why `pakka replay` could not load the replica; null: it can */
async function whyNoReplay(
	{ replica, file }: Subject,
	{ replicas: { source } }: Scenario,
): Promise<string | null> {
	const advice = "as Pakka finds no file whose default export the replica is (name it with `module`)";
	// A test can't be loaded outside of its runner.
	if (source.kind !== "module" || source.path === file) return advice;
	try {
		const loaded = await loadDefinition(source);
		const isSame =
			loaded.type === replica.type &&
			String(Object.keys(loaded.operations)) === String(Object.keys(replica.operations));
		return isSame ? null : advice;
	} catch {
		return advice;
	}
}

function fromHere(path: string): string {
	const here = relative("", path);
	return here.startsWith("..") ? path : here;
}

function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
