/** What replicas show is what the type's specification demands of the updates that they had delivered. */
import type { Json } from "../../history/events.ts";
import type { Application } from "../application.ts";
import { canonical } from "../canonical.ts";
import { firstCausalGap } from "../causal-gaps.ts";
import { checkDeclared } from "../declared-specification.ts";
import { type DeliveredSet, sizeOf } from "../delivered.ts";
import { eventsOf } from "../evidence.ts";
import { mayBeGone } from "../lost-updates.ts";
import { fail, type Judgement, type Property, pass, unknown } from "../property.ts";
import { type Observation, once, type Run } from "../run.ts";
import { finalStates, NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { Arbitration, type Contradiction } from "../specifications/arbitration.ts";
import { isSequence, modelFor } from "../specifications/index.ts";
import { type Followed, followSteps } from "../specifications/local-steps.ts";
import { type Mismatch, nameOf } from "../specifications/model.ts";
import { judgeReads } from "../specifications/reads.ts";
import { numberUpdates, type Updates, unnumberedUpdates } from "../specifications/update.ts";
import { type Walked, walk } from "../specifications/walk.ts";
import { boundedView, count, list, moment, show } from "../words.ts";

/** Of a contradiction as many are told. */
const MAX_CHOICES = 12;

export const specification: Property = {
	name: "specification",
	statement:
		"Every view is what the type's specification makes of the updates delivered by then: none lost, none phantom, none resurrected, none duplicated; of a list or text also what an operation makes of what its replica showed before it.",
	source:
		"Burckhardt, Gotsman, Yang, Zawirski 2014, “Replicated data types: specification, verification, optimality”, section 4",
	needs: ["a known type", "update numbers", "delivered sets"],
	cost: "O(updates × replicas + sizes of the views)",
	limits:
		"Operations with an unknown outcome may have happened or not: whatever choice explains a view is accepted, each element by itself. Without delivered sets the final views are judged, and that no read shows what nobody had begun to write, within bounds.",
	check,
};

function check(run: Run, { specification: declared }: Application): Judgement {
	if (declared !== undefined) return checkDeclared(run, declared);
	if (run.type === null) return unknown("the history names no type, so no specification is known");
	const arbitration = new Arbitration(run.type !== "or-map");
	const make = modelFor(run.type);
	if (make === null) return unknown(`no specification of the type "${run.type}" is known`);
	const observations = run.observations.filter((observation) => observation.delivered !== null);
	const updates = numberUpdates(run);
	const numbered = run.operations.some((operation) => operation.completion?.update !== undefined);
	if (observations.length === 0 || !numbered) return checkBounds(run, make);
	if (updates.overflow !== null) return unknown(updates.overflow);
	const walked = walk(observations, updates, isClosed(run, observations), (current) =>
		make(arbitration.recorder(current)),
	);
	const followed = isSequence(run.type) ? followSteps(run, run.type) : null;
	const examined = numbers(walked, updates, arbitration, followed);
	const first = walked.first ?? followed?.first ?? null;
	if (first !== null) return mismatching(run, first, { ...examined, mismatches: walked.mismatches });
	const contradiction = arbitration.contradiction();
	if (contradiction !== null) return contradicting(run, contradiction, examined);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	if (walked.informative === 0) {
		const why = walked.notCausal > 0 ? " together with all that it had seen" : "";
		return unknown(`no view was seen with an update delivered${why}`, { examined });
	}
	const lenient =
		updates.ambiguous === 0 ? "" : ` (${updates.ambiguous} numbers may belong to several operations)`;
	return pass(
		`each of ${count(walked.judged, "view")} is what ${run.type} demands of the updates delivered${lenient}`,
		{
			examined,
		},
	);
}

/** Reloaded states are not among the moments that causal gaps are looked for at, and of numbers given twice nobody knows. */
function isClosed(run: Run, observations: readonly Observation[]): boolean {
	if (run.reused.length > 0 || observations.some(({ source }) => source === "reloaded")) return false;
	return once(run, firstCausalGap).gap === null;
}

function numbers(
	walked: Walked,
	updates: Updates,
	arbitration: Arbitration,
	followed: Followed | null,
): Record<string, number> {
	return {
		...(followed !== null && { localSteps: followed.steps }),
		views: walked.judged,
		notCausal: walked.notCausal,
		choicesBetweenConcurrentWrites: arbitration.size,
		infoResolved: updates.resolved,
		infoAmbiguous: updates.ambiguous,
		numbersUnexplained: updates.unexplained,
	};
}

function mismatching(
	run: Run,
	{ observation, mismatch }: { observation: Observation; mismatch: Mismatch },
	examined: Record<string, number>,
): Judgement {
	const { replica, time, delivered } = observation;
	const seen = delivered === null ? "" : ` had delivered ${count(sizeOf(delivered), "update")} and`;
	const phantom = mismatch.kind === "phantom" ? failedOperation(run, mismatch) : "";
	const about = eventsOf(run, mismatch.operations, [replica]);
	return fail(`${mismatch.kind}: at ${moment(time)} ${replica}${seen} ${mismatch.words}${phantom}`, {
		...about,
		replicas: [replica],
		events: [...about.events, observation.index].sort((left, right) => left - right),
		time,
		path: mismatch.path,
		expected: boundedView(mismatch.expected),
		found: boundedView(mismatch.found),
		views: { [replica]: boundedView(observation.view.json) },
		examined,
		kind: mismatch.kind,
	});
}

/** What nobody wrote may be what an operation wrote that failed, and so surely had not happened. */
function failedOperation(run: Run, { found, path }: Mismatch): string {
	const shown: Json[] = Array.isArray(found) ? found : [found, path];
	const keys = new Set(shown.map((value) => canonical(value)));
	const failed = run.operations.find(
		({ completion, value }) =>
			completion?.kind === "fail" &&
			(keys.has(canonical(value)) ||
				(Array.isArray(value) && value.some((part) => keys.has(canonical(part))))),
	);
	if (failed === undefined) return "";
	return ` (${failed.id}, ${failed.f} ${show(failed.value)}, failed with ${failed.completion?.code})`;
}

function contradicting(
	run: Run,
	{ key, choices }: Contradiction,
	examined: Record<string, number>,
): Judgement {
	const where = key === "" ? "" : ` of ${key}`;
	const words = choices.map(({ winner, loser, observation }) => {
		const shown = `${nameOf(winner)} over the concurrent ${nameOf(loser)}`;
		return `${observation.replica} at ${moment(observation.time)} showed ${shown}`;
	});
	const observations = choices.map((choice) => choice.observation);
	const involved = [...new Set(choices.flatMap(({ winner, loser }) => [winner, loser]))];
	const about = eventsOf(
		run,
		involved.map((update) => update.operation),
		observations.map(({ replica }) => replica),
	);
	return fail(`no single order of the writes${where} explains what was shown: ${list(words)}`, {
		...about,
		replicas: [...new Set(observations.map(({ replica }) => replica))],
		events: [...new Set([...about.events, ...observations.map(({ index }) => index)])].sort((a, b) => a - b),
		time: Math.max(...observations.map(({ time }) => time)),
		path: key,
		views: Object.fromEntries(
			observations.slice(0, 4).map(({ replica, view }) => [replica, boundedView(view.json)]),
		),
		examined,
		kind: "arbitration",
		choices: choices.slice(0, MAX_CHOICES).map(({ winner, loser, observation }) => ({
			winner: winner.operation.id,
			loser: loser.operation.id,
			event: observation.index,
		})),
	});
}

/** Without delivered sets: everything acknowledged has arrived by the end, nothing is known of who saw what. */
function checkBounds(run: Run, make: NonNullable<ReturnType<typeof modelFor>>): Judgement {
	const reads = judgeReads(run);
	if (reads.first !== null) {
		const { read, mismatch } = reads.first;
		const { index = 0, time = 0, value = null } = read.completion ?? {};
		const view = { key: "", json: value };
		const observation = {
			index,
			time,
			replica: read.replica,
			source: "read" as const,
			view,
			delivered: null,
		};
		return mismatching(run, { observation, mismatch }, { reads: reads.judged, wrongReads: reads.wrong });
	}
	const settled = finalStates(run);
	if (!settled.ok) {
		const examined = { reads: reads.judged, finalViews: 0 };
		// Values alone, and none of the end: all that can be said is that nothing was seen which may not be.
		const seen = reads.informative > 0 && run.finals.size === 0 && run.end !== null;
		if (!seen || nothingAcknowledged(run)) return unknown(settled.reason, { examined });
		return pass(
			`none of ${count(reads.judged, "read")} shows what ${run.type} doesn't allow; without final states nobody knows what is missing`,
			{ examined },
		);
	}
	const model = make(() => undefined);
	for (const update of unnumberedUpdates(run, mayBeGone(run))) model.apply(update);
	const examined = { reads: reads.judged, finalViews: settled.finals.length };
	for (const observation of settled.finals) {
		const mismatch = model.judge(observation.view.json, null, true);
		if (mismatch !== null)
			return mismatching(
				run,
				{ observation: { ...observation, delivered: null as DeliveredSet | null }, mismatch },
				examined,
			);
	}
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	return pass(
		`${reads.judged === 0 ? "" : `${count(reads.judged, "read")} and `}the final views are within what ${run.type} allows; nothing tells what had been delivered, so no more is judged`,
		{ examined },
	);
}
