/**
 * A share of a campaign's schedules is played twice. Where the two plays differ, nothing that the search finds can be
 * replayed, so the difference is reported, and by name: whose it is (a replica that is deterministic beyond doubt is
 * played too), and what makes it (clocks and random sources are counted and pinned; what pinning removes was the cause).
 */
import { inspect } from "node:util";
import type { Evidence } from "../checker/verdict.ts";
import { count } from "../checker/words.ts";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { type Ambient, type AmbientKind, withAmbient } from "./ambient.ts";
import { createRecording, type Entry, firstUnequal, type StepTaken } from "./recording.ts";
import { referenceFor } from "./reference.ts";

/** One schedule in so many is played twice: 5%. */
const PLAYED_TWICE_ONE_IN = 20;
/** Plays that have to be equal before pinning a source counts as the remedy. */
const PINNED_PLAYS = 6;
/** Each play takes place so much later than the one before, so that a clock that is read shows. */
const SHIFT_MS = 3_600_000;

export type Cause =
	| AmbientKind
	/** The same things in another order, although neither a clock nor a random source decided it. */
	| "iteration order"
	/** Something that outlasts a play: a variable of the module, a cache, a counter. */
	| "shared state";

export type Determinism =
	| { kind: "same"; entries: number }
	| { kind: "different"; whose: "replica" | "harness"; causes: Cause[]; reason: string; evidence: Evidence };

/** Plays one schedule; every call must be given the same clocks and random streams. */
export type PlayOnce = (definition: ReplicaDefinition) => void;

/** Whether the schedule of this number (from 0) is one of those that are played twice. */
export function isPlayedTwice(index: number): boolean {
	return index % PLAYED_TWICE_ONE_IN === 0;
}

/** Cost: two plays that are recorded; where they differ, some twenty more. */
export function checkDeterminism(definition: ReplicaDefinition, play: PlayOnce): Determinism {
	const once = recordingOf(definition, play);
	const again = playedWith(definition, play, [], SHIFT_MS).entries;
	const at = firstUnequal(once, again);
	if (at < 0) return { kind: "same", entries: once.length };
	const [first, second] = [once[at], again[at]];
	const views = { first: shown(first), second: shown(second) };
	const where = words(first ?? second);
	const evidence: Evidence = {
		replicas: [...new Set([first, second].flatMap((entry) => entry?.replica ?? []))],
		...views,
	};
	const seen = `played twice, ${where} ${views.first} and then ${views.second}`;
	if (referenceDiffers(definition, play)) {
		const reason = `the harness is not deterministic: ${seen}, and plays of a deterministic replica differ too. This is a mistake of Pakka, not of the replica.`;
		return { kind: "different", whose: "harness", causes: [], reason, evidence };
	}
	const { causes, explanation } = diagnose(definition, play, first, second);
	const reason = `${definition.type} is not deterministic (${causes.join(" and ")}): ${seen}. ${explanation}`;
	return { kind: "different", whose: "replica", causes, reason, evidence: { ...evidence, causes } };
}

function recordingOf(definition: ReplicaDefinition, play: PlayOnce): readonly Entry[] {
	const recording = createRecording(definition);
	play(recording.definition);
	return recording.entries;
}

function referenceDiffers(definition: ReplicaDefinition, play: PlayOnce): boolean {
	const reference = referenceFor(definition);
	return firstUnequal(recordingOf(reference, play), recordingOf(reference, play)) >= 0;
}

function diagnose(
	definition: ReplicaDefinition,
	play: PlayOnce,
	first: Entry | undefined,
	second: Entry | undefined,
): { causes: Cause[]; explanation: string } {
	const { calls } = playedWith(definition, play, [], 0);
	const kinds = [...new Set(Array.from(calls.values(), ({ kind }) => kind))].sort();
	const candidates: AmbientKind[][] = kinds.length === 2 ? [...kinds.map((kind) => [kind]), kinds] : [kinds];
	// A difference that is gone by now was made neither by a clock (it goes on) nor, most likely, by chance.
	const gone = kinds.length > 0 && isSameWith(definition, play, []);
	for (const pinned of gone ? [] : candidates.filter((candidate) => candidate.length > 0)) {
		if (!isSameWith(definition, play, pinned)) continue;
		const culprits = [...calls].filter(([, { kind }]) => pinned.includes(kind));
		const called = culprits.map(([name, { count: times, first }]) => {
			return `${name} was called ${count(times, "time")} within the replicas, first ${first}`;
		});
		const remedy = `Once that is pinned, plays are equal: use ${remedies(pinned)} of the replica's context instead.`;
		return { causes: pinned, explanation: `${called.join("; ")}. ${remedy}` };
	}
	const without =
		calls.size === 0
			? "Neither a clock nor a random source was called"
			: "Clocks and random sources are not to blame";
	if (first !== undefined && second !== undefined && unordered(first.value) === unordered(second.value)) {
		const explanation = `${without}: the same comes in another order, so something iterates over what outlasts a play (a Map or Set of the module).`;
		return { causes: ["iteration order"], explanation };
	}
	const explanation = `${without}: something outlasts a play and is shared by replicas (a variable of the module, a cache, a counter).`;
	return { causes: ["shared state"], explanation };
}

function playedWith(
	definition: ReplicaDefinition,
	play: PlayOnce,
	pinned: readonly AmbientKind[],
	shiftMs: number,
): { entries: readonly Entry[]; calls: Ambient["calls"] } {
	return withAmbient({ pinned, shiftMs }, (ambient) => {
		const recording = createRecording(definition, (replica, step, work) => {
			return ambient.inside(() => `when ${replica} was to ${doing(step)}`, work);
		});
		play(recording.definition);
		return { entries: recording.entries, calls: ambient.calls };
	});
}

function isSameWith(definition: ReplicaDefinition, play: PlayOnce, pinned: readonly AmbientKind[]): boolean {
	const { entries } = playedWith(definition, play, pinned, 0);
	for (let times = 1; times < PINNED_PLAYS; times++) {
		const again = playedWith(definition, play, pinned, times * SHIFT_MS).entries;
		if (firstUnequal(entries, again) >= 0) return false;
	}
	return true;
}

function remedies(kinds: readonly AmbientKind[]): string {
	return kinds.map((kind) => (kind === "clock" ? "now()" : "random()")).join(" and ");
}

function words(entry: Entry | undefined): string {
	return entry === undefined ? "nothing" : `${entry.replica}, when it was to ${doing(entry.step)},`;
}

function doing(step: StepTaken): string {
	switch (step.kind) {
		case "create":
			return "start";
		case "invoke":
			return `${step.operation.f} ${JSON.stringify(step.operation.value)}`;
		case "receive":
			return `receive a message of ${step.from}`;
		case "tick":
			return "tick";
	}
}

const LONGEST_VALUE_CHARACTERS = 200;

function shown(entry: Entry | undefined): string {
	if (entry === undefined) return "did nothing more";
	const text = inspect(entry.value, { depth: 6, breakLength: Infinity });
	return `${entry.what} ${text.length > LONGEST_VALUE_CHARACTERS ? `${text.slice(0, LONGEST_VALUE_CHARACTERS)}…` : text}`;
}

/** Equal for values that hold the same things in whatever order. */
function unordered(value: unknown): string {
	if (typeof value !== "object" || value === null || value instanceof Uint8Array) return inspect(value);
	const items = value instanceof Map ? [...value] : value instanceof Set ? [...value] : Object.entries(value);
	const parts = Array.isArray(value) ? value.map(unordered) : items.map(unordered);
	return `(${parts.sort().join()})`;
}
