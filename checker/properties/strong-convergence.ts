/** Replicas that have delivered the same updates show the same, at every moment. */
import { type DeliveredSet, deliveredKey, hasDelivered, listUpdates, sizeOf } from "../delivered.ts";
import { type Difference, firstDifference } from "../difference.ts";
import { eventsAbout } from "../evidence.ts";
import { fail, type Judgement, type Property, pass, unknown } from "../property.ts";
import type { Observation, Run } from "../run.ts";
import { NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { boundedView, count, few, moment } from "../words.ts";

export const strongConvergence: Property = {
	name: "strong-convergence",
	statement:
		"Whenever two replicas have delivered the same set of updates, their views are equal: at every moment, for one replica at two moments too, and after its state was saved and loaded.",
	source: "Shapiro, Preguiça, Baquero, Zawirski 2011, “Conflict-free replicated data types”, definition 2.3",
	needs: ["delivered sets"],
	cost: "O(observations), by hash of the delivered set; views are compared exactly",
	limits:
		"Unknown without delivered sets, and when no two replicas were ever seen with the same updates. Sets with a number that was given twice are left out: `durability` judges those.",
	check,
};

interface Group {
	reference: Observation;
	replicas: Set<string>;
	observations: number;
}

function check(run: Run): Judgement {
	const { reused } = run;
	const groups = new Map<string, Group>();
	let [examined, left, disagreements] = [0, 0, 0];
	let worst: { earlier: Observation; later: Observation } | null = null;
	for (const observation of run.observations) {
		const { delivered } = observation;
		if (delivered === null) continue;
		if (reused.some(({ replica, number }) => hasDelivered(delivered, replica, number))) {
			left += 1;
			continue;
		}
		examined += 1;
		const key = deliveredKey(delivered);
		const group = groups.get(key);
		if (group === undefined) {
			groups.set(key, { reference: observation, replicas: new Set([observation.replica]), observations: 1 });
			continue;
		}
		group.observations += 1;
		group.replicas.add(observation.replica);
		if (group.reference.view.key === observation.view.key) continue;
		disagreements += 1;
		if (worst === null || observation.index < worst.later.index) {
			worst = { earlier: group.reference, later: observation };
		}
	}
	const shared = [...groups].filter(([key, group]) => key !== "" && group.replicas.size > 1).length;
	const numbers = {
		observations: examined,
		deliveredSets: groups.size,
		sharedByReplicas: shared,
		leftOut: left,
	};
	if (worst !== null) return disagreement(worst.earlier, worst.later, run, { ...numbers, disagreements });
	if (examined === 0) {
		const why =
			left > 0
				? "every one of them holds a number that was given twice"
				: "no replica says what it had delivered";
		return unknown(`${why}, so only final states are judged`, { examined: numbers });
	}
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined: numbers });
	if (shared === 0) {
		return unknown(
			"no two replicas were seen with the same updates delivered, so nothing could be compared",
			{
				examined: numbers,
			},
		);
	}
	const compared = `${count(shared, "set")} of updates that two or more replicas had delivered`;
	return pass(`views were equal at each of ${compared}`, { examined: numbers });
}

function disagreement(
	earlier: Observation,
	later: Observation,
	run: Run,
	examined: Record<string, number>,
): Judgement {
	const names = distinctNames(earlier, later);
	const difference = firstDifference(
		{ name: names[0], view: earlier.view.json },
		{ name: names[1], view: later.view.json },
		run.type,
	) as Difference;
	const delivered = later.delivered as DeliveredSet;
	const same = `the same ${count(sizeOf(delivered), "update")}`;
	const who =
		later.source === "reloaded"
			? `${later.replica} had delivered ${same} at ${moment(later.time)}, and its live view and view after save and load`
			: earlier.replica === later.replica
				? `${later.replica} had delivered ${same} at ${moment(earlier.time)} and at ${moment(later.time)}`
				: `${earlier.replica} (at ${moment(earlier.time)}) and ${later.replica} (at ${moment(later.time)}) had delivered ${same}`;
	const about = eventsAbout(run, difference.subject, delivered, [earlier.replica, later.replica]);
	const differ = later.source === "reloaded" ? "differ" : "and differ";
	return fail(`${who} ${differ}: ${difference.words}`, {
		replicas: [...new Set([earlier.replica, later.replica])],
		updates: about.updates.length > 0 ? about.updates : few(listUpdates(delivered, 8)),
		operations: about.operations,
		events: [...about.events, earlier.index, later.index].sort((left, right) => left - right),
		time: later.time,
		path: difference.path,
		views: { [names[0]]: boundedView(earlier.view.json), [names[1]]: boundedView(later.view.json) },
		examined,
	});
}

function distinctNames(earlier: Observation, later: Observation): [string, string] {
	if (later.source === "reloaded") return [`${earlier.replica} live`, `${later.replica} after save and load`];
	if (earlier.replica !== later.replica) return [earlier.replica, later.replica];
	return [
		`${earlier.replica} at ${moment(earlier.time)}`,
		`${later.replica} at ${moment(later.time)} (event ${later.index})`,
	];
}
