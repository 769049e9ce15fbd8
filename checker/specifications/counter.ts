/**
 * Counters: the value is the sum of the visible deltas (Burckhardt et al. 2014, figure 4). With updates that may have
 * happened, any sum that some choice of them gives.
 */
import type { Json } from "../../history/events.ts";
import { typed } from "../canonical.ts";
import { count, show } from "../words.ts";
import { type Mismatch, type Model, unknownOperation } from "./model.ts";
import type { Update } from "./update.ts";

export type CounterType = "g-counter" | "pn-counter";

/** Beyond so many sums the bounds alone are checked. */
const MAX_SUMS = 4_096;

export function counterModel(type: CounterType): Model {
	let sum = 0n;
	let added = 0;
	const possible = new Map<string, Update[]>();
	/** By replica, of those that were possible and have all happened by now. */
	const settled = new Map<string, number>();

	/** Where as many happened as are possible all did: what is left to choose from stays small. */
	function settle(happened: ReadonlyMap<string, number>): Map<string, number> {
		const open = new Map<string, number>();
		for (const [replica, updates] of possible) {
			const before = settled.get(replica) ?? 0;
			const choices = (happened.get(replica) ?? 0) - before;
			open.set(replica, choices);
			if (choices < updates.length) continue;
			for (const update of updates) sum += deltaOf(type, update);
			added += updates.length;
			settled.set(replica, before + updates.length);
			possible.delete(replica);
		}
		return open;
	}

	function judge(view: Json, allHappened: ReadonlyMap<string, number> | null): Mismatch | null {
		const value = integer(view);
		const happened = allHappened === null ? null : settle(allHappened);
		const updates = [...possible.values()].flat();
		const common = { path: "", found: view, operations: updates.map((update) => update.operation) };
		if (value === null) {
			const words = `shows ${show(view)}, which is no integer`;
			return { ...common, kind: "malformed", words, expected: String(sum) };
		}
		if (updates.length === 0) {
			if (value === sum) return null;
			const words = `shows ${value}, but the ${count(added, "delta")} of it add up to ${sum}`;
			return { ...common, kind: "wrong", words, expected: Number(sum) };
		}
		const sums = attainable(sum, possible, happened);
		if (sums.some(([low, high]) => low <= value && value <= high)) return null;
		const expected = sums
			.slice(0, 5)
			.map(([low, high]) => (low === high ? `${low}` : `${low} to ${high}`))
			.join(", ");
		const may = `${count(updates.length, "operation")} that may have happened`;
		const words = `shows ${value}, but the ${count(added, "delta")} of it and ${may} can only add up to ${expected}`;
		return { ...common, kind: "wrong", words, expected };
	}
	return {
		needsCausality: false,
		ignoresNumbers: true,
		apply(update) {
			const delta = deltaOf(type, update);
			if (update.certain) {
				sum += delta;
				added += 1;
			} else {
				const ofReplica = possible.get(update.replica);
				if (ofReplica === undefined) possible.set(update.replica, [update]);
				else ofReplica.push(update);
			}
		},
		judge,
	};
}

function deltaOf(type: CounterType, { operation }: Update): bigint {
	if (operation.f !== "add") unknownOperation(type, operation);
	const delta = integer(operation.value);
	if (delta === null) throw new Error(`${operation.id} adds ${show(operation.value)}, which is no integer`);
	return delta;
}

/** Sums, as ranges from low to high. */
function attainable(
	base: bigint,
	possible: ReadonlyMap<string, Update[]>,
	happened: ReadonlyMap<string, number> | null,
): [low: bigint, high: bigint][] {
	let sums = new Set([base]);
	for (const [replica, updates] of possible) {
		const deltas = updates.map((update) => integer(update.operation.value) as bigint);
		const choices = happened === null ? null : Math.min(happened.get(replica) ?? 0, deltas.length);
		const ofReplica = sumsOf(deltas, choices);
		const next = new Set<bigint>();
		if (ofReplica === null || ofReplica.size * sums.size > MAX_SUMS) return [bounds(base, possible)];
		for (const sum of sums) for (const more of ofReplica) next.add(sum + more);
		sums = next;
	}
	return [...sums].map((sum) => [sum, sum]);
}

/** Sums of exactly `choices` of the deltas, of any number of them where it is null; null: too many to tell. */
function sumsOf(deltas: readonly bigint[], choices: number | null): Set<bigint> | null {
	const byCount = deltas.map(() => new Set<bigint>());
	byCount.unshift(new Set([0n]));
	let total = 1;
	for (const delta of deltas) {
		for (let chosen = byCount.length - 2; chosen >= 0; chosen--) {
			const above = byCount[chosen + 1] as Set<bigint>;
			const before = above.size;
			for (const sum of byCount[chosen] as Set<bigint>) above.add(sum + delta);
			total += above.size - before;
		}
		if (total > MAX_SUMS) return null;
	}
	return choices === null ? new Set(byCount.flatMap((sums) => [...sums])) : (byCount[choices] as Set<bigint>);
}

function bounds(base: bigint, possible: ReadonlyMap<string, Update[]>): [low: bigint, high: bigint] {
	let [low, high] = [base, base];
	for (const update of [...possible.values()].flat()) {
		const delta = integer(update.operation.value) as bigint;
		if (delta < 0n) low += delta;
		else high += delta;
	}
	return [low, high];
}

/** @returns null for what is none */
export function integer(value: Json): bigint | null {
	if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : null;
	const special = typed(value);
	return special?.tag === "$bigint" ? BigInt(special.content as string) : null;
}
