/**
 * A campaign: searches the schedules of one scenario for a violation, shrinks the first, has the checker confirm it and
 * writes it down as a scenario file. Read top to bottom: prepare, search, shrink, report.
 */
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { loadDefinition } from "../controller/definition.ts";
import { loadInvariants } from "../controller/invariants.ts";
import { makeStampedFolder } from "../controller/run-folder.ts";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { Unconfirmed } from "./confirm.ts";
import { writeCounterexample } from "./counterexample.ts";
import type { Exploration, ExplorationProgress, Strategy } from "./exploration.ts";
import { noFaults } from "./faults.ts";
import { isJudgedFast, playFully } from "./full-check.ts";
import type { RandomStrategy, Sizes } from "./generate.ts";
import { judgeLaws, unexaminedLaws } from "./laws.ts";
import { operationMix } from "./operations.ts";
import type { Playable } from "./playable.ts";
import { countOperations, type Schedule } from "./schedule.ts";
import { type SearchSum, search } from "./search.ts";
import { bindDefinition, type Failure, type Subject } from "./search-range.ts";
import { searchScope } from "./search-scope.ts";
import { shrink } from "./shrink.ts";

export interface ExploreOptions {
	/** Schedules; default {@link DEFAULT_RUNS}, or without end where there is a bound of time. */
	runs?: number;
	timeMs?: number;
	/** Default: the scenario's. */
	seed?: number;
	/** Default `random`. */
	strategy?: Strategy;
	/** Of each replica, in the first schedules; default {@link DEFAULT_OPERATIONS}, twice that for one alone, for `exhaustive` what is feasible. */
	operations?: number;
	/** Where the exploration's folder is made; default `runs`. */
	outDir?: string;
	/** Aborted: it ends with what there is. */
	signal?: AbortSignal;
	onProgress?(progress: ExplorationProgress): void;
	/** These replicas, whatever the scenario says of their source; without workers, which could not load them. */
	definition?: ReplicaDefinition;
	/** Default: one for each core, once it takes longer; 0: none. */
	workers?: number;
}

export const DEFAULT_RUNS = 10_000;
export const DEFAULT_OPERATIONS = 4;

/** What a campaign works with. */
interface Campaign {
	scenario: Scenario;
	subject: Subject;
	definition: Playable;
	strategy: Strategy;
	sizes: Sizes;
	seed: number;
	runs: number;
	signal: AbortSignal;
	options: ExploreOptions;
}

/**
 * @throws Error when the scenario's replicas can't be simulated, can't be loaded, or have no operation to generate; whatever
 *   replicas do wrong is a finding
 */
export async function explore(scenario: Scenario, options: ExploreOptions = {}): Promise<Exploration> {
	const startedAt = new Date();
	const time = boundOf(options);
	try {
		const campaign = await prepare(scenario, options, time.signal);
		const folder = await makeStampedFolder(
			options.outDir ?? "runs",
			startedAt,
			`explore-${scenario.name}-${campaign.seed}`,
		);
		const exploration =
			campaign.strategy === "exhaustive"
				? await exploreScope(campaign, folder)
				: await exploreSchedules(campaign, campaign.strategy, folder);
		exploration.seconds = (Date.now() - startedAt.getTime()) / 1_000;
		await writeFile(join(folder, "exploration.json"), `${JSON.stringify(exploration, null, 2)}\n`);
		return exploration;
	} finally {
		time.end();
	}
}

async function exploreSchedules(
	campaign: Campaign,
	strategy: RandomStrategy,
	folder: string,
): Promise<Exploration> {
	const { subject, definition, sizes, seed, runs, signal, options, scenario } = campaign;
	const sum = await search({
		subject,
		definition,
		range: { strategy, sizes, seed, wanted: wantedOf(scenario) },
		runs,
		workers: options.definition === undefined ? options.workers : 0,
		signal,
		onRange: (sum) => options.onProgress?.(progressOf("search", sum)),
	});
	const exploration = summarise(campaign, sum, folder);
	if (sum.failure !== null) {
		options.onProgress?.(progressOf("shrink", sum));
		await report(campaign, sum.failure, exploration);
	}
	options.onProgress?.(progressOf("done", sum));
	return exploration;
}

