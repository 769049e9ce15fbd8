/** Views that the type doesn't allow whatever had been delivered; no delivered sets: who read what, and what had been asked for by then. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { isUpdate } from "../run.ts";
import type { Evidence, Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { fate, sumOf } from "./outcomes.ts";
import type { Known, Scene } from "./scene.ts";

const COUNTERS: readonly (string | null)[] = ["g-counter", "pn-counter"];
const MAX_NAMED = 3;

/** The read or final state that the evidence is about. */
interface Seen {
	/** `at 0.003 s r1 showed … to c-3`. */
	showing: (what: string) => string;
	view: Json;
	time: number;
	replica: string;
	index: number;
	isFinal: boolean;
}

export function notAllowed(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const seen = seenIn(scene, evidence);
	if (seen === null) return null;
	const { time, replica, index, view, isFinal } = seen;
	const showing = { time, replicas: [replica], events: [index], path: evidence.path ?? "" };
	if (COUNTERS.includes(scene.run.type)) {
		const { words, updates } = isFinal ? sumOf(scene) : boundsUntil(scene, index);
		return explanationOf(scene, { sentence: `${seen.showing(show(view))}; ${words}`, updates }, showing);
	}
	if (!Array.isArray(view)) {
		const about = scene.ofOperations(evidence.operations).slice(-MAX_NAMED);
		const shown = entryAt(view, evidence.path ?? "");
		return explanationOf(
			scene,
			{ sentence: `${seen.showing(shown)}; ${fates(about)}`, updates: about },
			showing,
		);
	}
	const subject = subjectOf(scene, view, evidence);
	const key = subject === undefined ? null : canonical(subject);
	// What isn't there can't be too much, nor too little what is.
	const isThere = view.some((element) => canonical(element) === key);
	if (subject === undefined || isThere === (evidence["kind"] === "lost")) return null;
	const about = scene.run.operations
		.filter(
			(operation) =>
				isUpdate(operation) && operation.invoke.index < index && canonical(operation.value) === key,
		)
		.map((operation) => scene.ofOperation(operation))
		.slice(-MAX_NAMED);
	const sentence = `${seen.showing(inView(evidence["kind"], view, subject))}; ${fates(about)}`;
	return explanationOf(scene, { sentence, updates: about }, showing);
}

function fates(about: readonly Known[]): string {
	return about.length === 0 ? "nobody had asked for that by then" : list(about.map(fate));
}

/** A register's value, or a map's at the key. */
function entryAt(view: Json, path: string): string {
	if (path === "" || typeof view !== "object" || view === null || Array.isArray(view)) return show(view);
	const value = view[path];
	return value === undefined ? `nothing at ${path}` : `${path} = ${show(value)}`;
}

function inView(kind: Json | undefined, view: Json, subject: Json): string {
	if (kind === "lost") return `${show(view)}, without ${show(subject)}`;
	return kind === "duplicated" ? `${show(subject)} more than once` : show(subject);
}

/** The event of the evidence that shows a view: a final state, or a read. */
function seenIn(scene: Scene, { events = [] }: Evidence): Seen | null {
	for (const index of [...events].reverse()) {
		const [observation] = scene.observations([index]);
		if (observation !== undefined) {
			const { time, replica, view } = observation;
			return {
				showing: (what) => `in the end ${replica} shows ${what}`,
				view: view.json,
				time,
				replica,
				index,
				isFinal: true,
			};
		}
		const read = scene.completedBy(index);
		if (read === null || isUpdate(read) || read.completion === null) continue;
		const { time, value: view } = read.completion;
		const { replica, id } = read;
		const showing = (what: string) => `at ${moment(time)} ${replica} showed ${what} to ${id}`;
		return { showing, view, time, replica, index, isFinal: false };
	}
	return null;
}

/** The element that the finding is about: its operations name it, or else it is what nobody wrote. */
function subjectOf(scene: Scene, view: readonly Json[], { operations, found }: Evidence): Json | undefined {
	const [operation] = scene.ofOperations(operations);
	if (operation !== undefined) return operation.operation.value;
	if (found !== undefined && !Array.isArray(found)) return found;
	const written = new Set(scene.run.operations.map(({ value }) => canonical(value)));
	return view.find((element) => !written.has(canonical(element)));
}

/** What had been begun by then, all of it or none. */
function boundsUntil(scene: Scene, index: number) {
	const begun = scene.run.operations.filter(
		(operation) =>
			isUpdate(operation) && operation.invoke.index < index && operation.completion?.kind !== "fail",
	);
	let [low, high] = [0, 0];
	for (const { value } of begun) {
		if (typeof value !== "number") continue;
		if (value < 0) low += value;
		else high += value;
	}
	const most = low === 0 ? `no more than ${high}` : `nothing but ${low} to ${high}`;
	return {
		words:
			begun.length === 0
				? "nobody had asked to add anything by then"
				: `the ${count(begun.length, "addition")} begun by then can make ${most}`,
		updates: begun.slice(-MAX_NAMED).map((operation) => scene.ofOperation(operation)),
	};
}
