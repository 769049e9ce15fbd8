/**
 * `eventual-delivery` where nobody reports delivered sets: of sets, by the elements that reads and final states show. What an add was
 * acknowledged for, or any replica shows in the end, all show in the end; until then a read may be stale. Counts what
 * Jepsen's set and set-full count (lost, unexpected, recovered, stable, stale, never read). Elements that somebody removes are
 * left to the specification.
 */
import type { Json } from "../history/events.ts";
import { plainReads } from "./black-box.ts";
import { canonical, isSetLike } from "./canonical.ts";
import { mayBeGone } from "./lost-updates.ts";
import { fail, type Judgement, notApplicable, pass, unknown } from "./property.ts";
import type { Observation, Operation, Run } from "./run.ts";
import { finalStates, NO_UPDATE, nothingAcknowledged } from "./settled.ts";
import { count, few, list, moment, show } from "./words.ts";

const NANOSECONDS_PER_MILLISECOND = 1e6;
const MAX_LISTED_ELEMENTS = 20;

interface Element {
	json: Json;
	attempts: Operation[];
	acknowledged: Operation | null;
	/** When it was surely there: its add's reply, or the end of the first read that showed it. */
	known: { index: number; time: number } | null;
	/** Invocations of the last reads that showed it, and that didn't. */
	lastPresent: number;
	lastAbsent: { index: number; time: number } | null;
	removed: boolean;
}

interface Seen {
	invoke: { index: number; time: number };
	end: { index: number; time: number };
	keys: Set<string>;
}

/** Cost: O(operations + sizes of what was read); memory: the elements, and the keys of what was read. */
export function judgeElementDelivery(run: Run): Judgement {
	if (run.type === "mv-register" || !isSetLike(run.type)) {
		return notApplicable("no replica says what it had delivered, and only elements of sets tell without");
	}
	const elements = elementsOf(run);
	const seen = readsOf(run);
	follow(elements, seen);
	const judged = [...elements.values()].filter(({ removed }) => !removed);
	const finals = finalStates(run);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE);
	if (judged.every(({ acknowledged }) => acknowledged === null)) {
		return notApplicable("every element that was added was removed too: the specification judges those");
	}
	if (run.finals.size === 0 && run.end !== null) return withoutFinals(judged);
	if (!finals.ok) return unknown(finals.reason);
	return judgeFinals(judged, elements, finals.finals);
}

function elementsOf(run: Run): Map<string, Element> {
	const elements = new Map<string, Element>();
	const isWaived = mayBeGone(run);
	for (const operation of run.operations) {
		const { f, value, completion } = operation;
		if (f !== "add" && f !== "remove") continue;
		const key = canonical(value);
		let element = elements.get(key);
		if (element === undefined) {
			element = {
				json: value,
				attempts: [],
				acknowledged: null,
				known: null,
				lastPresent: -1,
				lastAbsent: null,
				removed: false,
			};
			elements.set(key, element);
		}
		if (f === "remove") {
			element.removed ||= completion?.kind !== "fail";
			continue;
		}
		if (completion?.kind !== "fail") element.attempts.push(operation);
		if (completion?.kind !== "ok" || isWaived(operation)) continue;
		element.acknowledged ??= operation;
		element.known = earlier(element.known, completion);
	}
	return elements;
}

function readsOf(run: Run): Seen[] {
	const reads = plainReads(run).flatMap(({ invoke, completion }) =>
		completion === null || !Array.isArray(completion.value)
			? []
			: [{ invoke, end: completion, keys: new Set(completion.value.map((element) => canonical(element))) }],
	);
	return reads.sort((left, right) => right.invoke.index - left.invoke.index);
}

/** @param seen the last begun first */
function follow(elements: Map<string, Element>, seen: readonly Seen[]): void {
	for (const { invoke, end, keys } of seen) {
		for (const key of keys) {
			const element = elements.get(key);
			if (element === undefined) continue;
			element.known = earlier(element.known, end);
			element.lastPresent = Math.max(element.lastPresent, invoke.index);
		}
	}
	// Each element leaves at the first read, from the end, that doesn't show it: all others cost what was read.
	let open = [...elements];
	for (const { invoke, keys } of seen) {
		open = open.filter(([key, element]) => {
			if (keys.has(key)) return true;
			element.lastAbsent = invoke;
			return false;
		});
	}
}

