/**
 * Federated learning, right: an aggregator keeps the set of submissions, one for each client and round, and the model is a pure
 * function of that set. Sums are exact and rounded once (`exact.ts`), so that no order, duplicate or grouping of arrivals can
 * change a bit. Averages are never merged: they have forgotten how much they weigh.
 *
 * Of several submissions of one client for one round the greatest counts (more samples, then gradients), whoever received them.
 */
import { opBased } from "../../sdk/op-based.ts";
import type { OpBasedType } from "../../sdk/op-based-type.ts";
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { type FederatedView, federatedLearning } from "./definition.ts";
import { nearest, toUnits } from "./exact.ts";
import { PARAMETERS, readSubmissions, type Submission } from "./submission.ts";

interface Round {
	samples: number;
	/** Of each parameter: gradients times samples, in units of 2^-1074. */
	sums: bigint[];
}

interface Aggregate {
	/** Submissions are never changed. */
	counted: Map<string, Submission>;
	rounds: Map<number, Round>;
}

const federatedType: OpBasedType<Aggregate, Submission[]> = {
	...federatedLearning,
	initial: () => ({ counted: new Map(), rounds: new Map() }),
	prepare(_aggregate, operation) {
		const read = readSubmissions(operation);
		return "reject" in read ? read : { effect: read.submissions };
	},
	apply(aggregate, submissions) {
		for (const submission of submissions) {
			const key = JSON.stringify([submission.client, submission.round]);
			const before = aggregate.counted.get(key);
			if (before !== undefined && !isGreater(submission, before)) continue;
			if (before !== undefined) add(aggregate.rounds, before, -1);
			add(aggregate.rounds, submission, 1);
			aggregate.counted.set(key, submission);
		}
		return aggregate;
	},
	view: ({ counted, rounds }): FederatedView => ({
		version: rounds.size,
		clients: new Set(Array.from(counted.values(), ({ client }) => client)).size,
		updates: counted.size,
		samples: [...rounds.values()].reduce((sum, { samples }) => sum + samples, 0),
		weights: weightsOf([...rounds.values()]),
	}),
	canonical: ({ counted }) =>
		[...counted.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, submission]) => submission),
	clone: ({ counted, rounds }) => ({
		counted: new Map(counted),
		rounds: new Map(
			Array.from(rounds, ([number, { samples, sums }]) => [number, { samples, sums: [...sums] }]),
		),
	}),
};

export const federated: ReplicaDefinition = opBased(federatedType);

function isGreater(a: Submission, b: Submission): boolean {
	if (a.samples !== b.samples) return a.samples > b.samples;
	for (const [index, gradient] of a.gradients.entries()) {
		const other = b.gradients[index] as number;
		if (gradient !== other) return gradient > other;
	}
	return false;
}

function add(
	rounds: Map<number, Round>,
	{ round: number, samples, gradients }: Submission,
	times: 1 | -1,
): void {
	const round = rounds.get(number) ?? { samples: 0, sums: gradients.map(() => 0n) };
	rounds.set(number, round);
	round.samples += times * samples;
	const weight = BigInt(times * samples);
	for (const [index, gradient] of gradients.entries()) {
		round.sums[index] = (round.sums[index] as bigint) + weight * toUnits(gradient);
	}
}

/** Each round moves the model by the learning rate, a half, times the mean of its gradients. */
function weightsOf(rounds: readonly Round[]): number[] {
	return Array.from({ length: PARAMETERS }, (_, index) => {
		let numerator = 0n;
		let denominator = 2n;
		for (const { samples, sums } of rounds) {
			numerator = numerator * BigInt(samples) - (sums[index] as bigint) * (denominator / 2n);
			denominator *= BigInt(samples);
		}
		return nearest(numerator, denominator);
	});
}
