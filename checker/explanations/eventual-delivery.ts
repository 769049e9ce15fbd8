/** Updates that didn't arrive: the first of them, and what came from the same replica before and after it. */
import { type DeliveredSet, hasDelivered, type Runs } from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { list, moment } from "../words.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { type Known, named, type Scene } from "./scene.ts";
import { elementMissing } from "./values.ts";

export function notDelivered(scene: Scene, verdict: PropertyVerdict): Explanation | null {
	const { evidence } = verdict;
	if (evidence["lost"] !== undefined) return elementMissing(scene, verdict);
	const finals = [...scene.run.finals.values()].filter(({ delivered }) => delivered !== null);
	for (const id of evidence.updates ?? []) {
		const update = scene.update(id);
		if (update === null) continue;
		const without = finals.find((final) => !holds(final, update));
		if (without === undefined) continue;
		const holders = finals.filter((final) => holds(final, update));
		return explanationOf(scene, findingOf(scene, update, without, holders), {
			time: without.time,
			replicas: [without.replica, ...holders.slice(0, 2).map(({ replica }) => replica)],
			events: [without.index],
			path: "",
		});
	}
	return null;
}

function findingOf(
	scene: Scene,
	update: Known,
	{ replica, delivered }: Observation,
	holders: readonly Observation[],
): Finding {
	const { replica: owner, number, operation } = update;
	const accepted = `${owner} accepted at ${moment(operation.completion?.time ?? operation.invoke.time)}`;
	const what = `${named(update)}, which ${accepted}, never reached ${replica}`;
	const before = scene.update(`${owner}:${number - 1}`);
	const later = laterOne((delivered as DeliveredSet).get(owner) ?? [], number);
	if (later !== null) {
		const next = scene.update(`${owner}:${later}`);
		const sentence = `${what}, although ${owner}:${later}, accepted after it, did`;
		return { sentence, updates: next === null ? [update] : [update, next] };
	}
	const others = holders.filter((holder) => holder.replica !== owner).map((holder) => holder.replica);
	const has =
		others.length === 0
			? `only ${owner} itself has it`
			: `${list(others)} ${others.length === 1 ? "has" : "have"} it`;
	const rest =
		number === 1
			? `and nothing else that ${owner} accepted did`
			: `nor did anything that ${owner} accepted later`;
	return { sentence: `${what}, ${rest}; ${has}`, updates: before === null ? [update] : [before, update] };
}

/** The first number beyond this one that is there; null: none. */
function laterOne(runs: Runs, number: number): number | null {
	for (let at = 0; at < runs.length; at += 2) {
		if ((runs[at] as number) > number) return runs[at] as number;
	}
	return null;
}

function holds({ delivered }: Observation, { replica, number }: Known): boolean {
	return delivered !== null && hasDelivered(delivered, replica, number);
}
