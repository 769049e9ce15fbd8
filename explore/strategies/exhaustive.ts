/**
 * Every interleaving of a small scope: some replicas with some operations each, and the update messages that these cause, each
 * delivered once everywhere (or once more), in any order that the manifest allows. What it completes without finding
 * anything is a proof, for that scope and no other; `scope` says which that is.
 *
 * Three things make it feasible:
 * - Replicas are run once for each distinct behaviour and step (`behaviours.ts`); the rest is looking up integers.
 * - Configurations are remembered by what each replica has delivered, as update instances, and what is in flight to it.
 * - Deliveries at different replicas commute, so each is put off until its replica's next operation, and those after its last
 *   operation to the very end: every run is equivalent to such a one, in which each replica goes through the same.
 *   Where replicas answer messages with messages that isn't so, and every order is gone through.
 *
 * What is checked is a matter of one replica's behaviour: strong convergence (equal instances delivered, equal views, in
 * whatever run; with all delivered that is convergence at the end), and the type's specification. Symmetry between
 * replicas is not used: most types break ties by id.
 *
 * Left out on purpose: loss, crashes, ticks and all that follows from them (anti-entropy), time.
 */
import { encodeView } from "../../controller/definition.ts";
import type { Behaviour, Behaviours } from "../exhaustive/behaviours.ts";
import type { ExhaustiveProblem } from "../exhaustive/problem.ts";
import { runTo, runToLocals, withStillClocks } from "../exhaustive/rebuild.ts";
import { describeScope } from "../exhaustive/scope.ts";
import {
	AnswersMessages,
	createSearch,
	type Finding,
	type Search,
	type Searched,
} from "../exhaustive/search.ts";
import { play } from "../play.ts";
import type { Schedule } from "../schedule.ts";

export type { ExhaustiveProblem, ScopedOperation } from "../exhaustive/problem.ts";

export interface ExhaustiveSearch {
	/** All of the scope was gone through, and nothing found. */
	complete: boolean;
	/** What was gone through and what was not, in words: nothing else is claimed. */
	scope: string;
	/** Interleavings covered: 0 unless complete; null where their number isn't known. */
	schedules: bigint | null;
	configurations: number;
	/** Distinct conditions of single replicas; each of their steps was executed once. */
	behaviours: number;
	/** Distinct update instances: without any, nothing was judged. */
	updates: number;
	seconds: number;
	found: ExhaustiveFinding | null;
}

export interface ExhaustiveFinding {
	property: "strong-convergence" | "specification" | "convergence" | "termination";
	/** As of a play's violation (`judge.ts`). */
	cause: string;
	reason: string;
	/** A run that shows it. */
	schedule: Schedule;
	/** Where no single run shows it, the second of two: the same instances delivered, different views. */
	other: Schedule | null;
	/** Whether playing `schedule` violates that property; false where only two runs do. */
	replayed: boolean;
}

/**
 * Cost: a real step for each behaviour and event, and some look-ups for each configuration and replica. Memory: about 50
 * bytes a configuration, and the replicas of all behaviours, both bounded.
 * @param nowMs a clock, for `seconds`
 * @throws what the replica's `create` throws
 */
export function searchExhaustively(problem: ExhaustiveProblem, nowMs: () => number): ExhaustiveSearch {
	const startedMs = nowMs();
	const search = (reduced: boolean): Omit<ExhaustiveSearch, "seconds"> => {
		const search = createSearch(problem, reduced);
		try {
			return summarise(
				problem,
				search,
				search.run((finding) => describe(problem, search, finding).replayed),
			);
		} finally {
			search.behaviours.dispose();
		}
	};
	const searched = (): Omit<ExhaustiveSearch, "seconds"> => {
		try {
			return search(problem.reduce ?? true);
		} catch (error) {
			if (!(error instanceof AnswersMessages)) throw error;
			return search(false);
		}
	};
	return { ...searched(), seconds: (nowMs() - startedMs) / 1_000 };
}

