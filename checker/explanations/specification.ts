/** A view that the type's specification doesn't allow: which of the updates delivered it contradicts. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import type { DeliveredSet } from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Evidence, Explanation, PropertyVerdict } from "../verdict.ts";
import { list, moment, show } from "../words.ts";
import { noOneOrder } from "./arbitration.ts";
import { notAllowed } from "./bounds.ts";
import { wrongAtPath } from "./documents.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { removedTooEarly } from "./order.ts";
import { areConcurrent, hasSeen, isAbout, type Known, named, type Scene } from "./scene.ts";
import { isSequence, wrongSequence } from "./sequences.ts";
import { wrongSum } from "./sums.ts";
import { cycleOfMoves, misplaced } from "./tree.ts";

const SETS: readonly (string | null)[] = ["g-set", "or-set", "rw-set", "two-phase-set"];
const WRITES: readonly string[] = ["write", "set", "delete"];

export function notAsSpecified(scene: Scene, verdict: PropertyVerdict): Explanation | null {
	const { evidence } = verdict;
	if (evidence["kind"] === "arbitration") return noOneOrder(scene, evidence);
	const observation = scene.observations(evidence.events).at(-1);
	if (observation === undefined || observation.delivered === null) return notAllowed(scene, verdict);
	const finding = findingOf(scene, observation, evidence, scene.ofOperations(evidence.operations));
	if (finding === null) return null;
	return explanationOf(scene, finding, {
		time: observation.time,
		replicas: [observation.replica],
		events: [observation.index],
		path: evidence.path ?? "",
	});
}

function findingOf(
	scene: Scene,
	observation: Observation,
	evidence: Evidence,
	operations: readonly Known[],
): Finding | null {
	const { type } = scene.run;
	const sum = wrongSum(scene, observation);
	if (sum !== null) return sum;
	if (SETS.includes(type)) return ofSet(scene, observation, evidence["kind"], operations);
	if (isSequence(type)) return wrongSequence(scene, observation, operations, evidence);
	if (type === "tree") return cycleOfMoves(scene, observation) ?? misplaced(scene, observation, evidence);
	if (type === "json")
		return wrongAtPath(scene, observation, evidence) ?? onlyThese(observation.replica, operations);
	if (evidence["kind"] === "lost") {
		const lost = lostWrite(scene, observation, evidence, operations);
		if (lost !== null) return lost;
	}
	return ofWrites(scene, observation, operations, evidence.found);
}

function ofSet(
	scene: Scene,
	observation: Observation,
	kind: Json | undefined,
	operations: readonly Known[],
): Finding | null {
	if (kind === "phantom") return neverAdded(scene, observation);
	const subject = operations[0]?.operation.value;
	if (subject === undefined) return null;
	const about = scene
		.within(observation.delivered as DeliveredSet)
		.filter((update) => isAbout(update, subject));
	const adds = about.filter(({ operation }) => operation.f === "add");
	const removes = about.filter(({ operation }) => operation.f === "remove");
	switch (kind) {
		case "resurrected":
			return resurrected(scene, observation, subject, adds, removes);
		case "lost":
			return lost(scene, observation, subject, adds, removes);
		case "duplicated":
			return twice(observation, subject, adds);
		default:
			return null;
	}
}

function resurrected(
	scene: Scene,
	{ replica }: Observation,
	subject: Json,
	adds: readonly Known[],
	removes: readonly Known[],
): Finding | null {
	const covered = adds.flatMap((add) => {
		const remove = removes.findLast((candidate) => hasSeen(candidate, add));
		return remove === undefined ? [] : [[add, remove] as const];
	});
	const early = removedTooEarly(scene, replica, covered.flat(), null);
	if (early !== null) return { ...early, sentence: `${early.sentence}, and shows ${show(subject)}` };
	const last = covered.at(-1);
	if (last === undefined) return null;
	const [add, remove] = last;
	return {
		sentence: `${replica} shows ${show(subject)} although it had applied ${named(remove)}, which had seen ${named(add)}, the last add of it`,
		updates: [add, remove],
	};
}

function lost(
	scene: Scene,
	observation: Observation,
	subject: Json,
	adds: readonly Known[],
	removes: readonly Known[],
): Finding | null {
	const { replica } = observation;
	const alive = adds.findLast((add) => !removes.some((remove) => hasSeen(remove, add)));
	if (alive === undefined) return null;
	const against = removes.findLast((remove) => areConcurrent(remove, alive));
	const order = against === undefined ? null : scene.isBefore(replica, alive, against);
	const shows = `${replica} doesn't show ${show(subject)} although it had applied ${named(alive)}`;
	if (against === undefined || order === false) {
		const why = removes.length === 0 ? "and nothing removed it" : "which no remove had seen";
		return {
			sentence: `${shows}, ${why}${crashBefore(scene, observation, alive)}`,
			updates: [...removes.slice(-1), alive],
		};
	}
	const when = order === true ? `, applied after it,` : "";
	return {
		sentence: `${shows}; ${named(against)}${when} hadn't seen that add, so it must not undo it`,
		updates: [alive, against],
	};
}

function neverAdded(scene: Scene, { replica, delivered, view }: Observation): Finding | null {
	if (!Array.isArray(view.json) || delivered === null) return null;
	const added = new Set(scene.within(delivered).map(({ operation }) => canonical(operation.value)));
	const subject = view.json.find((element) => !added.has(canonical(element)));
	if (subject === undefined) return null;
	const adds = scene.updates.filter(
		({ operation }) => operation.f === "add" && canonical(operation.value) === canonical(subject),
	);
	const elsewhere = adds.at(-1);
	if (elsewhere === undefined) return null;
	const sentence = `${replica} shows ${show(subject)}, but ${named(elsewhere)} isn't among what it says that it had delivered`;
	return { sentence, updates: [elsewhere] };
}

function twice({ replica }: Observation, subject: Json, adds: readonly Known[]): Finding | null {
	if (adds.length === 0) return null;
	const last = adds.slice(-2);
	return {
		sentence: `${replica} shows ${show(subject)} more than once after ${last.map(named).join(" and ")}; a set shows an element once, however often it was added`,
		updates: [...last],
	};
}

/** A value or key that no write had seen and that isn't shown: of a multi-value register, or of a map where adds win. */
function lostWrite(
	scene: Scene,
	{ replica, delivered }: Observation,
	{ path = "", expected }: Evidence,
	operations: readonly Known[],
): Finding | null {
	if (delivered === null) return null;
	const { type } = scene.run;
	if (type !== "mv-register" && type !== "or-map") return null;
	const applied = scene.within(delivered).filter((update) => path === "" || isAbout(update, path));
	const isLost = ({ operation: { f, value } }: Known) =>
		type === "or-map" ? f === "set" : f === "write" && expected === `${show(value)} among the values`;
	const lost = applied.findLast(
		(update) => isLost(update) && !applied.some((other) => other !== update && hasSeen(other, update)),
	);
	if (lost === undefined) return null;
	const what = type === "or-map" ? path : show(lost.operation.value);
	const shows = `${replica} doesn't show ${what} although it had applied ${named(lost)}`;
	const against = [...operations, ...applied].findLast((other) => areConcurrent(other, lost));
	if (against === undefined) return { sentence: `${shows}, which nothing had seen`, updates: [lost] };
	const when = scene.isBefore(replica, lost, against) === true ? ", applied after it," : "";
	const must = against.operation.f === "delete" ? "undo" : "replace";
	return {
		sentence: `${shows}; ${named(against)}${when} hadn't seen that, so it must not ${must} it`,
		updates: [lost, against],
	};
}

