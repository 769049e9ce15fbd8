/** Lists and texts that show an item too often, too rarely, or although it was taken away: who inserted, deleted and moved it. */
import type { Json } from "../../history/events.ts";
import { canonical } from "../canonical.ts";
import { covers, type DeliveredSet, hasDelivered, sizeOf } from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Evidence } from "../verdict.ts";
import { count, list, show } from "../words.ts";
import type { Finding } from "./finding.ts";
import { areConcurrent, type Known, named, type Scene } from "./scene.ts";

const SEQUENCES: readonly (string | null)[] = ["list", "text", "movable-list"];
const MAX_NAMED = 3;

export function isSequence(type: string | null): boolean {
	return SEQUENCES.includes(type);
}

export function wrongSequence(
	scene: Scene,
	observation: Observation,
	operations: readonly Known[],
	{ kind, path }: Evidence,
): Finding | null {
	switch (kind) {
		case "duplicated":
		case "resurrected":
			return tooOften(scene, observation, path ?? "");
		case "lost":
			return tooRarely(scene, observation, operations);
		case "wrong":
			return wrongStep(scene, observation, operations);
		default:
			return null;
	}
}

function tooOften(scene: Scene, observation: Observation, path: string): Finding | null {
	const { replica, view, delivered } = observation;
	if (delivered === null) return null;
	const operations = scene.within(delivered);
	const isAll = operations.length === sizeOf(delivered);
	const items = itemsOf(view.json);
	const at = /^\[(\d+)\]$/.exec(path)?.[1];
	const item = at === undefined ? undefined : items?.[Number(at)];
	if (items === null || item === undefined) return null;
	const key = canonical(item);
	const places = items.flatMap((other, place) => (canonical(other) === key ? [place] : []));
	const inserts = operations.filter((update) => holds(insertedBy(update), key));
	const deletes = operations.filter((update) => holds(deletedBy(update), key));
	const where =
		places.length === 1 ? `at ${places[0]}` : `${places.length} times, at ${list(places.map(String))}`;
	const shows = `${replica} shows ${show(item)} ${where}`;
	const by = `${count(inserts.length, "insert")} of it, ${list(inserts.slice(0, MAX_NAMED).map(named))}`;
	if (deletes.length > 0) {
		return {
			sentence: `${shows}, but it had applied ${by}, and ${list(deletes.slice(0, MAX_NAMED).map(named))}, which took it away`,
			updates: [...inserts.slice(0, MAX_NAMED), ...deletes.slice(0, MAX_NAMED)],
		};
	}
	if (inserts.length === 0) return null;
	const moves = movesOf(scene, observation, key);
	const pair = moves.flatMap((one) =>
		moves.filter((other) => areConcurrent(one, other)).map((other) => [one, other] as const),
	)[0];
	if (pair !== undefined) {
		const [one, other] = pair;
		return {
			sentence: `${shows}, although it had applied ${isAll ? "only " : ""}${by}; ${whoMoved(one)} while ${whoMoved(other)}, and however often it is moved it stays one`,
			updates: [...inserts.slice(0, MAX_NAMED), one, other],
		};
	}
	const unsure = concurrentMoves(scene, observation);
	const also =
		unsure === null
			? ""
			: `; it had also applied ${list(unsure.map(named))}, neither of which had seen the other`;
	return {
		sentence: `${shows}, but it had applied ${isAll ? "only " : ""}${by}${also}`,
		updates: [...inserts.slice(0, MAX_NAMED), ...(unsure ?? [])],
	};
}

/** What an operation made of what its own replica had shown just before it. */
function wrongStep(scene: Scene, after: Observation, [update]: readonly Known[]): Finding | null {
	if (update === undefined || update.seen === null || after.delivered === null) return null;
	const size = sizeOf(update.seen);
	if (after.replica !== update.replica || sizeOf(after.delivered) !== size) return null;
	const before = scene.run.observations.findLast(
		({ index, replica, delivered }) =>
			index < after.index &&
			replica === update.replica &&
			delivered !== null &&
			sizeOf(delivered) === size - 1 &&
			covers(update.seen as DeliveredSet, delivered) &&
			!hasDelivered(delivered, update.replica, update.number),
	);
	if (before === undefined) return null;
	return {
		sentence: `${update.replica} showed ${show(before.view.json)}, was asked for ${named(update)}, and then showed ${show(after.view.json)}, with nothing else applied in between`,
		updates: [update],
	};
}

function tooRarely(
	scene: Scene,
	{ replica, delivered }: Observation,
	operations: readonly Known[],
): Finding | null {
	const insert = operations.find((update) => insertedBy(update).length > 0);
	if (insert === undefined || delivered === null) return null;
	const deletes = scene
		.within(delivered)
		.filter((update) => update.operation.f === "delete" && update.operation.completion?.result !== undefined);
	const told = deletes.length > 0 ? "; no delete that it had applied says that it took that" : "";
	return {
		sentence: `${replica} doesn't show all that ${named(insert)} inserted, which it had applied${told}`,
		updates: [insert],
	};
}

/** Moves of an item, as far as the view of whoever asked, just before or after, shows which item it was. */
function movesOf(scene: Scene, { delivered }: Observation, key: string): Known[] {
	if (delivered === null) return [];
	return scene.within(delivered).filter((update) => {
		const move = moveOf(update);
		if (move === null || update.seen === null) return false;
		const size = sizeOf(update.seen);
		return scene.run.observations.some(({ replica, delivered: shown, view }) => {
			if (replica !== update.replica || shown === null) return false;
			const items = itemsOf(view.json);
			if (!covers(update.seen as DeliveredSet, shown)) return false;
			const isAfter = sizeOf(shown) === size;
			const isBefore = sizeOf(shown) === size - 1 && !hasDelivered(shown, update.replica, update.number);
			const item = isAfter ? items?.[move.to] : isBefore ? items?.[move.from] : undefined;
			return item !== undefined && canonical(item) === key;
		});
	});
}

function concurrentMoves(scene: Scene, { delivered }: Observation): readonly [Known, Known] | null {
	const moves = delivered === null ? [] : scene.within(delivered).filter((update) => moveOf(update) !== null);
	for (const later of [...moves].reverse()) {
		const other = moves.find((one) => areConcurrent(one, later));
		if (other !== undefined) return [other, later];
	}
	return null;
}

function whoMoved(update: Known): string {
	const { from, to } = moveOf(update) as { from: number; to: number };
	return `${update.replica} moved it from ${from} to ${to} (${update.id})`;
}

function moveOf({ operation: { f, value } }: Known): { from: number; to: number } | null {
	if (f !== "move" || typeof value !== "object" || value === null || Array.isArray(value)) return null;
	const { from, to } = value;
	return typeof from === "number" && typeof to === "number" ? { from, to } : null;
}

function insertedBy({ operation: { f, value } }: Known): readonly Json[] {
	if ((f !== "insert" && f !== "set") || typeof value !== "object" || value === null || Array.isArray(value))
		return [];
	const { text, value: item } = value;
	if (typeof text === "string") return text.split("");
	return item === undefined ? [] : [item];
}

/** What its reply says. */
function deletedBy({ operation: { f, completion } }: Known): readonly Json[] {
	return f === "delete" ? (itemsOf(completion?.result ?? null) ?? []) : [];
}

function holds(items: readonly Json[], key: string): boolean {
	return items.some((item) => canonical(item) === key);
}

function itemsOf(view: Json): readonly Json[] | null {
	if (typeof view === "string") return view.split("");
	return Array.isArray(view) ? view : null;
}
