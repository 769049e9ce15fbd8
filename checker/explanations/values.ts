/**
 * Failures of histories in which nobody says what had been delivered: which operation it is about, who read what, and what
 * was to be expected. Who applied what in which order isn't known there, so nothing is said of it.
 */
import type { Json } from "../../history/events.ts";
import { plainReads } from "../black-box.ts";
import { canonical, isSetLike } from "../canonical.ts";
import { firstDifference } from "../difference.ts";
import type { Observation, Operation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment, show } from "../words.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { fate, sumOf } from "./outcomes.ts";
import { isAbout, type Known, type Scene } from "./scene.ts";

const COUNTERS: readonly (string | null)[] = ["g-counter", "pn-counter"];
const MAX_NAMED = 3;

/** Final views that differ. */
export function finalViewsDiffer(scene: Scene, left: Observation, right: Observation): Explanation | null {
	const { type } = scene.run;
	const difference = firstDifference(
		{ name: left.replica, view: left.view.json },
		{ name: right.replica, view: right.view.json },
		type,
	);
	if (difference === null) return null;
	const finding = COUNTERS.includes(type)
		? sums(scene, [left, right])
		: difference.subject === undefined
			? writers(scene, left, right)
			: wrote(scene, left, right, difference.subject);
	if (finding === null) return null;
	return explanationOf(scene, finding, {
		time: Math.max(left.time, right.time),
		replicas: [...new Set([left.replica, right.replica])],
		events: [left.index, right.index],
		path: difference.path,
	});
}

/** An element that was acknowledged, or shown, and that some or all don't show in the end. */
export function elementMissing(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const lost = evidence["lost"];
	if (!Array.isArray(lost) || lost[0] === undefined) return null;
	const element = lost[0];
	const adds = scene.ofOperations(evidence.operations);
	const reads = plainReads(scene.run).filter(({ completion }) => shows(completion?.value, element));
	const last = reads.at(-1);
	const finals = [...scene.run.finals.values()];
	const holders = finals.filter(({ view }) => shows(view.json, element)).map(({ replica }) => replica);
	const missing =
		(evidence.replicas ?? []).length === finals.length
			? "nobody shows it"
			: `${list(evidence.replicas ?? [])} ${evidence.replicas?.length === 1 ? "doesn't" : "don't"}`;
	const read =
		last === undefined
			? "no read ever showed it"
			: `${count(reads.length, "read")} showed it, the last ${last.id} of ${last.replica} at ${moment(last.completion?.time ?? 0)}`;
	const end =
		holders.length === 0
			? missing
			: `${list(holders)} ${holders.length === 1 ? "shows" : "show"} it and ${missing}`;
	return explanationOf(
		scene,
		{ sentence: `${whoAdded(adds, element)}; ${read}; in the end ${end}`, updates: adds },
		{
			time: evidence.time ?? 0,
			replicas: evidence.replicas ?? [],
			events: [...(evidence.events ?? [])],
			path: "",
		},
	);
}

function whoAdded(adds: readonly Known[], element: Json): string {
	const done = adds.find(({ operation }) => operation.completion?.kind === "ok") ?? adds[0];
	if (done === undefined) return `nobody is known to have added ${show(element)}`;
	return fate(done);
}

function sums(scene: Scene, finals: readonly Observation[]): Finding | null {
	const { words, updates } = sumOf(scene);
	const shown = finals.map(({ replica, view }) => `${replica} shows ${show(view.json)}`);
	return { sentence: `in the end ${list(shown)}; ${words}`, updates };
}

/** Two values, of which each is what some operation wrote. */
function writers(scene: Scene, left: Observation, right: Observation): Finding | null {
	const sides = [left, right].map(({ replica, view }) => {
		const writes = scene.run.operations.filter(
			({ f, value, completion }) =>
				f === "write" && completion?.kind !== "fail" && canonical(value) === canonical(view.json),
		);
		const write = writes.length === 1 ? scene.ofOperation(writes[0] as Operation) : null;
		return { replica, view: view.json, write };
	});
	const known = sides.flatMap(({ write }) => write ?? []);
	if (known.length === 0) return null;
	const shown = sides.map(({ replica, view }) => `${replica} shows ${show(view)}`);
	return { sentence: `in the end ${list(shown)}; ${list(known.map(fate))}`, updates: known };
}

/** An element or key that one has and the other hasn't, or has otherwise. */
function wrote(scene: Scene, left: Observation, right: Observation, subject: Json): Finding | null {
	const about = scene.run.operations
		.filter(({ f, completion }) => f !== "read" && completion?.kind !== "fail")
		.map((operation) => scene.ofOperation(operation))
		.filter((update) => isAbout(update, subject));
	const last = about.slice(-MAX_NAMED);
	if (last.length === 0) return null;
	const isElement = isSetLike(scene.run.type);
	const [has, lacks] = shows(left.view.json, subject) ? [left, right] : [right, left];
	const who = isElement
		? `${has.replica} shows ${show(subject)} in the end and ${lacks.replica} doesn't`
		: `${left.replica} and ${right.replica} differ about ${show(subject)} in the end`;
	const earlier = about.length > last.length ? `, after ${about.length - last.length} others about it` : "";
	return { sentence: `${who}; ${list(last.map(fate))}${earlier}`, updates: last };
}

function shows(view: Json | undefined, element: Json): boolean {
	return Array.isArray(view) && view.some((other) => canonical(other) === canonical(element));
}
