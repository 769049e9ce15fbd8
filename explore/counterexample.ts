/**
 * From a failing schedule to a scenario file that anybody can run: the simplest of several ways to tell it in which the
 * checker finds the same property violated, then without whatever of it does not matter. Partitions, crashes and the like
 * are preferred, for every runtime has them; messages one by one (`messages:`) are the last resort.
 *
 * Left out on purpose: running it and drawing its page, which is what `pakka replay` does with the file.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { type ScenarioInput, toScenarioFile } from "../scenarios/index.ts";
import { runtimeHint } from "../scenarios/runtime-hint.ts";
import type { Fault, Scenario } from "../scenarios/scenario.ts";
import { DEFAULTS } from "../scenarios/schema.ts";
import { confirmFile, type Judged, judgeInMemory, notFoundAgain, verdictOn } from "./confirm.ts";
import { minimiseAsync } from "./delta-debugging.ts";
import { checkDeterminism } from "./determinism.ts";
import type { Violation } from "./judge.ts";
import { narrate } from "./narrate.ts";
import { play } from "./play.ts";
import { printScenario } from "./print-scenario.ts";
import { reroute } from "./reroute.ts";
import { type Form, scenarioOf } from "./scenario-of-schedule.ts";
import { type Schedule, STEP_MS } from "./schedule.ts";
import { shorterTimes } from "./shorter-times.ts";
import { traceMessages } from "./trace.ts";

export const COUNTEREXAMPLE_FILE = "counterexample.yaml";

export interface CounterexampleOptions {
	/** What was explored: replicas, their options, the seed. */
	base: Scenario;
	definition: ReplicaDefinition;
	/** By whose specification it is judged. */
	type: string;
	/** How it was found, for the file's header, e.g. `strategy random, seed 7, after 812 schedules`. */
	found?: string;
}

export interface Counterexample {
	/** Absolute. */
	path: string;
	/** As it is in the file. */
	scenario: Scenario;
	property: string;
	/** The checker's sentence. */
	reason: string;
	/** Why, in plain words, where the checker can tell. */
	explanation: string | null;
	operations: number;
	replicas: number;
	/** Other runtimes can follow it: no single messages, no torn writes. */
	portable: boolean;
}

/** Slow enough for real processes to follow, and two ticks of the SDK's types. */
const SLOT_MS = 100;
const QUICK_SLOT_MS = 10;

const PLAIN: Form = {
	exact: false,
	tight: false,
	ticks: false,
	stepwise: false,
	duplicates: false,
	slotMs: SLOT_MS,
};

/** In the order in which they are tried: the plainest first, what only the simulator can do last. */
const FORMS: readonly Form[] = [
	PLAIN,
	{ ...PLAIN, tight: true },
	{ ...PLAIN, ticks: true },
	{ ...PLAIN, duplicates: true },
	{ ...PLAIN, slotMs: QUICK_SLOT_MS },
	{ ...PLAIN, exact: true },
	{ ...PLAIN, exact: true, tight: true },
	{ ...PLAIN, exact: true, ticks: true },
	{ ...PLAIN, exact: true, slotMs: QUICK_SLOT_MS },
	// As it was played: step by step, all of a small schedule before the first tick.
	{ ...PLAIN, exact: true, stepwise: true, slotMs: STEP_MS },
	{ ...PLAIN, exact: true, stepwise: true, slotMs: SLOT_MS },
];

interface Candidate {
	scenario: Scenario;
	judged: Judged;
	/** Of the checker, e.g. `lost`, where it says so. */
	kind: string;
}

/**
 * @param schedule best shrunk before
 * @throws Unconfirmed when the checker finds that property violated in no form of the schedule: the replica depends on when it
 *   is called, or the harness is mistaken
 */
export async function writeCounterexample(
	outDir: string,
	{ schedule, violation }: { schedule: Schedule; violation: Violation },
	options: CounterexampleOptions,
): Promise<Counterexample> {
	const path = resolve(outDir, COUNTEREXAMPLE_FILE);
	const property = violation.property;
	const found = await firstThatFails(schedule, violation, options, path);
	const chosen = await simplify(found, property, options.definition);
	const { scenario, judged } = chosen;
	const { reason = "", evidence } = verdictOn(property, judged) ?? {};
	await mkdir(outDir, { recursive: true });
	await writeFile(path, textOf(chosen, property, path, options));
	const confirmed = await confirmFile(path, scenario, judged, options.definition);
	return {
		path,
		scenario: confirmed,
		property,
		reason,
		explanation: evidence?.explanation?.sentence ?? null,
		operations: scenario.workload.script?.length ?? 0,
		replicas: scenario.replicas.names.length,
		portable: isPortable(scenario),
	};
}