async function exploreScope(campaign: Campaign, folder: string): Promise<Exploration> {
	const { scenario, subject, definition, seed, signal, options } = campaign;
	const searched = await searchScope({
		scenario: { ...scenario, seed },
		subject,
		definition: options.definition === undefined ? null : definition,
		operations: options.operations,
		signal,
	});
	const exploration: Exploration = {
		...nothingYet(campaign, folder),
		laws: unexaminedLaws("the exhaustive search examines no laws: --strategy random does"),
		complete: searched?.complete ?? false,
		scope: searched?.scope ?? "ended before it was through: nothing was completed, and nothing is claimed",
		interrupted: searched === null,
		schedules: Number(searched?.schedules ?? 0n),
		judged: searched?.updates ?? 0,
		configurations: searched?.configurations ?? 0,
	};
	const found = searched?.found ?? null;
	if (found === null) return exploration;
	exploration.timeToFirstFailureMs = (searched?.seconds ?? 0) * 1_000;
	const { property, cause, reason, schedule, other, replayed } = found;
	if (replayed) {
		const violation = { property, cause, reason, stepIndex: schedule.steps.length, replicas: [] };
		await report(campaign, { index: 0, schedule, violation, byChecker: false }, exploration);
		return exploration;
	}
	if (other === null) {
		exploration.unconfirmed = `the exhaustive search found, and a play of its schedule does not show: ${reason}`;
		return exploration;
	}
	// No single run shows it, so no scenario can: the two that differ are left as schedules.
	const path = join(folder, "two-runs.json");
	await writeFile(path, `${JSON.stringify({ property, reason, runs: [schedule, other] }, null, 2)}\n`);
	exploration.found = {
		property,
		reason,
		explanation: null,
		counterexample: path,
		operations: countOperations(schedule),
		replicas: schedule.replicas,
		afterSchedules: 1,
		replay: `pakka explore ${scenario.file ?? scenario.name} --strategy exhaustive --seed ${seed}`,
	};
	return exploration;
}

async function prepare(scenario: Scenario, options: ExploreOptions, signal: AbortSignal): Promise<Campaign> {
	const { source, type, delivers, options: replicaOptions } = scenario.replicas;
	if (source.kind !== "built-in" && source.kind !== "module") {
		throw new Error(
			`'${scenario.name}' can't be explored: the simulator runs replicas made with the SDK (replicas.type or replicas.module), and these are a ${source.kind}`,
		);
	}
	const loaded = options.definition ?? (await loadDefinition(source));
	const mistake = loaded.checkOptions?.(replicaOptions) ?? null;
	if (mistake !== null) throw new Error(`replicas.options of '${scenario.name}': ${mistake}`);
	await loaded.load?.();
	const { mix, keys } = scenario.workload;
	const subject: Subject = {
		source,
		type: type ?? loaded.type,
		options: replicaOptions,
		delivers,
		mix,
		checks: scenario.checks,
		invariants: scenario.invariants,
	};
	operationMix(loaded, mix);
	const seed = options.seed ?? scenario.seed;
	const runs = options.runs ?? (options.timeMs === undefined ? DEFAULT_RUNS : Number.MAX_SAFE_INTEGER);
	return {
		scenario,
		subject,
		definition: bindDefinition(loaded, subject, seed, await loadInvariants(scenario.invariants)),
		strategy: options.strategy ?? "random",
		sizes: {
			replicas: scenario.replicas.names.length,
			// One alone is to do as much as two.
			operations: options.operations ?? DEFAULT_OPERATIONS * (scenario.replicas.names.length === 1 ? 2 : 1),
			keys,
		},
		seed,
		runs,
		signal,
		options,
	};
}

/** Ends the search when the time is over, or the caller has had enough. */
function boundOf({ timeMs, signal }: ExploreOptions): { signal: AbortSignal; end(): void } {
	const over = new AbortController();
	const abort = () => over.abort();
	if (signal?.aborted === true) abort();
	signal?.addEventListener("abort", abort, { once: true });
	const timer = timeMs === undefined ? undefined : setTimeout(abort, timeMs);
	return {
		signal: over.signal,
		end() {
			clearTimeout(timer);
			signal?.removeEventListener("abort", abort);
		},
	};
}

