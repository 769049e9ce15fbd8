/**
 * Judges a recorded run, whoever recorded it: `pakka/checker`.
 *
 *     const { verdict, properties } = await check(await readHistory("history.jsonl"));
 *
 * Pure: no clock, no file, no randomness. Verdicts are three-valued; see `verdict.ts`.
 */
import type { HistoryEvent, HistoryHeader } from "../history/events.ts";
import type { Application, DeclaredInvariant, Invariant } from "./application.ts";
import { isBlackBox } from "./black-box.ts";
import { explained } from "./explanation.ts";
import { checkInvariant } from "./invariants.ts";
import { PROPERTIES, WARNINGS } from "./properties/index.ts";
import { interleavingWarnings } from "./properties/interleaving.ts";
import { judged, unknown } from "./property.ts";
import { collectEvents, collectRun, type Run } from "./run.ts";
import { modelFor } from "./specifications/index.ts";
import { statistics } from "./statistics.ts";
import { type Bounds, checkThreshold } from "./thresholds.ts";
import { type CheckResult, compose, type PropertyVerdict } from "./verdict.ts";
import type { ViewReader } from "./views.ts";

export { readHistory } from "../history/read.ts";
export type {
	Application,
	DeclaredInvariant,
	DeclaredSpecification,
	Invariant,
	SpecificationContext,
	VisibleUpdate,
} from "./application.ts";
export {
	type CheckResult,
	compose,
	type Evidence,
	type Explanation,
	type PropertyVerdict,
	type Statistics,
	type Verdict,
} from "./verdict.ts";

export interface CheckableHistory {
	header: HistoryHeader;
	events: AsyncIterable<HistoryEvent> | Iterable<HistoryEvent>;
	/** The events, many at a time; read instead of `events` where it is there. */
	blocks?: AsyncIterable<Iterable<HistoryEvent>>;
	warnings?: string[];
	/** Gives events again by their index once all were read: then views needn't be kept. */
	reopen?: () => { event(index: number): HistoryEvent; close(): void };
}

export interface CheckOptions {
	/** Judge by this type's specification, whatever the header says. */
	type?: string;
	/** Names of properties; null: all that apply. */
	checks?: string[] | null;
	/** By metric of the statistics: `threshold:<metric>`. */
	thresholds?: Record<string, Bounds>;
	/** By name: `invariant:<name>`; a function alone is over every view. */
	invariants?: Record<string, Invariant | DeclaredInvariant>;
	/** What the replicas say of themselves, e.g. their definition. Invariants of the same name above take the place of its own. */
	application?: Application;
	/** More metrics, of the journal say. */
	extraStats?: Record<string, number | null>;
}

/**
 * Cost: O(events + updates × replicas + sizes of the views); memory: operations, observations and distinct views.
 * @throws with file and line number when the history can't be read or contradicts itself
 */
export async function check(history: CheckableHistory, options: CheckOptions = {}): Promise<CheckResult> {
	const again = viewReader(history);
	try {
		const run = await collectRun(history, options.type ?? history.header.type, again?.read ?? null);
		return judge(run, history, options);
	} finally {
		again?.close();
	}
}

/** As `check`, at once, of events that are in memory. @throws as `check` */
export function checkEvents(
	history: { header: HistoryHeader; events: Iterable<HistoryEvent> },
	options: CheckOptions = {},
): CheckResult {
	const { header, events } = history;
	return judge(collectEvents(header, events, options.type ?? header.type), {}, options);
}

function judge(run: Run, history: Pick<CheckableHistory, "warnings">, options: CheckOptions): CheckResult {
	const stats = { ...statistics(run), ...options.extraStats };
	const application = options.application ?? {};
	const properties =
		options.checks?.map((name) => checkProperty(name, run, application).verdict) ??
		applicable(run, application)
			.map((name) => checkProperty(name, run, application))
			.flatMap(({ isApplicable, verdict }) => (isApplicable ? [verdict] : []));
	for (const [metric, bounds] of Object.entries(options.thresholds ?? {})) {
		properties.push(judged(`threshold:${metric}`, () => checkThreshold(metric, bounds, stats)).verdict);
	}
	for (const [name, given] of Object.entries({ ...application.invariants, ...options.invariants })) {
		const invariant = typeof given === "function" ? { holds: given } : given;
		properties.push(judged(`invariant:${name}`, () => checkInvariant(name, invariant, run)).verdict);
	}
	return {
		verdict: compose(properties.map((property) => property.verdict)),
		properties: explained(properties, run),
		stats,
		warnings: [...(history.warnings ?? []), ...warningsOf(run, application)],
	};
}

/** Views that weren't kept, from the history's file, which is opened when the first is asked for. */
function viewReader({ reopen }: CheckableHistory): { read: ViewReader; close(): void } | null {
	if (reopen === undefined) return null;
	let reopened: ReturnType<typeof reopen> | null = null;
	return {
		read(index) {
			reopened ??= reopen();
			const event = reopened.event(index);
			if (event.event === "state") return event.view;
			if (event.event === "ok") return event.value;
			throw new Error(`event ${index} of the history shows no view any more: the file has changed`);
		},
		close: () => reopened?.close(),
	};
}

/**
 * All but the specification where no type is known, and but what needs delivered sets where nobody reports any: a
 * program that doesn't is judged by its final states alone, and a warning says so. Asked for by name, each is judged.
 */
function applicable(run: Run, application: Application): string[] {
	const specified = isSpecified(run, application);
	const blind = isBlackBox(run);
	return PROPERTIES.filter(({ name, needs, judgesValues = false }) =>
		// Without delivered sets the specification still bounds the final views.
		name === "specification" ? specified : judgesValues || !(blind && needs.includes("delivered sets")),
	).map(({ name }) => name);
}

function isSpecified({ type }: Run, { specification }: Application): boolean {
	return specification !== undefined || (type !== null && modelFor(type) !== null);
}

function checkProperty(
	name: string,
	run: Run,
	application: Application,
): { verdict: PropertyVerdict; isApplicable: boolean } {
	const property = [...PROPERTIES, ...WARNINGS].find((candidate) => candidate.name === name);
	if (property === undefined) {
		const known = PROPERTIES.map((candidate) => candidate.name).join(", ");
		const verdict = { name, ...unknown(`"${name}" can't be checked on a history; there are ${known}`) };
		return { verdict, isApplicable: true };
	}
	return judged(name, () => property.check(run, application));
}

function warningsOf(run: Run, application: Application): string[] {
	const warnings: string[] = [];
	if (run.end === null) warnings.push("the history has no end: the run was cut off");
	if (isBlackBox(run)) {
		warnings.push("no replica says what it had delivered: only final states and what reads show are judged");
	}
	if (run.type !== null && !isSpecified(run, application)) {
		warnings.push(`no specification of the type "${run.type}" is known: only agreement is judged`);
	}
	return [...warnings, ...interleavingWarnings(run)];
}
