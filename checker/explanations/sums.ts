/** Findings about counters: which update, applied once more or not at all, makes the difference. */
import { sizeOf } from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Finding } from "./finding.ts";
import { type Known, named, type Scene } from "./scene.ts";

const COUNTERS: readonly (string | null)[] = ["g-counter", "pn-counter"];

/** @returns null where it is no counter, or what was delivered isn't all known */
export function wrongSum(scene: Scene, observation: Observation): Finding | null {
	const { replica, delivered, view } = observation;
	const shown = view.json;
	if (!COUNTERS.includes(scene.run.type) || delivered === null || typeof shown !== "number") return null;
	const updates = scene.within(delivered);
	if (updates.length !== sizeOf(delivered)) return null;
	const deltas = updates.map(({ operation }) => operation.value);
	if (!deltas.every((delta) => typeof delta === "number")) return null;
	const sum = deltas.reduce((total, delta) => total + delta, 0);
	const surplus = shown - sum;
	if (surplus === 0) return null;
	const than = `than the ${updates.length} updates that it had delivered add up to (${sum})`;
	const shows = `${replica} shows ${shown}, ${Math.abs(surplus)} ${surplus > 0 ? "more" : "less"} ${than}`;
	const twice = latestFromElsewhere(updates, replica, surplus);
	const never = latestFromElsewhere(updates, replica, -surplus);
	const one = twice ?? never;
	if (one === null) return { sentence: shows, updates: [] };
	const how = one === twice ? "been applied twice" : "never been applied";
	return { sentence: `${shows}, as if ${named(one)} had ${how}`, updates: [one] };
}

/** A replica's own updates come to it once: those of others may come again. */
function latestFromElsewhere(updates: readonly Known[], replica: string, delta: number): Known | null {
	const fitting = updates.filter(({ operation }) => operation.value === delta);
	return fitting.findLast((update) => update.replica !== replica) ?? fitting.at(-1) ?? null;
}