function wantedOf({ expect }: Scenario): string | null {
	// Of laws no schedule tells, so any failure is one.
	return expect === "pass" || expect.fail === "laws" ? null : expect.fail;
}

function summarise(campaign: Campaign, sum: SearchSum, folder: string): Exploration {
	const { strategy, sizes, runs, signal } = campaign;
	const { difference, failure, schedules, elapsedMs, judged, faults, timeToFirstFailureMs } = sum;
	return {
		...nothingYet(campaign, folder),
		schedules,
		seconds: elapsedMs / 1_000,
		scope: `${schedules} ${strategy} schedules of 2 to ${sizes.replicas} replicas with ${sizes.operations} operations each and more: a search, not a proof; ${judgedBy(campaign, sum.fullyChecked)}`,
		nondeterminism: difference === null ? null : { whose: difference.whose, reason: difference.reason },
		laws: judgeLaws(sum.laws),
		interrupted: failure === null && difference === null && schedules < runs && signal.aborted,
		judged,
		fullyChecked: sum.fullyChecked,
		configurations: sum.configurations(),
		faults,
		timeToFirstFailureMs,
	};
}

/** What was judged by what, in words. */
function judgedBy({ definition, subject }: Campaign, fullyChecked: number): string {
	const fast = isJudgedFast(definition, subject.type) ? "each view by its specification" : "agreement";
	return `the fast check judged ${fast}, the whole checker ${fullyChecked} of them too`;
}

function nothingYet({ scenario, strategy, seed }: Campaign, folder: string): Exploration {
	return {
		scenario: scenario.name,
		strategy,
		seed,
		schedules: 0,
		seconds: 0,
		complete: false,
		scope: "",
		found: null,
		nondeterminism: null,
		laws: judgeLaws([]),
		unconfirmed: null,
		interrupted: false,
		judged: 0,
		fullyChecked: 0,
		configurations: 0,
		faults: noFaults(),
		timeToFirstFailureMs: null,
		folder,
	};
}

function progressOf(phase: ExplorationProgress["phase"], sum: SearchSum): ExplorationProgress {
	return {
		phase,
		schedules: sum.schedules,
		schedulesPerSecond: sum.elapsedMs === 0 ? 0 : Math.round((sum.schedules / sum.elapsedMs) * 1_000),
		configurations: sum.configurations(),
		faults: sum.faults,
		timeToFirstFailureMs: sum.timeToFirstFailureMs,
	};
}

/** Shrinks what was found, has it confirmed, and writes it down. */
async function report(campaign: Campaign, failure: Failure, exploration: Exploration): Promise<void> {
	const { definition, subject, scenario, strategy, seed } = campaign;
	const { type } = subject;
	const shrunk = shrink(failure.schedule, failure.violation, {
		definition,
		type,
		nowMs: () => performance.now(),
		...(failure.byChecker && {
			play: (candidate: Schedule, property: string) => playFully(definition, candidate, property, subject),
		}),
	});
	const afterSchedules = failure.index + 1;
	try {
		const counterexample = await writeCounterexample(exploration.folder, shrunk, {
			base: { ...scenario, seed },
			definition,
			type,
			found: `strategy ${strategy}, seed ${seed}, in schedule ${afterSchedules}`,
		});
		const { property, reason, explanation, path, operations, replicas } = counterexample;
		const replay = `pakka replay ${fromHere(path)}`;
		exploration.found = {
			property,
			reason,
			explanation,
			counterexample: path,
			operations,
			replicas,
			afterSchedules,
			replay,
		};
	} catch (error) {
		if (!(error instanceof Unconfirmed)) throw error;
		exploration.unconfirmed = error.message;
	}
}

/** As it would be typed in the folder where `pakka` was. */
function fromHere(path: string): string {
	const here = relative("", path);
	return here.startsWith("..") ? path : here;
}
