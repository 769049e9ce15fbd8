/**
 * Runs one scenario and records what happened, against real replicas (`sim` has a runner of its own); judging it is the checker's business. Read top to
 * bottom: plan, start, workload with faults, heal, settle, final states, end. Whatever replicas do becomes history; what
 * is thrown is the harness's own failure.
 *
 * Several runs may be under way in one process: nothing here is shared between them.
 */
import { randomBytes } from "node:crypto";
import type { PhaseEvent } from "../history/events.ts";
import { openJournal } from "../history/journal.ts";
import { openHistory } from "../history/write.ts";
import type { RuntimeName, Scenario } from "../scenarios/scenario.ts";
import { type ClientsOptions, runClients } from "./clients.ts";
import { anySignal, type RunClock, shiftClock, startRealClock } from "./clock.ts";
import { isUnordered, type KnownReplica, knowReplica } from "./definition.ts";
import { headerOf } from "./header.ts";
import { registerRun } from "./leftovers.ts";
import { createNemesis, type Nemesis } from "./nemesis.ts";
import { createObserver, type Observer, POLL_EVERY_MS } from "./observe.ts";
import type { End, RunOptions, RunOutcome } from "./outcome.ts";
import { clientCount } from "./plan/operations.ts";
import { lastMomentMs, type Plan, planRun } from "./plan/plan.ts";
import { randomStream } from "./plan/random.ts";
import { compareViews, nameFault, type Progress } from "./progress.ts";
import { type Recorder, recordTo } from "./recorder.ts";
import { refusals } from "./refuse.ts";
import { makeRunFolder, type RunFolder } from "./run-folder.ts";
import { startProcessRuntime } from "./runtimes/process/runtime.ts";
import type { RuntimeOptions, StartedRuntime } from "./runtimes/runtime.ts";
import { runSimulated } from "./runtimes/sim/run-simulated.ts";
import { settle } from "./settle.ts";

/** What the workload may take beyond its plan, because of operations that time out; then the rest is left out. */
const WORKLOAD_OVERRUN_MS = 15_000;
const PROGRESS_EVERY_MS = 100;
const INTERRUPTED: End = { reason: "interrupted", detail: "the run was ended from outside" };

export type { Progress, RunOptions, RunOutcome };

/** What the phases of one run work with. */
interface Run {
	scenario: Scenario;
	plan: Plan;
	known: KnownReplica;
	clock: RunClock;
	recorder: Recorder;
	runtime: StartedRuntime;
	observer: Observer;
	nemesis: Nemesis;
	/** Aborted when the run is over, however it ended. */
	over: AbortSignal;
	completed: { operations: number };
	enter(phase: PhaseEvent["phase"]): void;
}

/**
 * @returns how it ended; a run that replicas spoil ends like any other, with a reason that says so
 * @throws Error when the runtime can't do what the scenario asks (nothing has been started then), or when the harness
 *   itself fails; in the latter case the history ends with `harness-error`
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunOutcome> {
	await requireRunnable(scenario, options.runtime);
	if (options.runtime === "sim") return runSimulated(scenario, options);
	const known = await knowReplica(scenario);
	const plan = planRun(scenario, known.operations);
	const startedAt = new Date();
	const folder = await makeRunFolder(options.outDir, scenario, startedAt);
	await using history = await openHistory(
		folder.history,
		headerOf(scenario, options.runtime, known, startedAt),
	);
	const clock = startRealClock();
	const recorder = recordTo(history, clock);
	try {
		const { end, toxiproxy } = await record(scenario, options, { known, plan, clock, recorder, folder });
		return {
			folder: folder.path,
			historyPath: folder.history,
			journalPath: folder.journal,
			endReason: end.reason,
			...(end.detail !== undefined && { endDetail: end.detail }),
			toxiproxy,
		};
	} catch (error) {
		// While it was still starting; nothing was run that could be judged.
		if (options.signal?.aborted === true) recorder.record({ event: "end", ...INTERRUPTED });
		const detail = error instanceof Error ? error.message : String(error);
		recorder.record({ event: "end", reason: "harness-error", detail });
		throw error;
	}
}

async function requireRunnable(scenario: Scenario, runtime: RuntimeName): Promise<void> {
	const refused = await refusals(scenario, runtime);
	if (refused.length === 0) return;
	const lines = refused.map(({ path, message }) => `${path}: ${message}`);
	throw new Error(`'${scenario.name}' can't be run in the runtime '${runtime}':\n${lines.join("\n")}`);
}

interface Prepared {
	known: KnownReplica;
	plan: Plan;
	clock: RunClock;
	recorder: Recorder;
	folder: RunFolder;
}

/** Owns everything that must be gone when the run is over. */
async function record(
	scenario: Scenario,
	options: RunOptions,
	{ folder, ...prepared }: Prepared,
): Promise<{ end: End; toxiproxy: StartedRuntime["toxiproxy"] }> {
	const { clock, recorder, plan } = prepared;
	await using leftovers = await registerRun(randomBytes(6).toString("hex"));
	await using journal = await openJournal(folder.journal);
	await using runtime = await startRuntime(options.runtime, {
		runId: leftovers.runId,
		scenario,
		leftovers,
		logsFolder: folder.logs,
		report: (node) => recorder.record({ event: "node", ...node }),
		note: recorder.note,
		random: randomStream(scenario.seed, "links").float,
		...(options.signal && { signal: options.signal }),
	});
	const { toxiproxy } = runtime;
	recorder.note("toxiproxy", toxiproxy);
	const over = new AbortController();
	const observer = createObserver({
		replicas: scenario.replicas.names,
		unordered: isUnordered(prepared.known.type),
		runtime,
		recorder,
		journal,
		clock,
	});
	const nemesis = createNemesis({ runtime, recorder, clock });
	const completed = { operations: 0 };
	let phase: Progress["phase"] = "start";
	const show = () =>
		options.onProgress?.({
			phase,
			completed: completed.operations,
			planned: plan.operations.length,
			faults: nemesis.active().map(nameFault),
			...compareViews(observer.latest()),
		});
	const enter = (next: PhaseEvent["phase"]) => {
		phase = next;
		recorder.record({ event: "phase", phase: next });
		show();
	};
	const ticker = setInterval(show, PROGRESS_EVERY_MS);
	try {
		const run: Run = {
			scenario,
			...prepared,
			runtime,
			observer,
			nemesis,
			over: over.signal,
			completed,
			enter,
		};
		const end = await Promise.race([
			runPhases(run),
			interruptOf(options.signal, over.signal),
			failureOf(runtime),
		]);
		// What the phases may still record must not follow the end, and what they may still read is about to go.
		recorder.record({ event: "end", ...end });
		return { end, toxiproxy };
	} finally {
		over.abort();
		clearInterval(ticker);
	}
}

