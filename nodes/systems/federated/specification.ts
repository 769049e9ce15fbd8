/**
 * What an aggregator must show, from the updates alone and by another way than the replica's: fractions over powers of two, summed
 * by round; and of all doubles the nearest, found by bisection with exact comparisons. Cost: O(values) and 63 comparisons a weight.
 */
import type { DeclaredSpecification, Json } from "../../sdk/replica.ts";

/** `over` is above 0. */
interface Fraction {
	value: bigint;
	over: bigint;
}

/** `whole`, halved so often. */
interface Dyadic {
	whole: number;
	halvings: number;
}

interface Entry {
	client: string;
	round: number;
	samples: number;
	gradients: number[];
}

const WEIGHTS = 3;
const NOTHING: Fraction = { value: 0n, over: 1n };

export const expectedModel: DeclaredSpecification = (updates) => {
	const all = updates.flatMap(({ f, value }) => (f === "upload" ? value : [value])) as unknown as Entry[];
	// In descending order the first of each client and round is the one that counts.
	all.sort(descending);
	const seen = new Set<string>();
	const counting = all.filter(({ client, round }) => {
		const name = `${round} ${client}`;
		if (seen.has(name)) return false;
		seen.add(name);
		return true;
	});
	const rounds = [...new Set(counting.map(({ round }) => round))];
	const weights: Json[] = [];
	for (let weight = 0; weight < WEIGHTS; weight++) {
		let moved = NOTHING;
		for (const round of rounds) {
			const entries = counting.filter((entry) => entry.round === round);
			moved = sum(moved, mean(entries, weight));
		}
		weights.push(nearestDouble({ value: -moved.value, over: moved.over * 2n }));
	}
	return {
		version: rounds.length,
		clients: new Set(counting.map(({ client }) => client)).size,
		updates: counting.length,
		samples: counting.reduce((total, { samples }) => total + samples, 0),
		weights,
	};
};

function descending(a: Entry, b: Entry): number {
	if (a.samples !== b.samples) return b.samples - a.samples;
	const differs = a.gradients.findIndex((gradient, index) => gradient !== b.gradients[index]);
	return differs < 0 ? 0 : (b.gradients[differs] as number) - (a.gradients[differs] as number);
}

function mean(entries: readonly Entry[], weight: number): Fraction {
	const gradients = entries.map((entry) => dyadicOf(entry.gradients[weight] as number));
	const most = gradients.reduce((longest, { halvings }) => (halvings > longest ? halvings : longest), 0);
	let value = 0n;
	let samplesInAll = 0;
	for (const [index, { samples }] of entries.entries()) {
		const { whole, halvings } = gradients[index] as Dyadic;
		value += (BigInt(whole) * BigInt(samples)) << BigInt(most - halvings);
		samplesInAll += samples;
	}
	return { value, over: BigInt(samplesInAll) << BigInt(most) };
}

function sum(a: Fraction, b: Fraction): Fraction {
	return { value: a.value * b.over + b.value * a.over, over: a.over * b.over };
}

/** Doubling a double that isn't whole is exact, and makes it whole at last. */
function dyadicOf(double: number): Dyadic {
	let halvings = 0;
	let whole = double;
	for (; !Number.isInteger(whole); halvings++) whole *= 2;
	return { whole, halvings };
}

function fractionOf(double: number): Fraction {
	const { whole, halvings } = dyadicOf(double);
	return { value: BigInt(whole), over: 1n << BigInt(halvings) };
}

const LARGEST_DOUBLE = 0x7fefffffffffffffn;

/** Doubles from 0 up stand in the order of their bits. */
function nearestDouble({ value, over }: Fraction): number {
	const size = { value: value < 0n ? -value : value, over };
	let low = 0n;
	let high = LARGEST_DOUBLE;
	while (low < high) {
		const middle = (low + high + 1n) / 2n;
		if (isAtMost(fractionOf(doubleOf(middle)), size)) low = middle;
		else high = middle - 1n;
	}
	const below = fractionOf(doubleOf(low));
	const above = fractionOf(doubleOf(low + 1n));
	const between = sum(below, above);
	const half = { value: between.value, over: between.over * 2n };
	const isBelow = isAtMost(size, half) && (!isAtMost(half, size) || low % 2n === 0n);
	const found = doubleOf(isBelow ? low : low + 1n);
	return value < 0n && found !== 0 ? -found : found;
}

function isAtMost(a: Fraction, b: Fraction): boolean {
	return a.value * b.over <= b.value * a.over;
}

function doubleOf(bits: bigint): number {
	return new Float64Array(BigUint64Array.of(bits).buffer)[0] as number;
}
