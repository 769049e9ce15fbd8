/**
 * Updates as the specifications see them, and which of them a delivered set makes visible.
 *
 * An `ok` with a number is certain, and its reply says what it had seen. An `info` may or may not have happened; a
 * number that no `ok` explains belongs to one of that replica's `info` operations. With one candidate that
 * operation did happen (what it had seen stays unknown); with several each is possible, and whatever explains the
 * views is accepted. A number that two `ok` share is an ambiguity too: durability judges it.
 */
import { canonical } from "../canonical.ts";
import { type DeliveredSet, hasDelivered, setOf, splitUpdateId } from "../delivered.ts";
import { isUpdate, type Operation, type Run } from "../run.ts";

export interface Update {
	operation: Operation;
	replica: string;
	/** 0: it has no number (a history without delivered sets). */
	number: number;
	/** False: it may not have happened at all. */
	certain: boolean;
	/** What had been delivered where it was executed, itself included; null: not known. */
	seen: DeliveredSet | null;
	/** Its number was given to another update too, so that a set that holds the number need not hold this one. */
	reused: boolean;
	/** Its value in canonical form, once somebody asked: see `keyOf`. */
	key: string | null;
}

/** Its value in canonical form; each replica applies it, so it is kept. */
export function keyOf(update: Update): string {
	update.key ??= canonical(update.operation.value);
	return update.key;
}

/** An update number and what may hide behind it. */
export interface Numbered {
	number: number;
	/** One that is certain, or several of which one happened. */
	updates: Update[];
	ambiguous: boolean;
}

export interface Updates {
	/** By replica, sorted by number. */
	numbered: Map<string, Numbered[]>;
	/** Numbers that nothing explains, with the replica: they have no effect that could be judged. */
	unexplained: number;
	/** Info operations whose number follows, there being only one candidate. */
	resolved: number;
	ambiguous: number;
	/** Why nothing can be judged: too many info operations may be behind too many numbers. */
	overflow: string | null;
	/** Numbers given twice: whoever has seen one may have seen either update. */
	reused: DeliveredSet;
}

/** A replica that claims absurd numbers costs no more than this many beyond its operations. */
const MAX_UNEXPLAINED_PER_REPLICA = 1_000;
/** Numbers, each with the operations that it may belong to. */
const MAX_POSSIBILITIES_PER_REPLICA = 200_000;

/** Cost: the operations, plus for each replica its unexplained numbers times the operations that each may belong to. */
export function numberUpdates(run: Run): Updates {
	const explained = new Map<string, Map<number, Update[]>>();
	const candidates = new Map<string, Operation[]>();
	for (const operation of run.operations) {
		if (!isUpdate(operation)) continue;
		const { completion } = operation;
		if (completion?.kind === "fail") continue;
		if (completion?.kind === "ok") {
			if (completion.update === undefined) continue;
			const { replica, number } = splitUpdateId(completion.update);
			const ofReplica = getOrMake(explained, replica, () => new Map<number, Update[]>());
			const seen = completion.delivered ?? null;
			getOrMake(ofReplica, number, () => []).push({
				operation,
				replica,
				number,
				certain: true,
				seen,
				reused: false,
				key: null,
			});
		} else {
			getOrMake(candidates, operation.replica, () => []).push(operation);
		}
	}
	const updates: Updates = {
		numbered: new Map(),
		unexplained: 0,
		resolved: 0,
		ambiguous: 0,
		overflow: null,
		reused: setOf(run.reused),
	};
	for (const [replica, numbers] of explained) {
		const entries = [...numbers].map(([number, those]) => explainedEntry(number, those));
		updates.numbered.set(replica, entries);
	}
	for (const [replica, unexplained] of unexplainedNumbers(run, explained, candidates)) {
		const entries = getOrMake(updates.numbered, replica, () => []);
		entries.push(...explain(replica, unexplained, candidates.get(replica) ?? [], updates));
	}
	for (const entries of updates.numbered.values()) entries.sort((left, right) => left.number - right.number);
	return updates;
}

/** Calls back with each number that the set holds. Cost: the entries found, and a logarithm for each run. */
export function eachNumbered(updates: Updates, set: DeliveredSet, visit: (entry: Numbered) => void): void {
	for (const [replica, runs] of set) {
		const entries = updates.numbered.get(replica);
		if (entries === undefined) continue;
		for (let at = 0; at < runs.length; at += 2) {
			let next = lowerBound(entries, runs[at] as number);
			for (
				;
				next < entries.length && (entries[next] as Numbered).number <= (runs[at + 1] as number);
				next++
			) {
				visit(entries[next] as Numbered);
			}
		}
	}
}

