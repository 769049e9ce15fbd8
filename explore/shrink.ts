/**
 * Shrinking: from a schedule that violates a property to a small one that violates the same property for the same
 * cause. First delta debugging over the steps, then fewer replicas, earlier deliveries, milder faults and simpler
 * values, round after round until nothing helps any more. What comes out is minimal in this sense: none of these
 * rewritings makes it smaller; a smaller one may still exist.
 *
 * Deterministic: the same schedule shrinks to the same, unless the bound of time is met.
 *
 * Left out on purpose: the scenario's own frills (times, partitions), which `counterexample.ts` takes care of.
 */
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import type { Json } from "../scenarios/scenario.ts";
import { minimise } from "./delta-debugging.ts";
import type { Violation } from "./judge.ts";
import { play } from "./play.ts";
import type { Outcome } from "./playable.ts";
import { inOrderOfAppearance, moved, renumbered, replaced, withReplicas } from "./rewrite.ts";
import type { Schedule, Step } from "./schedule.ts";
import { replaceTexts, shortNames, simplerValues, textsIn } from "./simpler-values.ts";

/** At some 20,000 plays a second: a second for built-in types, and half a minute for heavy libraries. */
export const MAXIMUM_SHRINK_PLAYS = 20_000;
export const MAXIMUM_SHRINK_MS = 20_000;
/** Every round makes it smaller, so few are ever needed. */
const MAXIMUM_ROUNDS = 20;

export interface ShrinkOptions {
	definition: ReplicaDefinition;
	type: string;
	/** Plays a schedule and judges it; default: the fast check alone. */
	play?: (candidate: Schedule, property: string) => Outcome;
	maximumPlays?: number;
	maximumMs?: number;
	/** A clock, for the bound of time; without one there is none. */
	nowMs?: () => number;
}

export interface Shrunk {
	schedule: Schedule;
	violation: Violation;
	/** Schedules that were tried. */
	plays: number;
	/** False: a bound was met before nothing more helped. */
	complete: boolean;
}

/**
 * What clocks may be wrong by, the plainest first. Not less: an offset below what the steps of a schedule take would
 * say something of their exact times, which a scenario doesn't keep.
 */
const ROUND_OFFSETS_MS: readonly number[] = [-10_000, 10_000, -60_000, 60_000, -3_600_000, 3_600_000];

interface Failing {
	/** Without steps that had no effect. */
	schedule: Schedule;
	violation: Violation;
}

/** The smallest so far, and the way to a smaller one. */
interface Search extends Failing {
	plays: number;
	exhausted: boolean;
	readonly isUpdate: (f: string) => boolean;
	/** Takes the candidate on if it fails for the same reason. */
	adopt(candidate: Schedule): boolean;
}

/** @throws Error when the schedule does not violate that property for that cause: there is nothing to shrink then */
export function shrink(
	schedule: Schedule,
	violation: Pick<Violation, "property" | "cause">,
	options: ShrinkOptions,
): Shrunk {
	const search = createSearch(schedule, violation, options);
	let complete = false;
	for (let round = 0; round < MAXIMUM_ROUNDS && !complete && !search.exhausted; round++) {
		const before = search.schedule;
		for (const pass of PASSES) pass(search);
		complete = search.schedule === before && !search.exhausted;
	}
	return { schedule: search.schedule, violation: search.violation, plays: search.plays, complete };
}

function createSearch(
	schedule: Schedule,
	{ property, cause }: Pick<Violation, "property" | "cause">,
	options: ShrinkOptions,
): Search {
	const { definition, type, nowMs } = options;
	const mostPlays = options.maximumPlays ?? MAXIMUM_SHRINK_PLAYS;
	const endMs = (nowMs?.() ?? 0) + (options.maximumMs ?? MAXIMUM_SHRINK_MS);
	const tried = new Set<string>();
	const failing = (candidate: Schedule): Failing | null => {
		const outcome = options.play
			? options.play(candidate, property)
			: play(definition, type, candidate, { wanted: property });
		if (outcome.kind !== "violated") return null;
		const { violation } = outcome;
		const same = violation.property === property && violation.cause === cause;
		return same ? { schedule: outcome.schedule, violation } : null;
	};
	const first = failing(schedule);
	if (first === null) {
		throw new Error(
			`the schedule was said to violate ${property} (${cause}), but played again it does not: the replica is not a function of what it is given, or the search is wrong`,
		);
	}
	const search: Search = {
		...first,
		plays: 1,
		exhausted: false,
		isUpdate: (f) => definition.operations[f]?.kind !== "query",
		adopt(candidate) {
			if (search.plays >= mostPlays || (nowMs?.() ?? 0) >= endMs) search.exhausted = true;
			if (search.exhausted) return false;
			const key = JSON.stringify(candidate);
			if (tried.has(key)) return false;
			tried.add(key);
			search.plays += 1;
			const found = failing(candidate);
			if (found === null) return false;
			Object.assign(search, found);
			return true;
		},
	};
	tried.add(JSON.stringify(schedule));
	return search;
}