function summarise(
	problem: ExhaustiveProblem,
	search: Search,
	searched: Searched,
): Omit<ExhaustiveSearch, "seconds"> {
	const { finding, stopped, schedules, operationsReached, unequalEnds } = searched;
	const { behaviours, configurations } = search;
	const complete = finding === null && !stopped;
	return {
		complete,
		scope: describeScope(problem, {
			operationsReached: complete ? null : operationsReached,
			schedules: complete ? schedules : null,
			fingerprints: behaviours.fingerprints,
			readsClock: behaviours.readsClock,
			unequalEnds,
			stopped: finding === null ? (stopped ? "limit" : null) : "found",
		}),
		schedules,
		configurations: configurations.count,
		behaviours: behaviours.count,
		updates: behaviours.instances.count,
		found: finding === null ? null : describe(problem, search, finding),
	};
}

function describe(problem: ExhaustiveProblem, search: Search, finding: Finding): ExhaustiveFinding {
	const { behaviours } = search;
	const name = ({ replica }: { replica: number }) => behaviours.ids[replica] as string;
	const inRun = (found: Omit<ExhaustiveFinding, "other" | "replayed">): ExhaustiveFinding => {
		return { ...found, other: null, ...replay(problem, search, found) };
	};
	switch (finding.kind) {
		case "threw": {
			const reason = `${name(finding.place)} threw: ${finding.words}`;
			const schedule = runTo(problem, search, finding.place);
			return inRun({ property: "termination", cause: "threw", reason, schedule });
		}
		case "mismatch": {
			const { behaviour, place, cause, words } = finding;
			const reason = `${name(place)} had delivered ${deliveredWords(behaviours, behaviour)} and ${words}: ${print(behaviour.view)}`;
			return inRun({ property: "specification", cause, reason, schedule: runTo(problem, search, place) });
		}
		case "changed": {
			const { before, after, place } = finding;
			const reason = differ(behaviours, before, after, `${name(place)} at two moments`);
			return inRun({ ...DIFFER, reason, schedule: runTo(problem, search, place) });
		}
		case "pair": {
			const { one, other, configuration } = finding;
			const names = `${name(one.behaviour)} and ${name(other.behaviour)}`;
			const reason = differ(behaviours, one.behaviour, other.behaviour, names);
			return inRun({
				...DIFFER,
				reason,
				schedule: runToLocals(problem, search, configuration, [one, other]),
			});
		}
		case "ends": {
			const views = finding.ends.map(({ behaviour }) => `${name(behaviour)} ${print(behaviour.view)}`);
			const reason = `in the end they show different things: ${views.join(", ")}`;
			const schedule = runToLocals(problem, search, finding.configuration, finding.ends);
			return inRun({ property: "convergence", cause: "differ", reason, schedule });
		}
		case "apart": {
			const { one, other, places } = finding;
			const names = `${name(one)} in one run and ${name(other)} in another`;
			const [schedule, second] = places.map((place) => runTo(problem, search, place)) as [Schedule, Schedule];
			const reason = differ(behaviours, one, other, names);
			return { ...DIFFER, reason, schedule, other: second, replayed: false };
		}
	}
}

/** With the clocks held still only where it doesn't show otherwise. */
function replay(
	{ definition, type }: ExhaustiveProblem,
	{ behaviours }: Search,
	{ property, schedule }: { property: string; schedule: Schedule },
): { schedule: Schedule; replayed: boolean } {
	const still = behaviours.readsClock ? [withStillClocks(schedule)] : [];
	for (const candidate of [schedule, ...still]) {
		const outcome = play(definition, type, candidate, { wanted: property });
		if (outcome.kind === "violated" && outcome.violation.property === property) {
			return { schedule: candidate, replayed: true };
		}
	}
	return { schedule: still[0] ?? schedule, replayed: false };
}

const DIFFER = { property: "strong-convergence", cause: "differ" } as const;

function differ(behaviours: Behaviours, one: Behaviour, other: Behaviour, names: string): string {
	const delivered = deliveredWords(behaviours, one);
	return `${names} had delivered the same updates ${delivered} and showed ${print(one.view)} and ${print(other.view)}`;
}

function deliveredWords({ instances }: Behaviours, { delivered }: Behaviour): string {
	const updates = (delivered?.members ?? []).map((id) => instances.get(id));
	return `{${updates
		.map(({ replica, number }) => `${replica}:${number}`)
		.sort()
		.join(", ")}}`;
}

function print(value: unknown): string {
	return JSON.stringify(encodeView(value));
}
