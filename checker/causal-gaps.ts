/**
 * The first moment at which a replica had delivered an update without what it demands. By moments, as a delivered set says
 * no more of the order within.
 */

import { type KnownUpdate, knownUpdates, UpdateIndex } from "./causal-order.ts";
import { covers, type DeliveredSet, NOTHING_DELIVERED, sizeOf, subtract } from "./delivered.ts";
import { type Lives, livesOf } from "./lives.ts";
import { once, type Run } from "./run.ts";
import { coversVector, type VersionVector, VersionVectors } from "./version-vectors.ts";

/** One that is to be delivered only together with some others. */
export interface DemandingUpdate extends KnownUpdate {
	demands: DeliveredSet;
}

/** A replica's delivered set at a moment, from a reply or from a state. */
export interface Moment {
	index: number;
	time: number;
	replica: string;
	delivered: DeliveredSet;
}

/** In no particular order. */
export function momentsOf(run: Run): Moment[] {
	const found: Moment[] = [];
	for (const { replica, completion } of run.operations) {
		if (completion?.delivered === undefined) continue;
		const { index, time, delivered } = completion;
		found.push({ index, time, replica, delivered });
	}
	for (const { index, time, replica, source, delivered } of run.observations) {
		if (delivered === null || source === "read" || source === "reloaded") continue;
		found.push({ index, time, replica, delivered });
	}
	return found;
}

export interface Gap<U> {
	moment: Moment;
	update: U;
	lacks: DeliveredSet;
}

type Demanding = { replica: string; number: number; demands: DeliveredSet };

interface Gaps<U> {
	/** The first in the history of those found. */
	gap: Gap<U> | null;
	deliveries: number;
}

/**
 * The first moment at which a replica had delivered an update without all that this demands. Cost: O(updates × replicas²), since
 * a replica's delivered sets are gone through as they grew.
 */
export function firstGap<U extends Demanding>(run: Run, updates: readonly U[]): Gaps<U> {
	const gaps: Gaps<U> = { gap: null, deliveries: 0 };
	if (updates.length === 0) return gaps;
	const index = new UpdateIndex(updates);
	const vectors = new VersionVectors(run.header.replicas);
	const columns = vectors.replicas.map((replica) => columnOf(index.of(replica), vectors));
	for (const moments of byLife(momentsOf(run), livesOf(run)).values()) {
		const grown = moments.map(({ delivered }) => vectors.of(delivered));
		if (grown.every((vector) => vector !== null)) gapsInVectors(moments, grown, columns, gaps);
		else gapsInSets(moments, index, gaps);
	}
	return gaps;
}

/** Updates of one replica by their numbers, with what each demands. */
interface Column<U> {
	numbers: readonly number[];
	updates: readonly U[];
	demands: (VersionVector | null)[];
}

function columnOf<U extends Demanding>(
	{ numbers, updates }: { numbers: readonly number[]; updates: readonly U[] },
	vectors: VersionVectors,
): Column<U> {
	return { numbers, updates, demands: updates.map(({ demands }) => vectors.of(demands)) };
}

/** As `gapsInSets`, without a look-up for each update: in large histories this is where the time goes. */
function gapsInVectors<U extends Demanding>(
	moments: readonly Moment[],
	grown: readonly VersionVector[],
	columns: readonly Column<U>[],
	gaps: Gaps<U>,
): void {
	let before: VersionVector = columns.map(() => 0);
	/** By place: how many of the column's updates had been delivered. */
	let passed = columns.map(() => 0);
	for (const [at, moment] of moments.entries()) {
		const vector = grown[at] as VersionVector;
		if (!coversVector(vector, before)) passed = columns.map(() => 0);
		for (const [place, { numbers, updates, demands }] of columns.entries()) {
			const last = vector[place] as number;
			let next = passed[place] as number;
			for (; next < numbers.length && (numbers[next] as number) <= last; next++) {
				gaps.deliveries += 1;
				if (gaps.gap !== null && gaps.gap.moment.index < moment.index) continue;
				const demanded = demands[next];
				const update = updates[next] as U;
				const isCovered =
					demanded === null || demanded === undefined
						? covers(moment.delivered, update.demands)
						: coversVector(vector, demanded);
				if (!isCovered) gaps.gap = gapOf(moment, update);
			}
			passed[place] = next;
		}
		before = vector;
	}
}

function gapsInSets<U extends Demanding>(
	moments: readonly Moment[],
	index: UpdateIndex<U>,
	gaps: Gaps<U>,
): void {
	let before = NOTHING_DELIVERED;
	for (const moment of moments) {
		const grown = covers(moment.delivered, before);
		for (const update of index.within(grown ? subtract(moment.delivered, before) : moment.delivered)) {
			gaps.deliveries += 1;
			if (gaps.gap !== null && gaps.gap.moment.index < moment.index) continue;
			if (!covers(moment.delivered, update.demands)) gaps.gap = gapOf(moment, update);
		}
		before = moment.delivered;
	}
}

function gapOf<U extends Demanding>(moment: Moment, update: U): Gap<U> {
	return { moment, update, lacks: subtract(update.demands, moment.delivered) };
}

/** The first gap in what all updates had seen, for `once`: two properties ask for it. */
export function firstCausalGap(run: Run): Gaps<DemandingUpdate> {
	return firstGap(
		run,
		once(run, knownUpdates).map(({ operation, replica, number, seen }) => ({
			operation,
			replica,
			number,
			seen,
			demands: seen,
		})),
	);
}

/** Of each life of a replica, as its delivered set grew. */
function byLife(all: readonly Moment[], lives: Lives): Map<string, Moment[]> {
	const result = new Map<string, { moment: Moment; size: number }[]>();
	for (const moment of all) {
		const life = `${lives.lifeOf(moment.replica, moment.index)} ${moment.replica}`;
		const sized = { moment, size: sizeOf(moment.delivered) };
		const those = result.get(life);
		if (those === undefined) result.set(life, [sized]);
		else those.push(sized);
	}
	const sorted = [...result].map(([life, those]): [string, Moment[]] => [
		life,
		those
			.sort((left, right) => left.size - right.size || left.moment.index - right.moment.index)
			.map(({ moment }) => moment),
	]);
	return new Map(sorted);
}