async function firstThatFails(
	schedule: Schedule,
	violation: Violation,
	options: CounterexampleOptions,
	path: string,
): Promise<Candidate> {
	const { definition, type } = options;
	const base = baseOf(options.base, violation.property, path);
	const trace = (traced: Schedule) => traceMessages(definition, type, traced);
	const detours = reroute(schedule, trace);
	let last: Judged | null = null;
	for (const form of FORMS) {
		for (const told of [schedule, ...(form.exact ? [] : detours)]) {
			const scenario = scenarioOf(told, trace(told), base, form);
			const judged = await judgeInMemory(scenario, definition);
			const kind = kindOfFailure(judged, violation.property);
			if (kind !== null) return { scenario, judged, kind };
			last = judged;
		}
	}
	const again = checkDeterminism(definition, (watched) => void play(watched, type, schedule));
	const twice = again.kind === "different" ? again.reason : null;
	throw notFoundAgain(violation, last?.checked ?? null, schedule, twice);
}

/** What a counterexample takes over from what was explored: what is tested, not what was asked of it. */
function baseOf(explored: Scenario, property: string, path: string): Scenario {
	return {
		...explored,
		name: `${explored.name}-counterexample`,
		description: `The smallest run found in which ${property} fails.`,
		folder: dirname(path),
		file: path,
		requires: [],
		checks: null,
		thresholds: {},
		invariants: Object.fromEntries(
			Object.entries(explored.invariants).filter(([name]) => property === `invariant:${name}`),
		),
		expect: { fail: property },
	};
}

/** @returns null when the property doesn't fail */
function kindOfFailure(judged: Judged, property: string): string | null {
	const verdict = verdictOn(property, judged);
	if (verdict?.verdict !== "fail") return null;
	return typeof verdict.evidence["kind"] === "string" ? verdict.evidence["kind"] : "";
}

/** Without the faults, messages and operations that the same failure can do without. */
async function simplify(
	found: Candidate,
	property: string,
	definition: ReplicaDefinition,
): Promise<Candidate> {
	let current = found;
	const adopt = async (scenario: Scenario): Promise<boolean> => {
		const judged = await judgeInMemory(scenario, definition);
		if (kindOfFailure(judged, property) !== found.kind) return false;
		current = { ...found, scenario, judged };
		return true;
	};
	const { scenario } = current;
	await minimiseAsync(scenario.faults, (faults) => adopt({ ...current.scenario, faults }));
	await minimiseAsync(scenario.messages, (messages) => adopt({ ...current.scenario, messages }));
	await minimiseAsync(scenario.workload.script ?? [], async (script) => {
		if (script.length === 0) return false;
		return adopt({ ...current.scenario, workload: { ...current.scenario.workload, script } });
	});
	for (const shorter of shorterTimes(current.scenario)) if (await adopt(shorter)) break;
	return current;
}

function textOf(
	{ scenario, judged }: Candidate,
	property: string,
	path: string,
	{ found }: CounterexampleOptions,
): string {
	const file = relative("", path).startsWith("..") ? path : relative("", path);
	const { reason, evidence } = verdictOn(property, judged) ?? {};
	const why = evidence?.explanation?.sentence;
	const header = [
		"A counterexample that Pakka found.",
		runtimeHint("sim"),
		...(found === undefined ? [] : [`Found by ${found}.`]),
		"",
		`${property} fails: ${reason}`,
		...(why === undefined ? [] : [`Why: ${why}`]),
		"",
		...narrate(judged.run),
		"",
		`pakka replay ${file}   (the same again, to the byte)`,
		...(isPortable(scenario) ? [`pakka run ${file} --runtime process   (among real processes)`] : []),
		"",
		`While the defect exists this scenario is met: it expects ${property} to fail. Once it is mended, remove`,
		"`expect:` and keep the file: then it is a test that the defect does not come back.",
	];
	return printScenario(inputOf(scenario, path), header);
}

function isPortable({ messages, faults }: Scenario): boolean {
	const isTorn = (fault: Fault) =>
		"action" in fault && fault.action.kind === "crash" && fault.action.disk === "torn";
	return messages.length === 0 && !faults.some(isTorn);
}

/** Without what would be so anyhow, and with paths that stay right when the project moves. */
function inputOf(scenario: Scenario, path: string): ScenarioInput {
	const { folder: _, ...input } = toScenarioFile(scenario);
	const { module } = input.replicas;
	if (module !== undefined) {
		const fromFile = relative(dirname(path), module);
		input.replicas = { ...input.replicas, module: fromFile.startsWith(".") ? fromFile : `./${fromFile}` };
	}
	const { script, timeout } = input.workload ?? {};
	if (script === undefined) return input;
	const isUsual = scenario.workload.timeoutMs === DEFAULTS.timeoutMs;
	return { ...input, workload: { script, ...(!isUsual && { timeout }) } };
}
