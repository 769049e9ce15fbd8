/** Views that the type doesn't allow whatever had been delivered; no delivered sets: who read what, and what had been asked for by then. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { isUpdate } from "../run.ts";
import type { Evidence, Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { fate, sumOf } from "./outcomes.ts";
import type { Scene } from "./scene.ts";

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
	const subject = subjectOf(scene, view, evidence);
	if (subject === undefined) return null;
	const key = canonical(subject);
	const about = scene.run.operations
		.filter(
			(operation) =>
				isUpdate(operation) && operation.invoke.index < index && canonical(operation.value) === key,
		)
		.map((operation) => scene.ofOperation(operation));
	const last = about.slice(-MAX_NAMED);
	const fates =
		last.length === 0 ? `no operation on ${show(subject)} had been asked for by then` : list(last.map(fate));
	return explanationOf(
		scene,
		{ sentence: `${seen.showing(inView(evidence["kind"], view, subject))}; ${fates}`, updates: last },
		showing,
	);
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

/** The element or value that the finding is about: its operations name it, or else it is what nobody wrote. */
function subjectOf(scene: Scene, view: Json, { operations, found }: Evidence): Json | undefined {
	const [operation] = scene.ofOperations(operations);
	if (operation !== undefined) return operation.operation.value;
	if (!Array.isArray(view)) return view;
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
