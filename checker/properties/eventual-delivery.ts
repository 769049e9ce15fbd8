/** What one replica has delivered, all deliver in the end. */
import { isBlackBox } from "../black-box.ts";
import {
	type DeliveredSet,
	deliveredKey,
	hasDelivered,
	listUpdates,
	sizeOf,
	subtract,
	union,
} from "../delivered.ts";
import { judgeElementDelivery } from "../element-delivery.ts";
import { eventsOf } from "../evidence.ts";
import { type Acknowledged, acknowledgedUpdates, isMissing } from "../lost-updates.ts";
import { fail, type Judgement, type Property, pass, unknown } from "../property.ts";
import { type Observation, once, type Run } from "../run.ts";
import { finalStates, NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { count, list, moment } from "../words.ts";

const MAX_LISTED_UPDATES = 20;

export const eventualDelivery: Property = {
	name: "eventual-delivery",
	statement:
		"An update delivered at one correct replica is delivered at all in the end: after settling, all delivered sets are equal and cover every acknowledged update.",
	source:
		"Shapiro, Preguiça, Baquero, Zawirski 2011, “Conflict-free replicated data types”, definition 2.2 (eventual delivery)",
	needs: ["an end", "final states", "delivered sets"],
	judgesValues: true,
	cost: "O(acknowledged updates × replicas)",
	limits:
		"Unknown when the run was cut off or still moved. Without delivered sets only sets are judged, by their elements. An update that no replica has any more after its own one crashed is `durability`'s.",
	check,
};

interface Final {
	observation: Observation;
	delivered: DeliveredSet;
}

function check(run: Run): Judgement {
	if (isBlackBox(run)) return judgeElementDelivery(run);
	const settled = finalStates(run);
	if (!settled.ok) return unknown(settled.reason);
	const finals = settled.finals.flatMap((observation): Final[] =>
		observation.delivered === null ? [] : [{ observation, delivered: observation.delivered }],
	);
	if (finals.length < settled.finals.length) {
		const silent = settled.finals.filter((final) => final.delivered === null).map((final) => final.replica);
		return unknown(`${list(silent)} don't say what they had delivered, so only final views are judged`);
	}
	const all = finals.reduce<DeliveredSet>((sum, final) => union(sum, final.delivered), new Map());
	const updates = once(run, acknowledgedUpdates);
	const nowhere = updates.filter((update) => isMissing(update, all) && update.crash === null);
	const behind = finals.filter((final) => deliveredKey(final.delivered) !== deliveredKey(all));
	const examined = {
		acknowledged: updates.length,
		delivered: sizeOf(all),
		finalStates: finals.length,
		waived: updates.filter((update) => update.waivedBy !== null && isMissing(update, all)).length,
	};
	if (behind.length > 0) return undelivered(run, behind, all, finals, examined);
	if (nowhere.length > 0) return neverDelivered(run, nowhere, finals, examined);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	if (updates.length === 0)
		return unknown("no reply names an update, so nobody knows what had to arrive", { examined });
	return pass(`all ${count(finals.length, "replica")} delivered the same ${count(sizeOf(all), "update")}`, {
		examined,
	});
}

function undelivered(
	run: Run,
	behind: Final[],
	all: DeliveredSet,
	finals: Final[],
	examined: Record<string, number>,
): Judgement {
	const missing = behind.map(({ observation, delivered }) => {
		const lacks = subtract(all, delivered);
		return { replica: observation.replica, lacks, ids: listUpdates(lacks, MAX_LISTED_UPDATES) };
	});
	const words = missing.map(({ replica, lacks, ids }) => {
		const number = sizeOf(lacks);
		return `${replica} never delivered ${count(number, "update")} (${list(number > ids.length ? [...ids, "…"] : ids)})`;
	});
	const updates = [...new Set(missing.flatMap(({ ids }) => ids))].slice(0, MAX_LISTED_UPDATES);
	const operations = run.operations.filter((operation) =>
		updates.includes(operation.completion?.update ?? ""),
	);
	const holders = finals.filter((final) => updates.some((id) => holds(final.delivered, id)));
	const about = eventsOf(run, operations, run.header.replicas);
	const stalled = run.end?.reason === "stalled" ? ", and nothing moved any more" : "";
	return fail(`${list(words)}${stalled}; ${list(holders.map((final) => final.observation.replica))} had`, {
		...about,
		replicas: missing.map(({ replica }) => replica),
		updates,
		events: [...about.events, ...behind.map((final) => final.observation.index)],
		time: Math.min(...behind.map((final) => final.observation.time)),
		expected: Object.fromEntries([...all].map(([replica, runs]) => [replica, [...runs]])),
		examined,
	});
}

function neverDelivered(
	run: Run,
	nowhere: Acknowledged[],
	finals: Final[],
	examined: Record<string, number>,
): Judgement {
	const [first] = nowhere as [Acknowledged];
	const { operation } = first;
	const about = eventsOf(run, nowhere.map((update) => update.operation).slice(0, 6), run.header.replicas);
	const when = moment(operation.completion?.time ?? 0);
	return fail(
		`${first.replica} acknowledged ${first.id} (${operation.id}) at ${when} and never crashed, but no replica has delivered it in the end` +
			(nowhere.length > 1 ? `; ${nowhere.length - 1} more went the same way` : ""),
		{
			...about,
			replicas: [...new Set(nowhere.map((update) => update.replica))],
			updates: nowhere.slice(0, MAX_LISTED_UPDATES).map((update) => update.id),
			events: [...about.events, ...finals.map((final) => final.observation.index)],
			time: operation.completion?.time ?? 0,
			examined,
		},
	);
}

function holds(delivered: DeliveredSet, id: string): boolean {
	const colon = id.lastIndexOf(":");
	return hasDelivered(delivered, id.slice(0, colon), Number(id.slice(colon + 1)));
}
