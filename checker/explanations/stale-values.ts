/** Values that a read shows although nobody had written them, or although its client knew of later ones. No delivered sets. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { isUpdate, type Operation } from "../run.ts";
import type { Evidence, Explanation, PropertyVerdict } from "../verdict.ts";
import { moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { codeOf } from "./outcomes.ts";
import { type Known, named, type Scene, unnumbered } from "./scene.ts";

/** A value that nobody had begun to write by then. */
export function inventedValue(scene: Scene, { evidence }: PropertyVerdict): Explanation {
	const [write] = scene.ofOperations(evidence.operations);
	const read = readOf(scene, evidence);
	return explanationOf(
		scene,
		{
			sentence: `${whoRead(read, evidence, show(evidence.found))}; ${whyNot(write)}`,
			updates: write === undefined ? [] : [write],
		},
		showing(evidence),
	);
}

function whyNot(write: Known | undefined): string {
	if (write === undefined) return "no operation of the history writes that";
	const { completion, invoke } = write.operation;
	if (completion?.kind === "fail") {
		return `${named(write)} was to write that, and failed at ${moment(completion.time)}${codeOf(completion)}`;
	}
	return `${named(write)} writes that, and nobody asked for it before ${moment(invoke.time)}`;
}

/** A value, or none, although the reader knew of a later write. */
export function readTooOld(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const newer = scene.ofOperations(evidence.operations).at(-1);
	const read = readOf(scene, evidence);
	if (newer === undefined || read === null) return null;
	const key = evidence.path ?? "";
	const found = evidence["kind"] === "initial-read" ? undefined : evidence.found;
	const older = found === undefined ? null : writerOf(scene, key, found);
	const knew = howItKnew(scene, newer, read, key);
	if (knew === null) return null;
	const after = older === null ? "" : `, which came after ${named(older)}`;
	const what = found === undefined ? "no value" : `${show(found)} again`;
	return explanationOf(
		scene,
		{
			sentence: `${knew}${after}; ${whoRead(read, evidence, what)}`,
			updates: [...(older === null ? [] : [older]), newer],
		},
		showing(evidence),
	);
}

/** The same client had written the later value, or had read it; null: it knew through others. */
function howItKnew({ run }: Scene, newer: Known, read: Operation, key: string): string | null {
	const { process, replica } = read;
	const isOwn = newer.operation.process === process && newer.replica === replica;
	if (isOwn) return `client ${process} had asked ${replica} for ${named(newer)}`;
	const value = valueWritten(newer.operation);
	const earlier = run.operations.findLast(
		(operation) =>
			operation.process === process &&
			operation.replica === replica &&
			operation.f === "read" &&
			operation.completion?.kind === "ok" &&
			operation.completion.index < read.invoke.index &&
			isSame(shownAt(operation.completion.value, key), value),
	);
	if (earlier === undefined) return null;
	const when = moment(earlier.completion?.time ?? 0);
	return `client ${process} had read at ${when} (${earlier.id}) what ${named(newer)} wrote`;
}

function writerOf({ run }: Scene, key: string, value: Json): Known | null {
	const those = run.operations.filter((operation) => {
		const { f, value: written } = operation;
		const isOfKey = key === "" ? f === "write" : f === "set" && Array.isArray(written) && written[0] === key;
		return isOfKey && isSame(valueWritten(operation), value);
	});
	return those.length === 1 ? unnumbered(those[0] as Operation) : null;
}

function valueWritten({ f, value }: Operation): Json | undefined {
	if (f === "write") return value;
	return f === "set" && Array.isArray(value) ? value[1] : undefined;
}

function shownAt(view: Json, key: string): Json | undefined {
	if (key === "") return view;
	return typeof view === "object" && view !== null && !Array.isArray(view) ? view[key] : undefined;
}

function isSame(left: Json | undefined, right: Json | undefined): boolean {
	return left !== undefined && right !== undefined && canonical(left) === canonical(right);
}

/** Null: it was the harness that read a state. */
function readOf({ run }: Scene, { operations = [] }: Evidence): Operation | null {
	return (
		run.operations.findLast((operation) => operations.includes(operation.id) && !isUpdate(operation)) ?? null
	);
}

/** `at 0.003 s r1 showed k = 5 to c-3`. */
function whoRead(
	read: Operation | null,
	{ time = 0, path = "", replicas = [] }: Evidence,
	what: string,
): string {
	const shown = `at ${moment(time)} ${replicas[0] ?? "a replica"} showed ${path === "" ? "" : `${path} = `}${what}`;
	return read === null ? shown : `${shown} to ${read.id}`;
}

function showing({ time = 0, replicas = [], events = [], path = "" }: Evidence) {
	return { time, replicas, events, path };
}
