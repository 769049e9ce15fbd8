/**
 * An ensemble of models: several are asked the same, their responses reach any replica, and all replicas must decide the same. View,
 * operations, invariants and specification of every implementation; nothing here is a replica's code.
 *
 * `respond` brings what one model answered to a query, or that it failed (`text: null`). A model has one vote in a query: the
 * answer that it is surest of (of equals the text that sorts first). Answers stand in the order of confidence, then of model.
 * The decision: no answer: `none`; the first above 0.9: `single`; at least half of the answers similar to the first: `majority`, the
 * text of theirs with the most confidence; otherwise `weighted`, the text of all with the most. Of equals the text that sorts first.
 */
import type { DeclaredInvariant, Json } from "../../sdk/replica.ts";
import type { ReplicatedType } from "../../sdk/replicated-type.ts";
import { drawResponse } from "./response.ts";
import { expectedDecisions } from "./specification.ts";

export interface Decision {
	by: "none" | "single" | "majority" | "weighted";
	/** The answer decided on; null: none. */
	text: string | null;
	/** How many answers were decided on. */
	decidedOn: number;
	/** The models that agree: those of the majority, otherwise those whose answers are similar to the text. Sorted. */
	agreeing: string[];
	/** Their share of the confidence of all, 0 to 1. */
	modelAgreement: number;
	/** How many answers had to be overruled. */
	conflictResolutions: number;
}

/** By query. */
export type EnsembleView = Record<string, QueryView>;

interface QueryView extends Decision {
	/** What each model that answered says. */
	answers: Record<string, string>;
}

function invariant(statement: string, problem: (view: QueryView) => string | null): DeclaredInvariant {
	return {
		statement,
		when: "always",
		holds(view: Json) {
			for (const [query, decided] of Object.entries(view as unknown as EnsembleView)) {
				const found = problem(decided);
				if (found !== null) return `${query}: ${found}`;
			}
			return true;
		},
	};
}

export const modelEnsemble = {
	type: "ensemble",
	operations: {
		respond: { kind: "update", weight: 1, generate: (draw) => ({ ...drawResponse(draw) }) },
	},
	invariants: {
		decidedOnAll: invariant("A decision is made on all answers that are there.", ({ decidedOn, answers }) => {
			const there = Object.keys(answers).length;
			return decidedOn === there ? null : `decided on ${decidedOn} of ${there} answers`;
		}),
		oneVoteEach: invariant("A model has one vote.", ({ agreeing }) =>
			new Set(agreeing).size === agreeing.length ? null : `${agreeing.join(", ")} agree`,
		),
		majorityIsMajority: invariant(
			"A majority is at least half of the answers.",
			({ by, agreeing, decidedOn }) =>
				by === "majority" && agreeing.length * 2 < decidedOn
					? `${agreeing.length} of ${decidedOn} are no majority`
					: null,
		),
		saidByAModel: invariant("What is decided was said by a model.", ({ text, answers }) =>
			text === null || Object.values(answers).includes(text) ? null : `no model said ${JSON.stringify(text)}`,
		),
		failuresHaveNoVote: invariant("Without an answer nothing is decided.", ({ by, answers }) =>
			by !== "none" && Object.keys(answers).length === 0 ? `decided by ${by}, all models failed` : null,
		),
	},
	specification: expectedDecisions,
} satisfies ReplicatedType;