/** Without delivered sets: every `ok` is certain, every `info` possible, and nobody knows what they had seen. */
export function unnumberedUpdates(run: Run, mayBeLost: (operation: Operation) => boolean): Update[] {
	const done = run.operations.filter(
		(operation) => isUpdate(operation) && operation.completion?.kind !== "fail",
	);
	return done.map((operation) => ({
		operation,
		replica: operation.replica,
		number: 0,
		certain: operation.completion?.kind === "ok" && !mayBeLost(operation),
		seen: null,
		reused: false,
		key: null,
	}));
}

/** Whether `later` may have been executed where `earlier` had been delivered. */
export function mayHaveSeen(later: Update, earlier: Update): boolean {
	if (later === earlier) return false;
	if (later.seen !== null)
		return earlier.number === 0 || hasDelivered(later.seen, earlier.replica, earlier.number);
	if (earlier.seen !== null && hasDelivered(earlier.seen, later.replica, later.number)) return false;
	const { completion } = later.operation;
	const overBefore = completion?.kind === "ok" && completion.index < earlier.operation.invoke.index;
	return !overBefore;
}

/** Whether `later` must have been executed where `earlier` had been delivered. */
export function mustHaveSeen(later: Update, earlier: Update): boolean {
	if (later === earlier) return false;
	if (later.seen !== null)
		return earlier.number > 0 && !earlier.reused && hasDelivered(later.seen, earlier.replica, earlier.number);
	// One replica, one after the other, and nothing that could have made it forget: see `unnumberedUpdates`.
	const { completion } = earlier.operation;
	return (
		later.number === 0 &&
		later.replica === earlier.replica &&
		earlier.certain &&
		completion?.kind === "ok" &&
		completion.index < later.operation.invoke.index
	);
}

function explainedEntry(number: number, updates: Update[]): Numbered {
	if (updates.length === 1) return { number, updates, ambiguous: false };
	const either = updates.map((update) => ({ ...update, certain: false, reused: true }));
	return { number, updates: either, ambiguous: true };
}

interface Unexplained {
	number: number;
	/** Of the event in which it was first seen. */
	index: number;
}

function unexplainedNumbers(
	run: Run,
	explained: ReadonlyMap<string, ReadonlyMap<number, unknown>>,
	candidates: ReadonlyMap<string, readonly Operation[]>,
): Map<string, Unexplained[]> {
	const result = new Map<string, Unexplained[]>();
	for (const { replica, first, last, index } of run.firstSeen) {
		const known = explained.get(replica);
		const list = getOrMake(result, replica, () => []);
		const most = (candidates.get(replica)?.length ?? 0) + MAX_UNEXPLAINED_PER_REPLICA;
		for (let number = first; number <= last && list.length < most; number++) {
			if (known?.has(number) !== true) list.push({ number, index });
		}
	}
	return result;
}

/**
 * An operation has one number, and it was asked for before its number was seen: so many numbers seen as there were operations by
 * then belong to those and to no other. Between two such moments nobody knows which is whose. Cost: the numbers and
 * operations, and for each number its candidates.
 */
function explain(
	replica: string,
	unexplained: readonly Unexplained[],
	candidates: readonly Operation[],
	tally: Updates,
): Numbered[] {
	const entries: Numbered[] = [];
	let open: { number: number; candidates: number }[] = [];
	let [first, next, possibilities] = [0, 0, 0];
	const close = () => {
		for (const { number, candidates: end } of open) {
			const fitting = candidates.slice(first, end);
			const certain = fitting.length === 1;
			if (certain) tally.resolved += 1;
			else tally.ambiguous += 1;
			const updates = fitting.map(
				(operation): Update => ({
					operation,
					replica,
					number,
					certain,
					seen: null,
					reused: false,
					key: null,
				}),
			);
			entries.push({ number, updates, ambiguous: !certain });
		}
		open = [];
		first = next;
	};
	for (const { number, index } of unexplained) {
		while ((candidates[next]?.invoke.index ?? Number.POSITIVE_INFINITY) < index) next += 1;
		if (next === first) {
			tally.unexplained += 1;
			continue;
		}
		open.push({ number, candidates: next });
		possibilities += next - first;
		if (open.length === next - first) close();
		if (possibilities <= MAX_POSSIBILITIES_PER_REPLICA) continue;
		tally.overflow = `too many operations at ${replica} have no reply that tells which updates they are`;
		return [];
	}
	close();
	return entries;
}

function lowerBound(entries: readonly Numbered[], number: number): number {
	let low = 0;
	let high = entries.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((entries[middle] as Numbered).number < number) low = middle + 1;
		else high = middle;
	}
	return low;
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
	let value = map.get(key);
	if (value === undefined) {
		value = make();
		map.set(key, value);
	}
	return value;
}
