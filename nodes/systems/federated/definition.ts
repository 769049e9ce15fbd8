/**
 * Federated learning: clients train and submit gradients to whichever aggregator they reach; all aggregators must arrive at one
 * global model. Operations, invariants and specification of every implementation; nothing here is a replica's code.
 *
 * `submit` takes one submission, `upload` several at once, of one round, each of another client. The model begins at zero; each round moves it by the learning rate times
 * the mean of the round's gradients, weighted by samples, one submission for each client and round. Of several the greatest
 * counts: more samples, then gradients, the first that differs. The result is the double nearest to the exact one.
 */
import type { DeclaredInvariant, Json } from "../../sdk/replica.ts";
import type { ReplicatedType } from "../../sdk/replicated-type.ts";
import { expectedModel } from "./specification.ts";
import {
	drawSubmission,
	drawUpload,
	LEARNING_RATE,
	MAX_GRADIENT,
	MAX_ROUND,
	MAX_SAMPLES,
} from "./submission.ts";

export interface FederatedView {
	/** How many rounds have moved the model. */
	version: number;
	/** How many different clients it was learnt from. */
	clients: number;
	/** How many submissions count, and on how many samples they were trained. */
	updates: number;
	samples: number;
	/** The global model. */
	weights: number[];
}

function invariant(statement: string, holds: (view: FederatedView) => true | string): DeclaredInvariant {
	return { statement, when: "always", holds: (view: Json) => holds(view as unknown as FederatedView) };
}

export const federatedLearning = {
	type: "federated",
	operations: {
		submit: { kind: "update", weight: 3, generate: (draw) => ({ ...drawSubmission(draw) }) },
		upload: {
			kind: "update",
			weight: 1,
			generate: (draw) => drawUpload(draw).map((submission) => ({ ...submission })),
		},
	},
	invariants: {
		countedOnce: invariant("A client counts once in each round.", ({ updates, clients }) =>
			updates <= clients * MAX_ROUND
				? true
				: `${updates} updates of ${clients} ${clients === 1 ? "client" : "clients"} count, in ${MAX_ROUND} rounds`,
		),
		movedOnceARound: invariant(
			"A round moves the model once.",
			({ version }) => version <= MAX_ROUND || `it was moved ${version} times in ${MAX_ROUND} rounds`,
		),
		samplesOfUpdates: invariant(
			"The samples are those of the updates that count.",
			({ updates, samples }) =>
				(samples >= updates && samples <= updates * MAX_SAMPLES) ||
				`${samples} samples can't be those of ${updates} updates`,
		),
		withinClients: invariant(
			"The model moves no further than its clients asked for.",
			({ weights }) =>
				weights.every((weight) => Math.abs(weight) <= LEARNING_RATE * MAX_GRADIENT * MAX_ROUND) ||
				`a weight of ${JSON.stringify(weights)} is beyond what ${MAX_ROUND} rounds can move it`,
		),
	},
	specification: expectedModel,
} satisfies ReplicatedType;