const PASSES: readonly ((search: Search) => void)[] = [
	removeSteps,
	removeReplicas,
	mergeReplicas,
	nameInOrder,
	deliverEarlier,
	milderFaults,
	simplerOperations,
	sameSubject,
	shorterNames,
];

/** Each part is tried as it stands, and with its messages numbered anew. */
function removeSteps(search: Search): void {
	const original = search.schedule;
	minimise(original.steps, (part) => {
		const kept = new Set(part);
		if (search.adopt({ ...original, steps: part })) return true;
		return search.adopt(renumbered(original, kept, search.isUpdate));
	});
}

function removeReplicas(search: Search): void {
	for (let gone = search.schedule.replicas - 1; gone >= 0 && search.schedule.replicas > 1; gone--) {
		search.adopt(withReplicas(search.schedule, renaming(search.schedule, gone, null)));
	}
}

/** Of two replicas one, with the steps of both. */
function mergeReplicas(search: Search): void {
	for (let gone = search.schedule.replicas - 1; gone > 0; gone--) {
		for (let into = 0; into < gone && gone < search.schedule.replicas; into++) {
			if (search.adopt(withReplicas(search.schedule, renaming(search.schedule, gone, into)))) break;
		}
	}
}

function renaming({ replicas }: Schedule, gone: number, into: number | null): (number | null)[] {
	return Array.from({ length: replicas }, (_, replica) => {
		if (replica === gone) return into;
		return replica > gone ? replica - 1 : replica;
	});
}

function nameInOrder(search: Search): void {
	const candidate = inOrderOfAppearance(search.schedule);
	if (candidate !== null) search.adopt(candidate);
}

/**
 * Deliveries move before as many other steps as they can: a message that arrives right after it was sent needs no
 * fault. Only past steps that are not deliveries, so that two of them never change places for ever.
 */
function deliverEarlier(search: Search): void {
	for (let index = 1; index < search.schedule.steps.length; index++) {
		const { steps } = search.schedule;
		if (steps[index]?.kind !== "deliver") continue;
		for (let place = 0; place < index; place++) {
			if (steps[place]?.kind === "deliver") continue;
			if (search.adopt(moved(search.schedule, index, place))) break;
		}
	}
}

function milderFaults(search: Search): void {
	tryForEachStep(search, (step): Step[] => {
		if (step.kind === "crash") {
			const milder = (["keep", "torn", "lose"] as const).slice(
				0,
				["keep", "torn", "lose"].indexOf(step.disk),
			);
			return milder.map((disk) => ({ ...step, disk }));
		}
		if (step.kind !== "clock") return [];
		const known = ROUND_OFFSETS_MS.indexOf(step.offsetMs);
		const rounder = known === -1 ? ROUND_OFFSETS_MS : ROUND_OFFSETS_MS.slice(0, known);
		return rounder.map((offsetMs) => ({ ...step, offsetMs }));
	});
}

function simplerOperations(search: Search): void {
	tryForEachStep(search, (step): Step[] =>
		step.kind === "invoke" ? simplerValues(step.value).map((value) => ({ ...step, value })) : [],
	);
}

/** The first of the proposals that still fails, and again from there. */
function tryForEachStep(search: Search, propose: (step: Step) => Step[]): void {
	for (let index = 0; index < search.schedule.steps.length; index++) {
		let better = true;
		while (better) {
			const step = search.schedule.steps[index] as Step;
			better = propose(step).some((proposed) => search.adopt(replaced(search.schedule, index, proposed)));
		}
	}
}

/** One key in place of two. */
function sameSubject(search: Search): void {
	const texts = [...new Set(textsOf(search.schedule))];
	for (const [index, gone] of texts.entries()) {
		for (const kept of texts.slice(0, index)) {
			if (search.adopt(withTexts(search.schedule, new Map([[gone, kept]])))) break;
		}
	}
}

function shorterNames(search: Search): void {
	const names = shortNames(textsOf(search.schedule));
	if (names.size > 0) search.adopt(withTexts(search.schedule, names));
}

function textsOf({ steps }: Schedule): string[] {
	return steps.flatMap((step) => (step.kind === "invoke" ? textsIn(step.value) : []));
}

function withTexts(schedule: Schedule, by: ReadonlyMap<string, string>): Schedule {
	const steps = schedule.steps.map((step) => {
		if (step.kind !== "invoke") return step;
		const value: Json = replaceTexts(step.value, by);
		return { ...step, value };
	});
	return { ...schedule, steps };
}
