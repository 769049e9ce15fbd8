/**
 * Federated learning as the talk writes it. An aggregator applies the updates at hand as one batch (identifies each by its
 * content and the time, sorts by time and id, weighs by samples of the batch, adds floats) to its model; concurrent aggregations
 * are merged: weights averaged, the higher version and one, counts added.
 *
 * The text doesn't say how aggregations travel: here they gossip reliably, and an aggregator that has none yet takes over the other's.
 * The model that a batch moves is the current one (the text reads a model that it never replaces, so that each batch undid
 * the one before; taken for a slip).
 */
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { stateBased } from "../../sdk/state-based.ts";
import type { Flaw } from "../flaw.ts";
import { type FederatedView, federatedLearning } from "./definition.ts";
import { LEARNING_RATE, PARAMETERS, readSubmissions, type Submission } from "./submission.ts";

/** What is wrong with it, by which property that shows, and how. */
export const FLAWS: readonly Flaw[] = [
	{
		name: "mean of means",
		property: "strong-convergence",
		scenario: "federated-mean-of-means",
		how: "concurrent aggregations are averaged, whatever each weighs: the model depends on who met whom in which order",
	},
	{
		name: "merge is no join",
		property: "laws",
		scenario: "federated-merge-is-no-join",
		how: "an aggregation merged with itself has a higher version and twice the counts; groupings differ",
	},
	{
		name: "counts added at every merge",
		property: "invariant:countedOnce",
		scenario: "federated-counted-again",
		how: "what both aggregations hold counts twice; so does a client that asks again, since ids hold the time",
	},
	{
		name: "weights by batch",
		property: "invariant:movedOnceARound",
		scenario: "federated-weights-by-batch",
		how: "a batch counts as a round, each update in it as its share of the batch: two of one round in two batches move the model twice",
	},
	{
		name: "floats added one by one",
		property: "specification",
		scenario: "federated-floats-in-order",
		how: "one batch of one aggregator is enough: the last bits depend on the order of ids",
	},
];

interface Aggregation {
	weights: number[];
	version: number;
	clients: string[];
	updates: number;
	samples: number;
}

type State = { aggregation: Aggregation | null };

const NO_AGGREGATION: Aggregation = {
	weights: Array.from({ length: PARAMETERS }, () => 0),
	version: 0,
	clients: [],
	updates: 0,
	samples: 0,
};

export const federatedAsWritten: ReplicaDefinition = stateBased<State>({
	...federatedLearning,
	gossip: "state",
	initial: () => ({ aggregation: null }),
	mutate({ aggregation }, operation, context) {
		const read = readSubmissions(operation);
		if ("reject" in read) return read;
		return {
			state: { aggregation: applied(aggregation ?? NO_AGGREGATION, read.submissions, context.now()) },
		};
	},
	merge(a, b) {
		if (a.aggregation === null) return b;
		return b.aggregation === null ? a : { aggregation: merged(a.aggregation, b.aggregation) };
	},
	canonical: ({ aggregation }) => aggregation,
	view({ aggregation }): FederatedView {
		const { weights, version, clients, updates, samples } = aggregation ?? NO_AGGREGATION;
		return { version, clients: clients.length, updates, samples, weights };
	},
});

function applied(model: Aggregation, batch: readonly Submission[], timestamp: number): Aggregation {
	const identified = batch.map((update) => ({ ...update, id: JSON.stringify([update, timestamp]) }));
	identified.sort((a, b) => (a.id < b.id ? -1 : 1));
	const samplesOfBatch = batch.reduce((sum, { samples }) => sum + samples, 0);
	const gradients = model.weights.map(() => 0);
	const processed = new Set<string>();
	let samplesApplied = 0;
	for (const { id, samples, gradients: own } of identified) {
		if (processed.has(id)) continue;
		processed.add(id);
		const weight = samples / samplesOfBatch;
		for (const [index, gradient] of own.entries()) {
			gradients[index] = (gradients[index] as number) + weight * gradient;
		}
		samplesApplied += samples;
	}
	return {
		weights: model.weights.map((weight, index) => weight - LEARNING_RATE * (gradients[index] as number)),
		version: model.version + 1,
		clients: union(
			model.clients,
			batch.map(({ client }) => client),
		),
		updates: model.updates + processed.size,
		samples: model.samples + samplesApplied,
	};
}

function merged(a: Aggregation, b: Aggregation): Aggregation {
	return {
		weights: a.weights.map((weight, index) => (weight + (b.weights[index] as number)) / 2),
		version: Math.max(a.version, b.version) + 1,
		clients: union(a.clients, b.clients),
		updates: a.updates + b.updates,
		samples: a.samples + b.samples,
	};
}

function union(a: readonly string[], b: readonly string[]): string[] {
	return [...new Set([...a, ...b])].sort();
}
