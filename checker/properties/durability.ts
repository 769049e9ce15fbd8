/** What a replica has acknowledged survives its crashes. */
import { type DeliveredSet, hasDelivered, union } from "../delivered.ts";
import { eventsOf } from "../evidence.ts";
import { type Acknowledged, acknowledgedUpdates, isMissing, keeperOf } from "../lost-updates.ts";
import { fail, type Judgement, type Property, pass, unknown } from "../property.ts";
import { type Crash, type Observation, once, type Reused, type Run } from "../run.ts";
import { finalStates, NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { count, list, moment } from "../words.ts";

const MAX_LISTED_UPDATES = 20;

export const durability: Property = {
	name: "durability",
	statement:
		"An update that a replica has acknowledged is still there at the end, whatever crashed; and no number is given to two updates.",
	source:
		"facts of crash recovery: Mohan et al. 1992, “ARIES”, section 1.1 (durability of what was acknowledged)",
	needs: ["an end", "final states", "delivered sets"],
	cost: "O(acknowledged updates × replicas)",
	limits:
		"Updates of a replica that lost its disk later, or that doesn't claim to be durable and crashed, are waived unless another replica had them. Without delivered sets `specification` judges the final views.",
	check,
};

function check(run: Run): Judgement {
	const updates = once(run, acknowledgedUpdates);
	const { reused } = run;
	const byId = new Map(updates.map((update) => [update.operation, update]));
	const forgotten = reused.find(
		({ earlier, later }) => !isExcused(run, byId.get(earlier), later.invoke.index),
	);
	if (forgotten !== undefined) return givenTwice(run, forgotten, reused.length);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE);
	const settled = finalStates(run);
	if (!settled.ok) return unknown(settled.reason);
	if (updates.length === 0) {
		return unknown(
			"no reply names an update, so only the specification can tell from the final views what was lost",
		);
	}
	const silent = settled.finals.filter((final) => final.delivered === null);
	if (silent.length > 0) {
		return unknown(
			`${list(silent.map((final) => final.replica))} don't say what they had delivered in the end`,
		);
	}
	return judgeFinals(run, updates, settled.finals);
}

function judgeFinals(run: Run, updates: Acknowledged[], finals: Observation[]): Judgement {
	const all = finals.reduce<DeliveredSet>(
		(sum, final) => union(sum, final.delivered as DeliveredSet),
		new Map(),
	);
	const own = new Map(finals.map((final) => [final.replica, final.delivered as DeliveredSet]));
	const gone = updates.filter((update) => isMissing(update, all));
	// With its disk kept, the replica that acknowledged must itself still know; reaching the others is delivery's.
	const forgotten = updates.filter(
		(update) =>
			update.crash !== null && update.waivedBy === null && isMissing(update, own.get(update.replica) ?? all),
	);
	const waived = gone.filter((update) => update.waivedBy !== null && keeperOf(run, update) === null);
	const lost = [...new Set([...gone, ...forgotten])].filter((update) => !waived.includes(update));
	const examined = {
		acknowledged: updates.length,
		crashes: run.crashes.length,
		waived: waived.length,
		lost: lost.length,
	};
	if (lost.length > 0) return lostUpdates(run, lost, finals, examined);
	const excused =
		waived.length === 0
			? ""
			: ` but ${waived.length} that only a replica had which lost its disk or isn't durable`;
	return pass(
		`all ${count(updates.length, "acknowledged update")}${excused} survived ${count(run.crashes.length, "crash", "crashes")}`,
		{
			examined,
			...(waived.length > 0 && { waived: waived.slice(0, MAX_LISTED_UPDATES).map((update) => update.id) }),
		},
	);
}

/** Given again after its replica rightly forgot it, and nobody else ever knew the first one. */
function isExcused(run: Run, earlier: Acknowledged | undefined, reusedAt: number): boolean {
	if (earlier === undefined || earlier.waivedBy === null) return false;
	return !run.observations.some(
		({ index, replica, delivered }) =>
			index < reusedAt &&
			replica !== earlier.replica &&
			delivered !== null &&
			hasDelivered(delivered, earlier.replica, earlier.number),
	);
}

function givenTwice(run: Run, { id, replica, earlier, later }: Reused, times: number): Judgement {
	const crash = run.crashes.find(
		(candidate) =>
			candidate.replica === replica &&
			candidate.endIndex > (earlier.completion?.index ?? 0) &&
			candidate.startIndex < later.invoke.index,
	);
	const when =
		crash === undefined ? "without any crash in between" : `after its crash at ${moment(crash.startTime)}`;
	const about = eventsOf(run, [earlier, later], [replica]);
	return fail(
		`${replica} acknowledged ${earlier.id} as update ${id} at ${moment(earlier.completion?.time ?? 0)} and, ${when}, ${later.id} as ${id} again: it had forgotten ${earlier.id}`,
		{
			...about,
			replicas: [replica],
			updates: [id],
			events: withCrash(about.events, crash ?? null),
			time: later.completion?.time ?? 0,
			examined: { numbersGivenTwice: times },
		},
	);
}

function lostUpdates(
	run: Run,
	lost: Acknowledged[],
	finals: Observation[],
	examined: Record<string, number>,
): Judgement {
	const [first] = lost as [Acknowledged];
	const { operation, crash } = first;
	const about = eventsOf(run, lost.map((update) => update.operation).slice(0, 6), [first.replica]);
	const keeper = keeperOf(run, first);
	const also = keeper === null ? "" : ` (${keeper.replica} had delivered it at ${moment(keeper.time)})`;
	const when = crash === null ? "never crashed" : `crashed at ${moment(crash.startTime)}`;
	const nobody = finals.every((final) => isMissing(first, final.delivered as DeliveredSet));
	const end = nobody
		? "in the end no replica has it"
		: `in the end ${first.replica} doesn't have it any more`;
	return fail(
		`${first.replica} acknowledged ${first.id} (${operation.f} ${JSON.stringify(operation.value)}, ${operation.id}) at ${moment(operation.completion?.time ?? 0)} and ${when}; ${end}${also}` +
			(lost.length > 1 ? `; ${lost.length - 1} more were lost` : ""),
		{
			...about,
			replicas: [...new Set(lost.map((update) => update.replica))],
			updates: lost.slice(0, MAX_LISTED_UPDATES).map((update) => update.id),
			events: [...withCrash(about.events, crash), ...finals.map((final) => final.index)],
			time: crash?.startTime ?? operation.completion?.time ?? 0,
			examined,
		},
	);
}

function withCrash(events: number[], crash: Crash | null): number[] {
	return crash === null ? events : [...events, crash.startIndex].sort((left, right) => left - right);
}
