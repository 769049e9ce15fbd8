/** A view that the type's specification doesn't allow: which of the updates delivered it contradicts. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import type { DeliveredSet } from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { list, moment, show } from "../words.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { appliedTooEarly } from "./order.ts";
import { areConcurrent, hasSeen, isAbout, type Known, named, type Scene } from "./scene.ts";
import { wrongSum } from "./sums.ts";

const SETS: readonly (string | null)[] = ["g-set", "or-set", "rw-set", "two-phase-set"];
const WRITES: readonly string[] = ["write", "set", "delete"];

export function notAsSpecified(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const observation = scene.observations(evidence.events).at(-1);
	if (observation === undefined || observation.delivered === null) return null;
	const kind = evidence["kind"];
	const operations = (evidence.operations ?? []).flatMap(
		(id) => scene.updates.find(({ operation }) => operation.id === id) ?? [],
	);
	const finding =
		wrongSum(scene, observation) ??
		(SETS.includes(scene.run.type)
			? ofSet(scene, observation, kind, operations)
			: ofWrites(scene, observation, operations, evidence.found));
	if (finding === null) return null;
	return explanationOf(scene, finding, {
		time: observation.time,
		replicas: [observation.replica],
		events: [observation.index],
		path: evidence.path ?? "",
	});
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
	const early = appliedTooEarly(scene, replica, covered.flat(), null);
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
	return concurrentPair(scene, replica, operations) ?? onlyThese(replica, operations);
}

function wrote({ operation: { value } }: Known, found: Json | undefined): boolean {
	if (found === undefined) return false;
	const shown = new Set((Array.isArray(found) ? found : [found]).map((one) => canonical(one)));
	return shown.has(canonical(value)) || (Array.isArray(value) && shown.has(canonical(value[1] ?? null)));
}

function concurrentPair(scene: Scene, replica: string, operations: readonly Known[]): Finding | null {
	for (const second of [...operations].reverse()) {
		const first = operations.find((candidate) => areConcurrent(candidate, second));
		if (first === undefined) continue;
		const [a, b] = scene.isBefore(replica, second, first) === true ? [second, first] : [first, second];
		return {
			sentence: `${replica} applied ${named(a)} and ${named(b)}, neither of which had seen the other, and shows what doesn't follow from them`,
			updates: [a, b],
		};
	}
	return null;
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