function judgeFinals(judged: Element[], all: ReadonlyMap<string, Element>, finals: Observation[]): Judgement {
	const missingAt = new Map<Element, string[]>();
	const shownAt = new Map<string, number>();
	let unexpected = 0;
	const expected = judged.filter(({ acknowledged }) => acknowledged !== null);
	const views = finals.map((final) => {
		const json = final.view.json;
		const keys = new Set(Array.isArray(json) ? json.map((element) => canonical(element)) : []);
		for (const key of keys) {
			shownAt.set(key, (shownAt.get(key) ?? 0) + 1);
			if ((all.get(key)?.attempts.length ?? 0) === 0) unexpected += 1;
		}
		return { final, keys };
	});
	const unsure = judged.filter(
		({ acknowledged, attempts, json }) =>
			acknowledged === null && attempts.length > 0 && shownAt.has(canonical(json)),
	);
	for (const { final, keys } of views) {
		for (const element of [...expected, ...unsure]) {
			if (keys.has(canonical(element.json))) continue;
			missingAt.set(element, [...(missingAt.get(element) ?? []), final.replica]);
		}
	}
	const stale = judged.filter((element) => isStable(element) && isAbsentOnceKnown(element));
	const examined = {
		...counts(judged),
		lost: missingAt.size,
		unexpected,
		recovered: unsure.length,
		stale: stale.length,
	};
	if (missingAt.size > 0) return undelivered(missingAt, finals, examined);
	const late = Math.max(0, ...stale.map(staleMs));
	const words =
		stale.length === 0
			? ""
			: ` (${stale.length} of them were missing from a read begun after they were known, the longest for ${Math.round(late)} ms: stale, which is no failure)`;
	return pass(
		`${count(finals.length, "replica")} show all ${count(expected.length, "acknowledged element")} in the end${words}`,
		{ examined, stale: few(stale.map(({ json }) => json)) },
	);
}

function counts(judged: readonly Element[]) {
	return {
		attempts: judged.reduce((sum, { attempts }) => sum + attempts.length, 0),
		acknowledged: judged.filter(({ acknowledged }) => acknowledged !== null).length,
		stable: judged.filter(isStable).length,
		neverRead: judged.filter((element) => element.lastPresent === -1 && !isAbsentOnceKnown(element)).length,
	};
}

function undelivered(
	missingAt: ReadonlyMap<Element, string[]>,
	finals: readonly Observation[],
	examined: Record<string, number>,
): Judgement {
	const [[element, replicas]] = [...missingAt] as [[Element, string[]]];
	const { acknowledged, known } = element;
	const why =
		acknowledged === null
			? "which another shows"
			: `which ${acknowledged.replica} acknowledged (${acknowledged.id}) at ${moment(acknowledged.completion?.time ?? 0)}`;
	const more = missingAt.size === 1 ? "" : `; ${missingAt.size - 1} more are missing somewhere`;
	const whole =
		replicas.length === finals.length
			? "no replica shows"
			: `${list(replicas)} ${replicas.length === 1 ? "doesn't" : "don't"} show`;
	return fail(`in the end ${whole} ${show(element.json)}, ${why}${more}`, {
		replicas,
		operations: few(element.attempts.map(({ id }) => id)),
		events: [
			...few(element.attempts.map(({ invoke }) => invoke.index)),
			...finals.filter(({ replica }) => replicas.includes(replica)).map(({ index }) => index),
		],
		time: known?.time ?? 0,
		lost: [...missingAt.keys()].slice(0, MAX_LISTED_ELEMENTS).map(({ json }) => json),
		examined,
	});
}

/** A read may be stale, so without final states an element that the last reads lack is undecided. */
function withoutFinals(judged: readonly Element[]): Judgement {
	const examined = counts(judged);
	const open = judged.filter((element) => element.acknowledged !== null && !isStable(element));
	if (open.length === 0)
		return pass(`the last reads show all ${examined.acknowledged} acknowledged elements`, { examined });
	const names = list(open.map(({ json }) => show(json)));
	return unknown(
		`no read is one of the end, and the last ones don't show ${names}, which ${open.length === 1 ? "was" : "were"} acknowledged: that may be stale`,
		{ examined },
	);
}

/** As Jepsen has it: a read begun after all that lacked it shows it. */
function isStable({ lastPresent, lastAbsent }: Element): boolean {
	return lastPresent > (lastAbsent?.index ?? -1);
}

function isAbsentOnceKnown({ known, lastAbsent }: Element): boolean {
	return known !== null && lastAbsent !== null && lastAbsent.index > known.index;
}

function staleMs({ known, lastAbsent }: Element): number {
	return ((lastAbsent?.time ?? 0) - (known?.time ?? 0)) / NANOSECONDS_PER_MILLISECOND;
}

function earlier(
	known: { index: number; time: number } | null,
	{ index, time }: { index: number; time: number },
): { index: number; time: number } {
	return known !== null && known.index <= index ? known : { index, time };
}
