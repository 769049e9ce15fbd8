/** Findings about counters: which update, applied once more or not at all, makes the difference. */
import { type DeliveredSet, sizeOf } from "../delivered.ts";
import type { Observation } from "../run.ts";
import { count, list, moment, show } from "../words.ts";
import type { Finding } from "./finding.ts";
import { type Known, named, type Scene } from "./scene.ts";

const COUNTERS: readonly (string | null)[] = ["g-counter", "pn-counter"];
/** So many views before the wrong one are looked at for the last that was right. */
const MAX_LOOKED_BACK = 20;
const MAX_NAMED = 3;

/** @returns null where it is no counter, or what was delivered isn't all known */
export function wrongSum(scene: Scene, observation: Observation): Finding | null {
	const { replica } = observation;
	const added = sumOf(scene, observation);
	if (added === null || added.surplus === 0) return null;
	const { shown, surplus, sum, updates } = added;
	const than = `than the ${count(updates.length, "update")} that it had delivered add up to (${sum})`;
	const shows = `${replica} shows ${shown}, ${Math.abs(surplus)} ${surplus > 0 ? "more" : "less"} ${than}`;
	const right = lastRight(scene, observation);
	const before = right === null ? null : scene.within(right.delivered as DeliveredSet);
	const fresh = before === null ? updates : updates.filter((update) => !before.includes(update));
	const [times, those] = howOften(fresh, before ?? [], replica, surplus);
	const one = those.at(-1);
	if (one === undefined) {
		if (right === null) return { sentence: shows, updates: [] };
		const last = fresh.slice(-MAX_NAMED);
		const more = fresh.length > last.length ? `, the last of ${fresh.length}` : "";
		const then = last.length === 0 ? "" : `, then came ${list(last.map(named))}${more}`;
		return { sentence: `${shows}; at ${moment(right.time)} it was right${then}`, updates: last };
	}
	const which =
		those.length === 1
			? named(one)
			: `one of the ${those.length} that add ${show(one.operation.value)}, such as ${one.id},`;
	return { sentence: `${shows}, as if ${which} had ${times}`, updates: [one] };
}

/** What became of which updates would make the difference: those that came since the sum was right, first of all. */
function howOften(
	fresh: readonly Known[],
	before: readonly Known[],
	replica: string,
	surplus: number,
): [times: string, updates: Known[]] {
	const candidates: [string, Known[]][] = [
		["been applied twice", fitting(fresh, replica, surplus)],
		["never been applied", fitting(fresh, replica, -surplus)],
		["been applied twice", fitting(before, replica, surplus)],
		["been taken away again", fitting(before, replica, -surplus)],
	];
	return candidates.find(([, updates]) => updates.length > 0) ?? ["", []];
}

interface Added {
	shown: number;
	sum: number;
	surplus: number;
	updates: Known[];
}

function sumOf(scene: Scene, { delivered, view }: Observation): Added | null {
	const shown = view.json;
	if (!COUNTERS.includes(scene.run.type) || delivered === null || typeof shown !== "number") return null;
	const updates = scene.within(delivered);
	if (updates.length !== sizeOf(delivered)) return null;
	const deltas = updates.map(({ operation }) => operation.value);
	if (!deltas.every((delta) => typeof delta === "number")) return null;
	const sum = deltas.reduce((total, delta) => total + delta, 0);
	return { shown, sum, surplus: shown - sum, updates };
}

/** What the replica showed shortly before, when its sum was still right. */
function lastRight(scene: Scene, { replica, index }: Observation): Observation | null {
	const before = scene.run.observations.filter(
		(candidate) => candidate.replica === replica && candidate.index < index && candidate.delivered !== null,
	);
	const right = before
		.slice(-MAX_LOOKED_BACK)
		.findLast((candidate) => sumOf(scene, candidate)?.surplus === 0);
	return right ?? null;
}

/** A replica's own updates come to it once: those of others may come again. */
function fitting(updates: readonly Known[], replica: string, delta: number): Known[] {
	const those = updates.filter(({ operation }) => operation.value === delta);
	const elsewhere = those.filter((update) => update.replica !== replica);
	return elsewhere.length > 0 ? elsewhere : those;
}