async function startRuntime(name: RuntimeName, options: RuntimeOptions): Promise<StartedRuntime> {
	if (name !== "docker") return startProcessRuntime(options);
	// Loaded only when it is wanted: it brings the client of the Docker engine.
	const { startDockerRuntime } = await import("./runtimes/docker/runtime.ts");
	return startDockerRuntime(options);
}

async function runPhases(run: Run): Promise<End> {
	const unstarted = await startNodes(run);
	if (unstarted.length > 0) return { reason: "unreadable", detail: unstarted.join("\n") };
	const polling = new AbortController();
	const polled = run.observer.poll(POLL_EVERY_MS, anySignal(polling.signal, run.over));
	run.enter("workload");
	await driveWorkload(run);
	run.enter("heal");
	await run.nemesis.heal();
	polling.abort();
	await polled;
	run.enter("settle");
	const { observer, clock, scenario, over } = run;
	const settled = await settle({ observer, clock, withinMs: scenario.settle.withinMs, signal: over });
	if (settled === null) return { reason: "interrupted" };
	run.enter("final");
	const unread = await observer.readFinal();
	if (unread.length > 0) {
		return { reason: "unreadable", detail: `no final state could be read from ${unread.join(", ")}` };
	}
	return { reason: settled.reason, detail: settled.detail };
}

/** @returns why, for each replica that did not come up */
async function startNodes({ scenario, runtime }: Run): Promise<string[]> {
	const outcomes = await Promise.all(scenario.replicas.names.map((replica) => runtime.start(replica)));
	return outcomes.flatMap((outcome) => (outcome.kind === "failed" ? [outcome.reason] : []));
}

/** Operations and faults side by side, until both are through or the bound is reached. */
async function driveWorkload(run: Run): Promise<void> {
	const { scenario, plan, recorder, runtime, nemesis, over } = run;
	const clock = shiftClock(run.clock, run.clock.nowMs());
	const through = new AbortController();
	const overrun = new AbortController();
	const boundMs = lastMomentMs(plan) + WORKLOAD_OVERRUN_MS;
	const watch = clock.sleepUntil(boundMs, anySignal(through.signal, over)).then(() => overrun.abort());
	const signal = anySignal(overrun.signal, over);
	const clients: ClientsOptions = {
		operations: plan.operations,
		clientCount: clientCount(scenario),
		clock,
		recorder,
		signal,
		invoke: (replica, operation) =>
			runtime.control(replica).operation(operation, scenario.workload.timeoutMs),
		isQuery: (f) => run.known.operations[f]?.kind === "query" || f === "read",
		onCompleted: () => {
			run.completed.operations += 1;
		},
		onGarbage: reportGarbageOnce(run),
	};
	const [left] = await Promise.all([runClients(clients), nemesis.run(plan.faults, clock, signal)]);
	through.abort();
	await watch;
	if (left > 0 && !over.aborted) {
		recorder.note("operations were left out: the workload took too long", {
			operations: left,
			boundMs: WORKLOAD_OVERRUN_MS,
		});
	}
}

/** A replica that answers garbage does so many times; the history's operations show each, the node events the first. */
function reportGarbageOnce({ recorder, runtime }: Run): ClientsOptions["onGarbage"] {
	const reported = new Set<string>();
	return (replica, message) => {
		if (reported.has(replica)) return;
		reported.add(replica);
		const incarnation = runtime.incarnation(replica);
		recorder.record({
			event: "node",
			replica,
			what: "garbage",
			incarnation,
			detail: `POST /operation: ${message}`,
		});
	};
}

function interruptOf(signal: AbortSignal | undefined, over: AbortSignal): Promise<End> {
	return new Promise((resolve) => {
		if (signal === undefined) return;
		const interrupted = () => resolve(INTERRUPTED);
		if (signal.aborted) interrupted();
		else signal.addEventListener("abort", interrupted, { once: true, signal: over });
	});
}

async function failureOf(runtime: StartedRuntime): Promise<never> {
	throw await runtime.failed;
}
