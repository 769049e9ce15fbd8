/** A replica that had delivered an update without one that came before it: what came when. For `session` and `causality`. */
import { hasDelivered, splitUpdateId } from "../delivered.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { moment } from "../words.ts";
import { explanationOf } from "./finding.ts";
import type { Known, Scene } from "./scene.ts";

/**
 * @param why what makes the one come before the other, e.g. `client 1 wrote r2:1 (…) and after it r2:2 (…)`
 * @returns null where the evidence names no update that is known, and one that was lacking
 */
export function appliedWithout(
	scene: Scene,
	{ evidence }: PropertyVerdict,
	why: (lacking: Known, update: Known) => string,
): Explanation | null {
	const [id, ...lacks] = evidence.updates ?? [];
	const [replica] = evidence.replicas ?? [];
	const time = evidence.time ?? 0;
	const update = id === undefined ? null : scene.update(id);
	const lacking = lacks.map((lack) => scene.update(lack)).find((known) => known !== null);
	if (update === null || lacking === undefined || replica === undefined) return null;
	const without = `by ${moment(time)} ${replica} had applied ${update.id} without ${lacking.id}`;
	return explanationOf(
		scene,
		{
			sentence: `${why(lacking, update)}; ${without}${cameLater(scene, replica, lacking, time)}`,
			updates: [lacking, update],
		},
		{ time, replicas: [replica, update.replica], events: evidence.events ?? [], path: "" },
	);
}

/** `, which came at 0.081 s`; empty where nobody knows. */
function cameLater(scene: Scene, replica: string, update: Known, time: number): string {
	const arrival = scene.arrival(replica, update);
	if (arrival !== null && arrival.time >= time) {
		return `, which ${arrival.exact ? "came" : "was there"} ${arrival.exact ? "at" : "by"} ${moment(arrival.time)}`;
	}
	const final = scene.run.finals.get(replica)?.delivered ?? null;
	if (arrival !== null || final === null || hasDelivered(final, update.replica, update.number)) return "";
	return ", which never came";
}

/** The first of the numbers that is a known update's. */
export function firstKnown(scene: Scene, ids: readonly string[]): Known | null {
	for (const id of ids) {
		const known = scene.update(id) ?? reused(scene, id);
		if (known !== null) return known;
	}
	return null;
}

/** Of a number that was given twice the update that had it first. */
function reused({ run }: Scene, id: string): Known | null {
	const operation = run.reused.find((candidate) => candidate.id === id)?.earlier;
	if (operation === undefined) return null;
	return { id, ...splitUpdateId(id), operation, seen: operation.completion?.delivered ?? null };
}
