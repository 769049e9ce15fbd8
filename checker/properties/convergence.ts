/** All replicas show the same once faults have stopped and they have settled. */

import { firstDifference } from "../difference.ts";
import { fail, type Judgement, notApplicable, type Property, pass, unknown } from "../property.ts";
import type { Observation, Run } from "../run.ts";
import { finalStates, NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { judgeReads } from "../specifications/reads.ts";
import { boundedView, count, few, list } from "../words.ts";

export const convergence: Property = {
	name: "convergence",
	statement: "Once faults have stopped and the replicas have settled, all of them show an equal view.",
	source:
		"Shapiro, Preguiça, Baquero, Zawirski 2011, “Conflict-free replicated data types”, definition 2.2 (the eventual part)",
	needs: ["an end", "final states"],
	cost: "O(replicas) comparisons of views",
	limits:
		"Unknown when the run was cut off, still moved, or a replica has no final state. All may agree on a wrong view: `specification` judges that.",
	check,
};

function check(run: Run): Judgement {
	const settled = finalStates(run);
	if (!settled.ok) {
		// Jepsen's histories: where no read is one of the end there is nothing to compare, and other properties judge the reads.
		const onlyReads = run.end !== null && run.finals.size === 0 && judgeReads(run).judged > 0;
		return onlyReads ? notApplicable(settled.reason) : unknown(settled.reason);
	}
	const groups = new Map<string, Observation[]>();
	for (const final of settled.finals)
		groups.set(final.view.key, [...(groups.get(final.view.key) ?? []), final]);
	const examined = { finalViews: settled.finals.length, distinctViews: groups.size };
	if (groups.size > 1) return differing([...groups.values()], run, examined);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	return pass(`all ${count(settled.finals.length, "replica")} ended with an equal view`, { examined });
}

function differing(groups: Observation[][], run: Run, examined: Record<string, number>): Judgement {
	const [first, second] = groups.map((group) => group[0]) as [Observation, Observation];
	const difference = firstDifference(
		{ name: first.replica, view: first.view.json },
		{ name: second.replica, view: second.view.json },
		run.type,
	);
	const sides = groups.map((group) => list(group.map((final) => final.replica)));
	const stalled = run.end?.reason === "stalled" ? ", and nothing moved any more" : "";
	return fail(
		`the final views differ${stalled}: ${difference?.words} (equal among themselves: ${sides.join(" / ")})`,
		{
			replicas: groups.flatMap((group) => group.map((final) => final.replica)),
			events: few(groups.map((group) => (group[0] as Observation).index)),
			time: Math.min(...groups.flat().map((final) => final.time)),
			path: difference?.path ?? "",
			views: Object.fromEntries(
				few(groups).map((group) => [
					(group[0] as Observation).replica,
					boundedView((group[0] as Observation).view.json),
				]),
			),
			examined,
		},
	);
}
