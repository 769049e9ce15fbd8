/**
 * What a client has seen and done at its replica, it goes on seeing; and others see its writes in its order, after what it had
 * read. A session is one client's at one replica; the harness, which reads states, has one at each replica too.
 */
import { firstCausalGap, firstGap, type Gap } from "../causal-gaps.ts";
import { knownUpdates } from "../causal-order.ts";
import {
	covers,
	type DeliveredSet,
	listUpdates,
	NOTHING_DELIVERED,
	setOf,
	sizeOf,
	splitUpdateId,
	subtract,
	union,
} from "../delivered.ts";
import { eventsOf } from "../evidence.ts";
import { livesOf } from "../lives.ts";
import { fail, type Judgement, notApplicable, type Property, pass, unknown } from "../property.ts";
import { isUpdate, type Operation, once, type Run } from "../run.ts";
import { judgeSessionValues } from "../session-values.ts";
import { NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { count, few, list, moment } from "../words.ts";

export const session: Property = {
	name: "session",
	statement:
		"Within a client's session at its replica: what it wrote (read your writes) and what it saw (monotonic reads) stays visible to it. Where the replicas promise causal visibility, its writes are delivered everywhere in its order (monotonic writes) and only together with what it had seen (writes follow reads).",
	source:
		"Terry, Demers, Petersen, Spreitzer, Theimer, Welch 1994, “Session guarantees for weakly consistent replicated data”, section 2",
	needs: ["delivered sets"],
	cost: "O(operations × replicas), by the largest delivered set of each session; the last two O(updates × replicas²)",
	limits:
		"A session ends where its replica crashes: what it had only seen may be gone then, what it wrote stays unless the disk was lost or the replica isn't durable. Operations with an unknown outcome bind nobody. Monotonic writes and writes follow reads are judged only where the manifest says `causal`. Without delivered sets it is judged only if asked for, by the values of g-set and g-counter alone.",
	check,
};

/** What an operation must see, and what had made it so. */
interface Required {
	operation: Operation;
	own: Written;
	all: DeliveredSet;
	/** Begun in one life of the replica and over in another: nobody knows in which it was executed. */
	torn: boolean;
}

/**
 * What a session wrote, as the first so many of a list that grows: of several clients at one replica each has gaps everywhere, so
 * that a set for each operation would cost the square of their number.
 */
interface Written {
	ids: readonly string[];
	count: number;
}

function written({ own }: Session): Written {
	return { ids: own, count: own.length };
}

function setWritten({ ids, count }: Written): DeliveredSet {
	return setOf(ids.slice(0, count).map(splitUpdateId));
}

interface Broken {
	index: number;
	time: number;
	replica: string;
	/** Null: it was the harness that read the state. */
	operation: Operation | null;
	lacks: DeliveredSet;
	own: boolean;
}

interface Sessions {
	count: number;
	compared: number;
	broken: Broken | null;
	/** Of each update, what its session had seen before: kept where the order of delivery is judged. */
	required: Map<Operation, Required>;
}

function check(run: Run): Judgement {
	const sessions = sessionsOf(run);
	const { broken, compared, required } = sessions;
	const examined = { sessions: sessions.count, comparisons: compared };
	if (broken !== null) return notSeen(run, broken, examined);
	const silent = run.operations.every(({ completion }) => completion?.delivered === undefined);
	if (silent && run.observations.every(({ delivered }) => delivered === null)) return judgeSessionValues(run);
	const promised = run.header.delivers?.causal === true;
	if (promised) {
		// Where every update came with all that it had seen, only demands beyond that are left to be looked for.
		const isClosed = once(run, firstCausalGap).gap === null;
		const demanding = once(run, knownUpdates).flatMap((update) => {
			const demands = required.get(update.operation);
			if (demands === undefined || demands.torn) return [];
			if (isClosed && covers(update.seen, demands.all)) return [];
			return [{ ...update, demands: demands.all, own: demands.own }];
		});
		const { gap } = firstGap(run, demanding);
		if (gap !== null) return outOfOrder(run, gap, setWritten(gap.update.own), examined);
	}
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	if (compared === 0)
		return notApplicable("no session saw or wrote anything before something else", { examined });
	const rest = promised
		? "; its writes were delivered in its order, after what it had read"
		: "; causal visibility isn't promised, so the order of its writes elsewhere isn't judged";
	return pass(
		`in each of ${count(sessions.count, "session")} what was written and seen stayed visible${rest}`,
		{
			examined,
		},
	);
}

interface Step {
	index: number;
	time: number;
	replica: string;
	/** Process and replica; the harness has none. */
	session: string;
	operation: Operation | null;
	kind: "begin" | "end";
	delivered: DeliveredSet | null;
}

interface Session {
	life: number;
	memory: number;
	own: string[];
	floor: DeliveredSet;
	used: boolean;
}

function sessionsOf(run: Run): Sessions {
	const lives = livesOf(run);
	const keepsAll = run.header.delivers?.causal === true;
	const sessions = new Map<string, Session>();
	const required = new Map<Operation, Required & { life: number; used: boolean }>();
	let broken: Broken | null = null;
	let compared = 0;
	/** As it is at that moment: a crash leaves what was acknowledged, or nothing. */
	const at = ({ session, replica, index }: Step): Session => {
		const life = lives.lifeOf(replica, index);
		const memory = lives.memoryOf(replica, index);
		let current = sessions.get(session);
		if (current === undefined) {
			current = { life, memory, own: [], floor: NOTHING_DELIVERED, used: false };
			sessions.set(session, current);
		}
		if (current.memory !== memory) current.own = [];
		if (current.life !== life) {
			current.floor = setOf(current.own.map(splitUpdateId));
			current.used = current.own.length > 0;
		}
		current.life = life;
		current.memory = memory;
		return current;
	};
	const compare = (step: Step, delivered: DeliveredSet, before: Written, all: DeliveredSet) => {
		compared += 1;
		if (broken !== null || covers(delivered, all)) return;
		const lacksOwn = subtract(setWritten(before), delivered);
		const { index, time, replica, operation } = step;
		const lacks = lacksOwn.size > 0 ? lacksOwn : subtract(all, delivered);
		broken = { index, time, replica, operation, lacks, own: lacksOwn.size > 0 };
	};
	for (const step of stepsOf(run)) {
		const current = at(step);
		const { operation, delivered } = step;
		if (operation !== null && step.kind === "begin") {
			const { own: ids, floor: all, life, used } = current;
			required.set(operation, { operation, own: { ids, count: ids.length }, all, life, used, torn: false });
			continue;
		}
		const before = operation === null ? null : required.get(operation);
		if (operation !== null && !keepsAll) required.delete(operation);
		if (delivered !== null) {
			if (operation === null && current.used) compare(step, delivered, written(current), current.floor);
			if (before !== undefined && before !== null) before.torn = before.life !== current.life;
			if (before?.torn === false && before.used) compare(step, delivered, before.own, before.all);
			current.floor = union(current.floor, delivered);
			current.used = true;
		}
		const update = operation?.completion?.kind === "ok" ? operation.completion.update : undefined;
		if (update === undefined) continue;
		const { replica, number } = splitUpdateId(update);
		current.own.push(update);
		current.floor = union(current.floor, new Map([[replica, [number, number]]]));
		current.used = true;
	}
	return { count: sessions.size, compared, broken, required };
}

/** Beginnings and ends of operations, and states, in the order of the history. */
function stepsOf(run: Run): Step[] {
	const steps: Step[] = [];
	const keys = new Map<string, Map<number, string>>();
	const sessionKey = (process: number, replica: string) => {
		const ofReplica = keys.get(replica) ?? new Map<number, string>();
		keys.set(replica, ofReplica);
		const key = ofReplica.get(process) ?? `${process} ${replica}`;
		ofReplica.set(process, key);
		return key;
	};
	for (const operation of run.operations) {
		const { replica, completion, invoke, process } = operation;
		// Others bind nobody: they may not have happened.
		if (completion?.kind !== "ok") continue;
		const delivered = completion.delivered ?? null;
		if (delivered === null && !isUpdate(operation)) continue;
		const session = sessionKey(process, replica);
		const { index, time } = completion;
		steps.push({
			index: invoke.index,
			time: invoke.time,
			replica,
			session,
			operation,
			kind: "begin",
			delivered: null,
		});
		steps.push({ index, time, replica, session, operation, kind: "end", delivered });
	}
	for (const { index, time, replica, source, delivered } of run.observations) {
		if (delivered === null || source === "read" || source === "reloaded") continue;
		steps.push({ index, time, replica, session: replica, operation: null, kind: "end", delivered });
	}
	return steps.sort((left, right) => left.index - right.index);
}

function notSeen(run: Run, broken: Broken, examined: Record<string, number>): Judgement {
	const { replica, time, lacks, operation, own, index } = broken;
	const ids = listUpdates(lacks, 4);
	const guarantee = own ? "read your writes" : "monotonic reads";
	const who =
		operation === null
			? `${replica} showed a state`
			: `${operation.id} (${operation.f}), of client ${operation.process} at ${replica}, was answered`;
	const had = own ? "which the same session had written" : "which the same session had seen before";
	const total = sizeOf(lacks);
	const which = total > ids.length ? `${total} updates, such as ${list(ids)},` : list(ids);
	return fail(`${guarantee}: at ${moment(time)} ${who} without ${which} ${had}`, {
		...about(run, ids, operation, [replica]),
		replicas: [replica],
		updates: ids,
		time,
		kind: guarantee.replaceAll(" ", "-"),
		examined: { ...examined, event: index },
	});
}

function outOfOrder(
	run: Run,
	{ moment: seen, update, lacks }: Gap<{ operation: Operation; replica: string; number: number }>,
	own: DeliveredSet,
	examined: Record<string, number>,
): Judgement {
	const isOwn = sizeOf(subtract(lacks, own)) < sizeOf(lacks);
	const ids = listUpdates(lacks, 4);
	const id = `${update.replica}:${update.number}`;
	const guarantee = isOwn ? "monotonic writes" : "writes follow reads";
	const had = isOwn ? "had written before it" : "had seen before it wrote it";
	return fail(
		`${guarantee}: at ${moment(seen.time)} ${seen.replica} had delivered ${id} without ${list(ids)}, which client ${update.operation.process} ${had}`,
		{
			...about(run, [id, ...ids], update.operation, [seen.replica]),
			replicas: [seen.replica, update.replica],
			updates: [id, ...ids],
			time: seen.time,
			kind: guarantee.replaceAll(" ", "-"),
			examined,
		},
	);
}

function about(run: Run, ids: readonly string[], operation: Operation | null, replicas: string[]) {
	const writers = run.operations.filter(({ completion }) => ids.includes(completion?.update ?? ""));
	const those = [...new Set([...writers, ...(operation === null ? [] : [operation])])];
	const { operations, events } = eventsOf(run, those, replicas);
	return { operations: few(operations), events };
}