/** Registers, maps, and whatever else says which updates contradict. */
function ofWrites(
	scene: Scene,
	{ replica, delivered }: Observation,
	operations: readonly Known[],
	found: Json | undefined,
): Finding | null {
	if (delivered === null || operations.length === 0) return null;
	for (const later of [...operations].reverse()) {
		if (!WRITES.includes(later.operation.f)) continue;
		const earlier = operations.find(
			(candidate) =>
				hasSeen(later, candidate) && WRITES.includes(candidate.operation.f) && wrote(candidate, found),
		);
		if (earlier === undefined) continue;
		const order = scene.isBefore(replica, later, earlier);
		const how = order === true ? `, having applied ${later.id} first` : "";
		return {
			sentence: `${named(later)} had seen ${named(earlier)} and replaced it, but ${replica} still shows what ${earlier.id} wrote${how}`,
			updates: [earlier, later],
		};
	}
	return onlyThese(replica, operations);
}

function wrote({ operation: { value } }: Known, found: Json | undefined): boolean {
	if (found === undefined) return false;
	const shown = new Set((Array.isArray(found) ? found : [found]).map((one) => canonical(one)));
	return shown.has(canonical(value)) || (Array.isArray(value) && shown.has(canonical(value[1] ?? null)));
}

function onlyThese(replica: string, operations: readonly Known[]): Finding {
	const last = operations.slice(-3);
	return {
		sentence: `what ${replica} shows doesn't follow from ${list(last.map(named))}, which it had applied`,
		updates: [...last],
	};
}

/** What a crash forgot may be what a later update collides with. */
function crashBefore(scene: Scene, { index, replica }: Observation, update: Known): string {
	const crash = scene.run.crashes.findLast(
		(candidate) =>
			candidate.startIndex < index && (candidate.replica === replica || candidate.replica === update.replica),
	);
	return crash === undefined ? "" : `; ${crash.replica} had crashed at ${moment(crash.startTime)}`;
}
