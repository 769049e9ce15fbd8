/** Of concurrent writes one was shown here and another there: who let which win. */
import type { Json } from "../../history/events.ts";
import type { Observation } from "../run.ts";
import type { Evidence, Explanation } from "../verdict.ts";
import { list, moment } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { hasSeen, type Known, named, type Scene } from "./scene.ts";

const MAX_CHOICES_NAMED = 3;

interface Choice {
	winner: Known;
	loser: Known;
	observation: Observation;
}

export function noOneOrder(scene: Scene, evidence: Evidence): Explanation | null {
	const choices = choicesOf(scene, evidence["choices"]);
	if (choices.length === 0) return null;
	const introduced = new Set<Known>();
	const name = (update: Known) => {
		if (introduced.has(update)) return update.id;
		introduced.add(update);
		return named(update);
	};
	const words = choices
		.slice(0, MAX_CHOICES_NAMED)
		.map(({ winner, loser, observation: { replica, time } }) => {
			return `at ${moment(time)} ${replica} let ${name(winner)} win over the concurrent ${name(loser)}`;
		});
	const between = choices.flatMap(({ loser }, at) => {
		const next = (choices[at + 1] ?? choices[0])?.winner;
		return next !== undefined && next !== loser && hasSeen(loser, next)
			? [`${loser.id} had seen ${next.id}`]
			: [];
	});
	const more =
		choices.length > words.length ? [`${choices.length - words.length} more such choices lead back`] : [];
	const all = choices.length === 2 && between.length === 0 ? "both" : "all that";
	const replicas = [...new Set(choices.map(({ observation }) => observation.replica))];
	return explanationOf(
		scene,
		{
			sentence: `${list([...words, ...more, ...between])}: no one order of the writes explains ${all}`,
			updates: [...new Set(choices.flatMap(({ winner, loser }) => [winner, loser]))],
		},
		{
			time: Math.max(...choices.map(({ observation }) => observation.time)),
			replicas,
			events: choices.map(({ observation }) => observation.index),
			path: evidence.path ?? "",
		},
	);
}

function choicesOf(scene: Scene, json: Json | undefined): Choice[] {
	if (!Array.isArray(json)) return [];
	return json.flatMap((choice): Choice[] => {
		if (typeof choice !== "object" || choice === null || Array.isArray(choice)) return [];
		const { winner, loser, event } = choice;
		if (typeof winner !== "string" || typeof loser !== "string" || typeof event !== "number") return [];
		const [won] = scene.ofOperations([winner]);
		const [lost] = scene.ofOperations([loser]);
		const [observation] = scene.observations([event]);
		return won === undefined || lost === undefined || observation === undefined
			? []
			: [{ winner: won, loser: lost, observation }];
	});
}
