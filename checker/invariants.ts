/** `invariant:<name>`: a predicate of the user's own, over every view that was seen. */
import type { Json } from "../history/events.ts";
import { fail, type Judgement, pass, unknown } from "./property.ts";
import type { Run } from "./run.ts";
import { boundedView, count, moment } from "./words.ts";

/** @returns true: it holds; false, or a text that says why: it doesn't */
export type Invariant = (view: Json, replica: string) => boolean | string;

export function checkInvariant(name: string, invariant: Invariant, run: Run): Judgement {
	for (const { view, replica, time, index } of run.observations) {
		const answer = invariant(view.json, replica);
		if (answer === true) continue;
		if (answer !== false && typeof answer !== "string") {
			throw new Error(
				`invariant ${name} must return true, false or a text, it returned ${JSON.stringify(answer)}`,
			);
		}
		const why = typeof answer === "string" ? `: ${answer}` : "";
		return fail(`${name} doesn't hold at ${replica}, at ${moment(time)}${why}`, {
			replicas: [replica],
			events: [index],
			time,
			views: { [replica]: boundedView(view.json) },
			examined: { views: run.observations.length },
		});
	}
	const examined = { views: run.observations.length };
	if (run.observations.length === 0) return unknown("the history holds no view of a replica", { examined });
	return pass(`${name} holds in each of ${count(run.observations.length, "view")}`, { examined });
}
