/** Updates that came before their own causes, out of thin air, or without what they had seen. */
import { splitUpdateId } from "../delivered.ts";
import { isUpdate, type Operation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { appliedWithout } from "./gaps.ts";
import { inWords } from "./phrases.ts";
import { named, type Scene } from "./scene.ts";
import { inventedValue, readTooOld } from "./stale-values.ts";

export function causeless(scene: Scene, verdict: PropertyVerdict): Explanation | null {
	const { kind, found } = verdict.evidence;
	switch (kind) {
		case "cyclic":
			return cyclic(scene, verdict);
		case "thin-air":
			return found === undefined ? inventedNumber(scene, verdict) : inventedValue(scene, verdict);
		case "visibility":
			return appliedWithout(scene, verdict, (lacking, update) =>
				lacking.replica === update.replica
					? `${update.replica} accepted ${named(lacking)} before ${named(update)}`
					: `${update.replica} had applied ${named(lacking)} when it accepted ${named(update)}`,
			);
		case "initial-read":
		case "overwritten-read":
			return readTooOld(scene, verdict);
		default:
			return null;
	}
}

function cyclic(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const ids = evidence.updates ?? [];
	const cycle = ids.flatMap((id) => scene.update(id) ?? []);
	const [first] = cycle;
	if (first === undefined || cycle.length < ids.length) return null;
	const steps = cycle.map((update, at) => {
		const next = cycle[at + 1];
		return `${at === 0 ? named(update) : update.id} had seen ${next === undefined ? first.id : named(next)}`;
	});
	const none = cycle.length === 2 ? "neither" : "none of them";
	return explanationOf(
		scene,
		{
			sentence: `by what their replicas replied, ${list(steps)}: ${none} can have been first`,
			updates: cycle,
		},
		{
			time: evidence.time ?? 0,
			replicas: evidence.replicas ?? [],
			events: cycle.flatMap(({ operation }) => operation.completion?.index ?? []),
			path: "",
		},
	);
}

/** A number that no operation can have got: what its replica had been asked for by then. */
function inventedNumber(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const [id] = evidence.updates ?? [];
	const [shower] = evidence.replicas ?? [];
	if (id === undefined || shower === undefined) return null;
	const time = evidence.time ?? 0;
	const { replica } = splitUpdateId(id);
	const event = Math.max(...(evidence.events ?? []).filter((index) => timeOf(scene, index) === time), -1);
	const asked = scene.run.operations.filter(
		(operation) =>
			operation.replica === replica &&
			isUpdate(operation) &&
			(event === -1 ? operation.invoke.time <= time : operation.invoke.index < event),
	);
	const showing = {
		time,
		replicas: [...new Set([shower, replica])],
		events: evidence.events ?? [],
		path: "",
	};
	const showed = `at ${moment(time)} ${shower} said that it had applied ${id}`;
	const later = scene.update(id);
	if (later !== null && !asked.includes(later.operation)) {
		const sentence = `${showed}, the number of ${inWords(later.operation)} (${later.operation.id}), which nobody asked ${replica} for before ${moment(later.operation.invoke.time)}`;
		return explanationOf(scene, { sentence, updates: [later] }, showing);
	}
	const sentence = `${showed}, when ${replica} had been asked for ${count(asked.length, "update")}${fates(asked)}`;
	return explanationOf(
		scene,
		{ sentence, updates: asked.slice(-2).map((operation) => scene.ofOperation(operation)) },
		showing,
	);
}

function timeOf({ run }: Scene, index: number): number | null {
	const observation = run.observations.find((candidate) => candidate.index === index);
	if (observation !== undefined) return observation.time;
	return run.operations.find(({ completion }) => completion?.index === index)?.completion?.time ?? null;
}

/** `: 2 were acknowledged (the last as r1:2) and 1 failed`. */
function fates(asked: readonly Operation[]): string {
	if (asked.length === 0) return "";
	const numbers = asked.flatMap(({ completion }) =>
		completion?.kind === "ok" ? (completion.update ?? []) : [],
	);
	const failed = asked.filter(({ completion }) => completion?.kind === "fail").length;
	const rest = asked.length - numbers.length - failed;
	const last = numbers.at(-1);
	const parts = [
		...(last === undefined ? [] : [`${numbers.length} got a number, the last ${last}`]),
		...(failed === 0 ? [] : [`${failed} failed`]),
		...(rest === 0 ? [] : [`${rest} got no number that is known`]),
	];
	return `: ${list(parts)}`;
}
