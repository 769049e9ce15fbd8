/**
 * Runs a scenario in the runtime `sim` and leaves the folder that every run leaves: history, journal, scenario. The run
 * itself is `simulation.ts`; here are files, progress, and the end from outside.
 */
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { openJournal } from "../../../history/journal.ts";
import { openHistory } from "../../../history/write.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { knowReplica, loadDefinition } from "../../definition.ts";
import { headerOf } from "../../header.ts";
import type { End, RunOptions, RunOutcome } from "../../outcome.ts";
import { planRun } from "../../plan/plan.ts";
import { nameFault, type Progress } from "../../progress.ts";
import { makeRunFolder } from "../../run-folder.ts";
import { EPOCH, needsCopies, withManifest } from "./simulate.ts";
import { createSimulation, type Simulation } from "./simulation.ts";

/** Between two looks at whether somebody wants it to end. */
const STEPS_PER_TURN = 2_000;
const PROGRESS_EVERY_MS = 100;

/**
 * @param scenario one that `refusals` has nothing against
 * @throws Error when the harness itself fails; the history ends with `harness-error` then
 */
export async function runSimulated(scenario: Scenario, options: RunOptions): Promise<RunOutcome> {
	const { source } = scenario.replicas;
	if (source.kind !== "built-in" && source.kind !== "module") {
		throw new Error(`the simulator runs replicas made with the SDK, '${scenario.name}' has a ${source.kind}`);
	}
	const known = await knowReplica(scenario);
	const definition = await loadDefinition(source);
	await definition.load?.();
	const plan = planRun(scenario, known.operations);
	const folder = await makeRunFolder(options.outDir, scenario, new Date());
	await using history = await openHistory(folder.history, headerOf(scenario, "sim", known, EPOCH));
	await using journal = await openJournal(folder.journal);
	let end: End;
	try {
		const simulation = createSimulation({
			scenario,
			definition: withManifest(definition, scenario),
			plan,
			copy: needsCopies(scenario),
			event: (event) => history.append(event),
			message: (message) => journal.append(message),
		});
		end = await advanceToEnd(simulation, plan.operations.length, options);
	} catch (error) {
		const detail = error instanceof Error ? error.message : String(error);
		history.append({ time: 0, event: "end", reason: "harness-error", detail });
		throw error;
	}
	return {
		folder: folder.path,
		historyPath: folder.history,
		journalPath: folder.journal,
		endReason: end.reason,
		...(end.detail !== undefined && { endDetail: end.detail }),
		toxiproxy: null,
	};
}

async function advanceToEnd(simulation: Simulation, planned: number, options: RunOptions): Promise<End> {
	let shownAtMs = -Infinity;
	for (;;) {
		if (options.signal?.aborted) {
			const end: End = { reason: "interrupted", detail: "the run was ended from outside" };
			simulation.interrupt(end);
			return end;
		}
		const end = simulation.advance(STEPS_PER_TURN);
		const nowMs = performance.now();
		if (end !== null || nowMs - shownAtMs >= PROGRESS_EVERY_MS) {
			shownAtMs = nowMs;
			options.onProgress?.(progressOf(simulation, planned));
		}
		if (end !== null) return end;
		await nextTurn();
	}
}

function progressOf(simulation: Simulation, planned: number): Progress {
	const byView = new Map<string, string[]>();
	for (const [replica, view] of simulation.views()) byView.set(view, [...(byView.get(view) ?? []), replica]);
	const groups = [...byView.values()].sort((a, b) => b.length - a.length);
	return {
		phase: simulation.phase(),
		completed: simulation.completed(),
		planned,
		faults: simulation.faults().map(({ printed }) => nameFault(printed)),
		distinctViews: groups.length,
		differing: groups.slice(1).flat(),
	};
}
