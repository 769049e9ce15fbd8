/**
 * Last writer wins by one order: wherever a replica showed one of several concurrent writes, the order puts the
 * others before it; and it extends visibility (not in an or-map, where a name may decide). All choices of a run must fit one total order, so together they
 * must form no cycle. Cost: choices + writes × replicas, per key.
 */
import { hasDelivered } from "../delivered.ts";
import type { Observation } from "../run.ts";
import type { Chosen } from "./model.ts";
import type { Update } from "./update.ts";

export interface Choice {
	winner: Update;
	loser: Update;
	observation: Observation;
}

export interface Contradiction {
	key: string;
	/** Each loser is the next one's winner; with what was seen in between where they don't join. */
	choices: Choice[];
}

export class Arbitration {
	readonly #causal: boolean;
	/** By key, then by winner and loser. */
	readonly #choices = new Map<string, Map<Update, Map<Update, Observation>>>();

	/** @param causal whether a write comes after all that it had seen */
	constructor(causal: boolean) {
		this.#causal = causal;
	}

	/** Takes down what the view of one observation chose. */
	recorder(observation: () => Observation): Chosen {
		return (key, winner, losers) => {
			if (losers.length === 0) return;
			const ofKey = this.#choices.get(key) ?? new Map<Update, Map<Update, Observation>>();
			this.#choices.set(key, ofKey);
			const beaten = ofKey.get(winner) ?? new Map<Update, Observation>();
			ofKey.set(winner, beaten);
			for (const loser of losers) if (!beaten.has(loser)) beaten.set(loser, observation());
		};
	}

	get size(): number {
		let size = 0;
		for (const ofKey of this.#choices.values()) for (const beaten of ofKey.values()) size += beaten.size;
		return size;
	}

	/** @returns null when one order explains all choices */
	contradiction(): Contradiction | null {
		for (const [key, ofKey] of this.#choices) {
			const cycle = findCycle(ofKey, this.#causal);
			if (cycle !== null) return { key, choices: cycle };
		}
		return null;
	}
}

/**
 * Depth first from winner to loser to whatever the loser had seen, over the writes that took part in a choice.
 * Iterative: a chain may be as long as the run.
 */
function findCycle(
	choices: ReadonlyMap<Update, ReadonlyMap<Update, Observation>>,
	causal: boolean,
): Choice[] | null {
	const winners = causal ? [...choices.keys()] : [];
	const done = new Set<Update>();
	const onPath = new Map<Update, number>();
	for (const start of choices.keys()) {
		if (done.has(start)) continue;
		const path = [{ write: start, next: successors(start, choices, winners) }];
		onPath.set(start, 0);
		while (path.length > 0) {
			const top = path.at(-1) as (typeof path)[number];
			const step = top.next.next();
			if (step.done === true) {
				done.add(top.write);
				onPath.delete(top.write);
				path.pop();
				continue;
			}
			const from = onPath.get(step.value);
			if (from !== undefined)
				return choicesOn([...path.slice(from).map(({ write }) => write), step.value], choices);
			if (done.has(step.value)) continue;
			onPath.set(step.value, path.length);
			path.push({ write: step.value, next: successors(step.value, choices, winners) });
		}
	}
	return null;
}

/** Writes that come before this one: those it won against, and winners that it had seen. */
function* successors(
	write: Update,
	choices: ReadonlyMap<Update, ReadonlyMap<Update, Observation>>,
	winners: readonly Update[],
): Generator<Update, void, void> {
	yield* choices.get(write)?.keys() ?? [];
	if (write.seen === null) return;
	for (const winner of winners) {
		if (winner !== write && hasDelivered(write.seen, winner.replica, winner.number)) yield winner;
	}
}

function choicesOn(
	cycle: readonly Update[],
	choices: ReadonlyMap<Update, ReadonlyMap<Update, Observation>>,
): Choice[] {
	const result: Choice[] = [];
	for (let at = 0; at + 1 < cycle.length; at++) {
		const [winner, loser] = [cycle[at] as Update, cycle[at + 1] as Update];
		const observation = choices.get(winner)?.get(loser);
		if (observation !== undefined) result.push({ winner, loser, observation });
	}
	return result;
}
