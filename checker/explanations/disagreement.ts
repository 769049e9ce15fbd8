/** Two views that ought to be equal: which updates tell them apart. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import {
	covers,
	type DeliveredSet,
	deliveredKey,
	NOTHING_DELIVERED,
	sizeOf,
	subtract,
} from "../delivered.ts";
import { type Difference, firstDifference } from "../difference.ts";
import type { Observation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { list, moment, show } from "../words.ts";
import { touching } from "./documents.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { howTheyMeet } from "./meeting.ts";
import { appliedInOtherOrder, appliedTooEarly, removedTooEarly } from "./order.ts";
import { hasSeen, isAbout, type Known, named, type Scene } from "./scene.ts";
import { wrongSum } from "./sums.ts";
import { twoPlaces } from "./tree.ts";
import { finalViewsDiffer } from "./values.ts";

export function disagreement(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const pair = differingPair(scene.observations(evidence.events));
	if (pair === null) return null;
	const [left, right] = pair;
	if (left.delivered === null && right.delivered === null) return finalViewsDiffer(scene, left, right);
	const difference = firstDifference(
		{ name: left.replica, view: left.view.json },
		{ name: right.replica, view: right.view.json },
		scene.run.type,
	);
	if (difference === null) return null;
	const finding = findingOf(scene, left, right, difference);
	if (finding === null) return null;
	return explanationOf(scene, finding, {
		time: Math.max(left.time, right.time),
		replicas: [...new Set([left.replica, right.replica])],
		events: [left.index, right.index],
		path: difference.path,
	});
}

/** The first, and the first that differs from it. */
function differingPair(observations: readonly Observation[]): [Observation, Observation] | null {
	const [left] = observations;
	const right = observations.find((candidate) => candidate.view.key !== left?.view.key);
	return left === undefined || right === undefined ? null : [left, right];
}

function findingOf(
	scene: Scene,
	left: Observation,
	right: Observation,
	difference: Difference,
): Finding | null {
	if (left.delivered === null || right.delivered === null) return null;
	if (deliveredKey(left.delivered) !== deliveredKey(right.delivered)) {
		return notEverywhere(scene, left, right, difference);
	}
	const all = scene.within(right.delivered);
	const updates = relevant(scene, all, left, right, difference);
	if (left.replica === right.replica) return changedAlone(scene, left, right, updates);
	const replicas = [left.replica, right.replica] as const;
	return (
		wrongSum(scene, right) ??
		wrongSum(scene, left) ??
		twoPlaces(scene, left, right, all, difference.subject) ??
		differentWinners(scene, left, right, all, difference) ??
		removedTooEarly(scene, left.replica, updates, right.replica) ??
		removedTooEarly(scene, right.replica, updates, left.replica) ??
		showsRemoved(scene, [left, right], updates, difference.subject) ??
		appliedTooEarly(scene, left.replica, updates, right.replica) ??
		appliedTooEarly(scene, right.replica, updates, left.replica) ??
		appliedInOtherOrder(scene, replicas, updates, difference.subject === undefined ? all : updates) ??
		sameUpdates(scene, left, right, updates)
	);
}

/** Those about the key or element; where there is none in particular, those since the two last agreed. */
function relevant(
	scene: Scene,
	all: readonly Known[],
	left: Observation,
	right: Observation,
	{ subject, path }: Difference,
): readonly Known[] {
	const delivered = right.delivered as DeliveredSet;
	const there = scene.run.type === "json" ? touching(all, path) : [];
	if (there.length > 0) return there;
	const about = subject === undefined ? [] : all.filter((update) => isAbout(update, subject));
	if (about.length > 0) return about;
	const agreed = lastAgreement(scene, left, right);
	return scene.within(subtract(delivered, agreed));
}

