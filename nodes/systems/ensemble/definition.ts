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
	/** What each model that answered says, and how sure it is. */
	answers: Record<string, { text: string; confidence: number }>;
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

const LAST_BITS = 1e-12;

/** Decided on all answers, of each model one: the invariants on what follows from them have something to say. */
function isOrderly({ decidedOn, agreeing, answers }: QueryView): boolean {
	const models = Object.keys(answers);
	const isKnown = agreeing.every((model) => models.includes(model));
	return (
		decidedOn > 0 && decidedOn === models.length && isKnown && new Set(agreeing).size === agreeing.length
	);
}

function millionthsOf({ answers }: QueryView, models: readonly string[]): number {
	return models.reduce((sum, model) => sum + Math.round((answers[model]?.confidence ?? 0) * 1_000_000), 0);
}

function surest({ answers }: QueryView): [model: string, answer: QueryView["answers"][string]] {
	return Object.entries(answers).reduce((best, entry) => {
		const more = entry[1].confidence - best[1].confidence;
		return more > 0 || (more === 0 && entry[0] < best[0]) ? entry : best;
	});
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
			text === null || Object.values(answers).some((answer) => answer.text === text)
				? null
				: `no model said ${JSON.stringify(text)}`,
		),
		failuresHaveNoVote: invariant("Without an answer nothing is decided.", ({ by, answers }) =>
			by !== "none" && Object.keys(answers).length === 0 ? `decided by ${by}, all models failed` : null,
		),
		exactAgreement: invariant(
			"The agreement is the share of the confidence of those that agree, to the last bit.",
			(view) => {
				const share = millionthsOf(view, view.agreeing) / millionthsOf(view, Object.keys(view.answers));
				const error = Math.abs(view.modelAgreement - share);
				// A greater one is of another decision, which is for `decidedOnAll` and the specification.
				return isOrderly(view) && error > 0 && error < LAST_BITS
					? `${view.modelAgreement} is not ${share}`
					: null;
			},
		),
		tiesByName: invariant("Of models that are equally sure the first by name counts.", (view) => {
			if (view.by !== "single" || !isOrderly(view)) return null;
			const [model, { text }] = surest(view);
			return text === view.text ? null : `${model} is as sure as any other`;
		}),
	},
	specification: expectedDecisions,
} satisfies ReplicatedType;
