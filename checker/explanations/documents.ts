/** JSON documents: who put what at a path, and who took it away. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import type { Observation } from "../run.ts";
import type { Evidence } from "../verdict.ts";
import { show } from "../words.ts";
import type { Finding } from "./finding.ts";
import { areConcurrent, hasSeen, type Known, named, type Scene } from "./scene.ts";

const PUTS: readonly string[] = ["set", "insert", "increment"];
const TAKES: readonly string[] = ["set", "delete"];

/** A path that the document shows, or doesn't, against what the applied updates made of it. */
export function wrongAtPath(scene: Scene, observation: Observation, evidence: Evidence): Finding | null {
	const { replica, delivered, view } = observation;
	const path = evidence.path ?? "";
	if (delivered === null || path === "") return null;
	const applied = scene.within(delivered);
	const puts = applied.filter((update) => putsAt(update, path));
	const takes = applied.filter(
		(update) => TAKES.includes(update.operation.f) && isWithin(path, pathOf(update)),
	);
	const shown = valueAt(view.json, path);
	switch (evidence["kind"]) {
		case "lost":
			if (Array.isArray(shown)) return lostItem(replica, path, puts, takes, shown);
			return shown === undefined ? lost(scene, replica, path, puts, takes) : null;
		case "resurrected":
			return Array.isArray(shown) ? null : resurrected(scene, replica, path, puts, takes);
		default:
			return null;
	}
}

/** Those at the path, above it or below it: all that can make a difference there. */
export function touching(updates: readonly Known[], path: string): Known[] {
	const plain = withoutIndexes(path);
	return updates.filter((update) => {
		const at = pathOf(update);
		return at !== null && (isWithin(at, plain) || isWithin(plain, at));
	});
}

function lost(
	scene: Scene,
	replica: string,
	path: string,
	puts: readonly Known[],
	takes: readonly Known[],
): Finding | null {
	const alive = puts.findLast((put) => !takes.some((take) => hasSeen(take, put)));
	if (alive === undefined) return null;
	const shows = `${replica} doesn't show ${path} although it had applied ${named(alive)}`;
	const against = takes.findLast((take) => take !== alive && areConcurrent(take, alive));
	if (against === undefined)
		return { sentence: `${shows}, which no set or delete had seen`, updates: [alive] };
	const when = scene.isBefore(replica, alive, against) === true ? ", applied after it," : "";
	return {
		sentence: `${shows}; ${named(against)}${when} hadn't seen that, so it must not take it away`,
		updates: [alive, against],
	};
}

/** A list is shown, and an item that was put into it isn't. */
function lostItem(
	replica: string,
	path: string,
	puts: readonly Known[],
	takes: readonly Known[],
	shown: readonly Json[],
): Finding | null {
	const values = new Set(shown.map((value) => canonical(value)));
	const lacking = puts.findLast((put) => {
		const value = memberOf(put, "value");
		if (put.operation.f !== "insert" || value === undefined || values.has(canonical(value))) return false;
		return !takes.some((take) => hasSeen(take, put));
	});
	if (lacking === undefined) return null;
	const sentence = `${replica} doesn't show ${show(memberOf(lacking, "value"))} in ${path} although it had applied ${named(lacking)}`;
	return { sentence, updates: [lacking] };
}

function resurrected(
	scene: Scene,
	replica: string,
	path: string,
	puts: readonly Known[],
	takes: readonly Known[],
): Finding | null {
	const taken = puts.map((put) => takes.findLast((take) => take !== put && hasSeen(take, put)));
	const [put, take] = [puts.at(-1), taken.at(-1)];
	if (put === undefined || take === undefined || taken.includes(undefined)) return null;
	const order = scene.isBefore(replica, take, put) === true ? `; it had applied ${take.id} first` : "";
	return {
		sentence: `${replica} shows ${path} although it had applied ${named(take)}, which had seen ${named(put)}, the last that put anything there${order}`,
		updates: [put, take],
	};
}

/** At the path or below it, or above it with a map that reaches down to it. */
function putsAt(update: Known, path: string): boolean {
	if (!PUTS.includes(update.operation.f)) return false;
	const at = pathOf(update);
	if (at === null || isWithin(at, path)) return at !== null;
	const value = memberOf(update, "value");
	if (update.operation.f !== "set" || value === undefined || !isWithin(path, at)) return false;
	return valueAt(value, path.slice(at.length + 1)) !== undefined;
}

function memberOf({ operation: { value } }: Known, name: string): Json | undefined {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

function valueAt(view: Json, path: string): Json | undefined {
	let at: Json | undefined = view;
	for (const key of path.split(".")) {
		if (typeof at !== "object" || at === null || Array.isArray(at)) return undefined;
		at = at[key];
	}
	return at;
}

/** As the views' paths are written: keys joined by points; a place in a list belongs to the list. Null: it has none. */
function pathOf(update: Known): string | null {
	const path = memberOf(update, "path");
	if (!Array.isArray(path) || path.length === 0) return null;
	const keys: string[] = [];
	for (const step of path) {
		if (typeof step !== "string") break;
		keys.push(step);
	}
	return keys.join(".");
}

/** At the path or below it. */
function isWithin(inner: string | null, outer: string | null): boolean {
	if (inner === null || outer === null) return false;
	return inner === outer || inner.startsWith(`${outer}.`);
}

function withoutIndexes(path: string): string {
	return path.replace(/\[.*$/s, "");
}
