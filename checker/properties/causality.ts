/**
 * What was shown has causes: no update before its own cause, none out of thin air, and, where the replicas promise it, none
 * without all that its origin had seen.
 */
import { firstCausalGap, type Gap } from "../causal-gaps.ts";
import { causalOrder, type KnownUpdate, knownUpdates } from "../causal-order.ts";
import { judgeCausalValues } from "../causal-values.ts";
import { listUpdates, sizeOf } from "../delivered.ts";
import { eventsOf } from "../evidence.ts";
import { fail, type Judgement, notApplicable, type Property, pass, unknown } from "../property.ts";
import { isUpdate, type Operation, once, type Run } from "../run.ts";
import { NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { count, list, moment, show } from "../words.ts";

export const causality: Property = {
	name: "causality",
	statement:
		"What is delivered was accepted before (no thin-air read), no two updates have each seen the other (no cyclic causal order), and, where the replicas promise causal visibility, an update is delivered only together with all that its origin had delivered when it accepted it.",
	source:
		"Bouajjani, Enea, Guerraoui, Hamza 2017, “On verifying causal consistency”, section 3 (the bad patterns CyclicCO, ThinAirRead, WriteCOInitRead, WriteCORead); Møldrup, Pavlogiannis 2025, “AWDIT: an optimal weak database isolation tester”",
	needs: ["delivered sets", "update numbers"],
	cost: "O(updates × replicas²); without delivered sets O(reads × values × sessions)",
	limits:
		"Causal visibility is judged only where the manifest says `causal`, as types made with `stateBased`, `opBased` and causal `library` do: eventual consistency alone doesn't demand it. Numbers may belong to operations with an unknown outcome, of which there have to be enough. Numbers given twice are `durability`'s. Without delivered sets values are judged: what is read was written (sets, registers, maps), and in registers and maps that arbitrate by last writer no overwritten or initial value comes back; only where each value is written once.",
	judgesValues: true,
	check,
};

function check(run: Run): Judgement {
	const anyDelivered =
		run.operations.some(({ completion }) => completion?.delivered !== undefined) ||
		run.observations.some(({ delivered }) => delivered !== null);
	if (!anyDelivered) return judgeCausalValues(run);
	const updates = once(run, knownUpdates);
	const { cycle } = causalOrder(updates);
	const examined: Record<string, number> = { updates: updates.length };
	if (cycle !== null) return cyclic(run, cycle, examined);
	const invented = firstInvented(run);
	if (invented !== null) return thinAir(run, invented, examined);
	const promised = run.header.delivers?.causal === true;
	if (promised) {
		const { gap, deliveries } = once(run, firstCausalGap);
		examined["deliveries"] = deliveries;
		if (gap !== null) return notClosed(run, gap, examined);
	}
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	if (updates.length === 0) return notApplicable("no reply says what its update had seen", { examined });
	const rest = promised
		? ", and was delivered only together with what it had seen"
		: "; the replicas don't promise causal visibility, so it isn't judged";
	return pass(`each of ${count(updates.length, "update")} came after what it had seen${rest}`, { examined });
}

function cyclic(run: Run, cycle: KnownUpdate[], examined: Record<string, number>): Judgement {
	const ids = cycle.map(idOf);
	const [first, ...rest] = ids as [string, ...string[]];
	const about = eventsOf(
		run,
		cycle.map(({ operation }) => operation),
		cycle.map(({ replica }) => replica),
	);
	return fail(
		`cyclic causal order: ${first} had seen ${[...rest, first].join(", which had seen ")}, so each would have come before the other`,
		{
			...about,
			replicas: [...new Set(cycle.map(({ replica }) => replica))],
			updates: ids,
			time: Math.max(...cycle.map(({ operation }) => operation.completion?.time ?? 0)),
			kind: "cyclic",
			examined,
		},
	);
}

interface Invented {
	replica: string;
	number: number;
	/** Of the event that showed it. */
	index: number;
	/** What it later was the number of, if anything. */
	later: Operation | null;
	candidates: number;
	unexplained: number;
}

/**
 * A number is explained by the acknowledged operation that it belongs to, if that was invoked before the number was seen, or by an
 * operation whose outcome or number nobody knows. Of those each has one number, and any of them that was invoked before may have
 * any, so there are enough exactly if at no moment more numbers were seen than such operations were invoked.
 */
function firstInvented(run: Run): Invented | null {
	const explained = new Map<string, Operation>();
	const vague = new Map<string, number[]>();
	for (const operation of run.operations) {
		const { completion, replica, invoke } = operation;
		if (!isUpdate(operation) || completion?.kind === "fail") continue;
		const update = completion?.kind === "ok" ? completion.update : undefined;
		if (update !== undefined) {
			const other = explained.get(update);
			if (other === undefined || other.invoke.index > invoke.index) explained.set(update, operation);
			continue;
		}
		const those = vague.get(replica);
		if (those === undefined) vague.set(replica, [invoke.index]);
		else those.push(invoke.index);
	}
	const unexplained = new Map<string, number>();
	const invokedBefore = new Map<string, number>();
	for (const { replica, first, last, index } of run.firstSeen) {
		const those = vague.get(replica) ?? [];
		let before = invokedBefore.get(replica) ?? 0;
		while (before < those.length && (those[before] as number) < index) before += 1;
		invokedBefore.set(replica, before);
		for (let number = first; number <= last; number++) {
			const later = explained.get(`${replica}:${number}`) ?? null;
			if (later !== null && later.invoke.index < index) continue;
			const seen = (unexplained.get(replica) ?? 0) + 1;
			unexplained.set(replica, seen);
			if (seen > before) {
				return { replica, number, index, later, candidates: before, unexplained: seen };
			}
		}
	}
	return null;
}

function thinAir(run: Run, invented: Invented, examined: Record<string, number>): Judgement {
	const { replica, number, index, later, candidates, unexplained } = invented;
	const id = `${replica}:${number}`;
	const shown = whoShowed(run, index);
	const failed = run.operations.filter(
		(operation) =>
			operation.completion?.kind === "fail" &&
			isUpdate(operation) &&
			operation.replica === replica &&
			operation.invoke.index < index,
	);
	const enough =
		candidates === 0
			? `no operation at ${replica} explains it`
			: `that makes ${unexplained} that only the ${count(candidates, "operation")} of unknown outcome at ${replica} could explain`;
	const why =
		later !== null
			? `before ${later.id}, which was to get that number, was invoked`
			: `but ${enough}${failed.length === 0 ? "" : ` (${failed.length} had failed there, such as ${failed[0]?.id}, ${failed[0]?.f} ${show(failed[0]?.value)})`}`;
	const about = eventsOf(run, [...failed.slice(0, 3), ...(later === null ? [] : [later])], [replica]);
	return fail(`thin air: at ${moment(shown.time)} ${shown.replica} had delivered ${id}, ${why}`, {
		...about,
		replicas: [...new Set([shown.replica, replica])],
		updates: [id],
		events: [...new Set([...about.events, index])].sort((left, right) => left - right),
		time: shown.time,
		kind: "thin-air",
		examined,
	});
}

function whoShowed(run: Run, index: number): { replica: string; time: number } {
	const observation = run.observations.find((candidate) => candidate.index === index);
	if (observation !== undefined) return observation;
	const operation = run.operations.find(({ completion }) => completion?.index === index);
	return { replica: operation?.replica ?? "a replica", time: operation?.completion?.time ?? 0 };
}

function notClosed(
	run: Run,
	{ moment: seen, update, lacks }: Gap<KnownUpdate>,
	examined: Record<string, number>,
): Judgement {
	const ids = listUpdates(lacks, 4);
	const total = sizeOf(lacks);
	const operations = [
		...run.operations.filter(({ completion }) => ids.includes(completion?.update ?? "")),
		update.operation,
	];
	const about = eventsOf(run, operations, [seen.replica]);
	const which = total > ids.length ? `${total} updates, such as ${list(ids)}` : list(ids);
	return fail(
		`at ${moment(seen.time)} ${seen.replica} had delivered ${idOf(update)} without ${which}, which ${update.replica} had delivered when it accepted ${idOf(update)}`,
		{
			...about,
			replicas: [...new Set([seen.replica, update.replica])],
			updates: [idOf(update), ...ids],
			events: [...new Set([...about.events, seen.index])].sort((left, right) => left - right),
			time: seen.time,
			kind: "visibility",
			examined,
		},
	);
}

function idOf({ replica, number }: { replica: string; number: number }): string {
	return `${replica}:${number}`;
}