/** What both had delivered when they last showed the same with the same updates. */
function lastAgreement(scene: Scene, left: Observation, right: Observation): DeliveredSet {
	const before = Math.min(left.index, right.index);
	const shown = new Map<string, string>();
	let agreed: DeliveredSet = NOTHING_DELIVERED;
	for (const { index, replica, delivered, view } of scene.run.observations) {
		if (index >= before) break;
		if (delivered === null || !covers(right.delivered as DeliveredSet, delivered)) continue;
		if (replica !== left.replica && replica !== right.replica) continue;
		const other = replica === left.replica ? right.replica : left.replica;
		const key = deliveredKey(delivered);
		if (shown.get(`${other} ${key}`) === view.key) agreed = delivered;
		shown.set(`${replica} ${key}`, view.key);
	}
	return agreed;
}

/** The views differ because the delivered sets do. */
function notEverywhere(
	scene: Scene,
	left: Observation,
	right: Observation,
	{ subject }: Difference,
): Finding | null {
	const [a, b] = [left.delivered as DeliveredSet, right.delivered as DeliveredSet];
	const lacking = [
		{ replica: left.replica, other: right.replica, updates: scene.within(subtract(b, a)) },
		{ replica: right.replica, other: left.replica, updates: scene.within(subtract(a, b)) },
	];
	const about = lacking.map(({ replica, other, updates }) => ({
		replica,
		other,
		updates: subject === undefined ? updates : updates.filter((update) => isAbout(update, subject)),
	}));
	const found = [...about, ...lacking].find(({ updates }) => updates.length > 0);
	if (found === undefined) return null;
	const { replica, other, updates } = found;
	const last = updates.at(-1) as Known;
	const sentence = `${replica} never delivered ${named(last)}, which ${other} shows`;
	return {
		sentence: last.operation.f === "add" ? sentence : sentence.replace("shows", "had"),
		updates: [last],
	};
}

/** One replica at two moments, or before and after a save and load. */
function changedAlone(
	scene: Scene,
	left: Observation,
	right: Observation,
	updates: readonly Known[],
): Finding {
	const { replica } = right;
	const reloaded = right.source === "reloaded" || left.source === "reloaded";
	const last = scene.order(replica, updates, null).at(-1);
	const update = last === undefined ? null : scene.update(last);
	const since = update === null ? "" : `; the last update before that was ${named(update)}`;
	const sentence = reloaded
		? `${replica} shows something else once its state is saved and loaded, although nothing was delivered in between`
		: `${replica} changed its view between ${moment(left.time)} and ${moment(right.time)}, although nothing was delivered in between`;
	return { sentence: sentence + since, updates: update === null ? [] : [update] };
}

/** Each shows what another update wrote. */
function differentWinners(
	scene: Scene,
	left: Observation,
	right: Observation,
	updates: readonly Known[],
	{ subject, path }: Difference,
): Finding | null {
	const writes = updates.filter(({ operation: { f } }) => f === "write" || f === "set" || f === "delete");
	const about = subject === undefined ? writes : writes.filter((update) => isAbout(update, subject));
	const [a, b] = [left, right].map(
		(observation) => inserterOf(observation, updates, path) ?? writerOf(observation, about, subject),
	);
	if (a == null || b == null || a === b) return null;
	const [wrote, where] = a.operation.f === "insert" ? ["inserted", `at ${path} `] : ["wrote", ""];
	const sentence = `${where}${left.replica} shows what ${named(a)} ${wrote}, ${right.replica} what ${named(b)} did`;
	const both = { updates: [a, b] };
	if (a.operation.f === "insert")
		return { sentence: sentence + howTheyMeet(scene, [left.replica, right.replica], a, b), ...both };
	if (hasSeen(a, b)) return { sentence: `${sentence}, which ${a.id} had seen and replaced`, ...both };
	if (hasSeen(b, a)) return { sentence: `${sentence}, which had seen and replaced ${a.id}`, ...both };
	return { sentence: sentence + howTheyMeet(scene, [left.replica, right.replica], a, b), ...both };
}

