/** An invariant that doesn't hold: since when, and what the replica applied in between. */
import { subtract } from "../delivered.ts";
import { firstDifference } from "../difference.ts";
import type { Observation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment } from "../words.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { isAbout, type Known, named, type Scene } from "./scene.ts";
import { cycleOfMoves } from "./tree.ts";

const MAX_NAMED = 3;

export function invariantBroken(scene: Scene, { name, evidence }: PropertyVerdict): Explanation | null {
	const [wrong] = scene.observations(evidence.events);
	if (wrong === undefined) return null;
	const heldAt = evidence["heldAt"];
	const before = typeof heldAt === "number" ? (scene.observations([heldAt])[0] ?? null) : null;
	const invariant = name.slice("invariant:".length);
	const difference =
		before === null
			? null
			: firstDifference(
					{ name: "then", view: before.view.json },
					{ name: "now", view: wrong.view.json },
					scene.run.type,
				);
	const finding =
		cycleOfMoves(scene, wrong) ??
		(before === null
			? fromTheFirst(scene, invariant, wrong)
			: between(scene, invariant, before, wrong, (update) =>
					difference?.subject === undefined ? true : isAbout(update, difference.subject),
				));
	if (finding === null) return null;
	return explanationOf(scene, finding, {
		time: wrong.time,
		replicas: [wrong.replica],
		events: [...(before === null ? [] : [before.index]), wrong.index],
		path: difference?.path ?? "",
	});
}

/** The last view that it held for, and what came between. */
function between(
	scene: Scene,
	invariant: string,
	before: Observation,
	wrong: Observation,
	matters: (update: Known) => boolean,
): Finding | null {
	const { replica } = wrong;
	const held = `${invariant} still held at ${replica} at ${moment(before.time)}`;
	if (before.delivered === null || wrong.delivered === null) {
		return { sentence: `${held} and no longer at ${moment(wrong.time)}`, updates: [] };
	}
	const fresh = scene.within(subtract(wrong.delivered, before.delivered));
	if (fresh.length === 0) {
		return {
			sentence: `${held} and no longer at ${moment(wrong.time)}, although nothing was delivered there in between`,
			updates: [],
		};
	}
	const about = fresh.filter(matters);
	const those = about.length > 0 ? about : fresh;
	const updates = inOrder(scene, replica, those).slice(-MAX_NAMED);
	const of = those.length > updates.length ? `, the last of ${those.length}` : "";
	return { sentence: `${held}; then it applied ${list(updates.map(named))}${of}`, updates };
}

/** It held for no view of this replica before: what had been applied by then. */
function fromTheFirst(scene: Scene, invariant: string, wrong: Observation): Finding | null {
	const { replica, delivered } = wrong;
	if (delivered === null) return null;
	const applied = scene.within(delivered);
	if (applied.length === 0) {
		return {
			sentence: `${invariant} doesn't hold of the view that ${replica} showed before anything was applied there`,
			updates: [],
		};
	}
	const updates = inOrder(scene, replica, applied).slice(-MAX_NAMED);
	const had = `${replica} had applied ${count(applied.length, "update")}`;
	return { sentence: `${had} by ${moment(wrong.time)}, the last ${list(updates.map(named))}`, updates };
}

function inOrder(scene: Scene, replica: string, updates: readonly Known[]): Known[] {
	return scene.order(replica, updates, null).flatMap((id) => scene.update(id) ?? []);
}