/** Which update inserted the element that a list shows at the path; null: it is no list, or nobody can tell. */
function inserterOf({ view }: Observation, updates: readonly Known[], path: string): Known | null {
	const at = /^\[(\d+)\]$/.exec(path)?.[1];
	const element = at !== undefined && Array.isArray(view.json) ? view.json[Number(at)] : undefined;
	if (element === undefined) return null;
	const those = updates.filter(({ operation: { f, value } }) => {
		if (f !== "insert" || typeof value !== "object" || value === null || Array.isArray(value)) return false;
		return value["value"] !== undefined && canonical(value["value"]) === canonical(element);
	});
	return those.length === 1 ? (those[0] as Known) : null;
}

/** The last of the updates that wrote what the observation shows; null: none, or it is no single value. */
function writerOf({ view }: Observation, updates: readonly Known[], subject: Json | undefined): Known | null {
	const json = view.json;
	const isMap = typeof json === "object" && json !== null && !Array.isArray(json);
	if (Array.isArray(json) || (isMap && typeof subject !== "string")) return null;
	const shown = isMap ? json[subject as string] : json;
	if (shown === undefined) return updates.findLast(({ operation }) => operation.f === "delete") ?? null;
	const key = canonical(shown);
	return (
		updates.findLast(({ operation: { f, value } }) => {
			const written = f === "set" && Array.isArray(value) ? value[1] : value;
			return f !== "delete" && written !== undefined && canonical(written) === key;
		}) ?? null
	);
}

/** An add-wins set: one shows an element although a remove had seen its adds, or doesn't although none had. */
function showsRemoved(
	scene: Scene,
	observations: readonly Observation[],
	updates: readonly Known[],
	subject: Json | undefined,
): Finding | null {
	if (subject === undefined) return null;
	const removes = updates.filter(({ operation }) => operation.f === "remove");
	const adds = updates.filter(({ operation }) => operation.f === "add");
	if (scene.run.type !== "or-set" || adds.length === 0) return null;
	const alive = adds.findLast((add) => !removes.some((remove) => hasSeen(remove, add)));
	const key = canonical(subject);
	const shows = ({ view }: Observation) =>
		Array.isArray(view.json) && view.json.some((element) => canonical(element) === key);
	if (alive === undefined) {
		const add = adds.at(-1) as Known;
		const remove = removes.findLast((candidate) => hasSeen(candidate, add));
		const wrong = observations.find(shows);
		if (remove === undefined || wrong === undefined) return null;
		return {
			sentence: `${wrong.replica} shows ${show(subject)} although it had applied ${named(remove)}, which had seen ${named(add)}, the last add of it`,
			updates: [add, remove],
		};
	}
	const wrong = observations.find((observation) => !shows(observation));
	if (wrong === undefined) return null;
	const against = removes.findLast((remove) => scene.isBefore(wrong.replica, alive, remove) === true);
	const removed =
		against === undefined
			? ", which no remove had seen"
			: `; ${named(against)}, applied after it, hadn't seen that add, so it must not undo it`;
	return {
		sentence: `${wrong.replica} doesn't show ${show(subject)} although it had applied ${named(alive)}${removed}`,
		updates: against === undefined ? [alive] : [alive, against],
	};
}

function sameUpdates(
	scene: Scene,
	left: Observation,
	right: Observation,
	updates: readonly Known[],
): Finding | null {
	const inOrder = ({ replica }: Observation) =>
		scene.order(replica, updates, null).flatMap((id) => scene.update(id) ?? []);
	const [here, there] = [inOrder(left), inOrder(right)];
	const last = there.slice(-3);
	if (last.length === 0) return null;
	if (sizeOf(lastAgreement(scene, left, right)) > 0) {
		const sentence = `${left.replica} and ${right.replica} agreed until they applied ${list(last.map(named))}`;
		return { sentence, updates: last };
	}
	const after = `${left.replica} and ${right.replica} differ after the same updates, the last at ${right.replica} ${list(last.map(named))}`;
	const ids = here.slice(-3).map(({ id }) => id);
	const isSame = last.every(({ id }, at) => id === ids[at]);
	return {
		sentence: isSame ? after : `${after}, at ${left.replica} ${list(ids)}`,
		updates: [...new Set([...last, ...here.slice(-3)])],
	};
}
