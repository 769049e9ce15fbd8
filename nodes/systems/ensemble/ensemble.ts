/**
 * A model ensemble, right: the replicated state is the set of responses, which only grows. The decision is a pure function of
 * it, made anew whenever it is read, so that equal sets decide the same and no decision outlives the responses that overturn
 * it. Confidences are summed as whole numbers, ties are broken by what was said and never by when, and a decision is always
 * something that a model said.
 */
import { opBased } from "../../sdk/op-based.ts";
import type { OpBasedType } from "../../sdk/op-based-type.ts";
import type { ReplicaDefinition } from "../../sdk/replica.ts";
import { type Decision, type EnsembleView, modelEnsemble } from "./definition.ts";
import { areSimilar, CONFIDENCE_UNITS, type Response, readResponse } from "./response.ts";

interface Answer {
	model: string;
	text: string;
	/** In millionths. */
	confidence: number;
}

/** By query, by model: its vote, or null while it has only failed. */
type Votes = Map<string, Map<string, Answer | null>>;

const SURE = 0.9 * CONFIDENCE_UNITS;

const ensembleType: OpBasedType<Votes, Response> = {
	...modelEnsemble,
	initial: () => new Map(),
	prepare(_votes, operation) {
		const read = readResponse(operation);
		return "reject" in read ? read : { effect: read.response };
	},
	apply(votes, { query, model, text, confidence }) {
		const models = votes.get(query) ?? new Map<string, Answer | null>();
		votes.set(query, models);
		const before = models.get(model) ?? null;
		const answer =
			text === null ? null : { model, text, confidence: Math.round(confidence * CONFIDENCE_UNITS) };
		models.set(model, surer(before, answer));
		return votes;
	},
	view: (votes): EnsembleView =>
		Object.fromEntries(
			Array.from(votes, ([query, models]) => {
				const answers = [...models.values()].filter((answer) => answer !== null);
				const said = answers.map(({ model, text, confidence }) => {
					return [model, { text, confidence: confidence / CONFIDENCE_UNITS }] as const;
				});
				return [query, { ...decide(answers), answers: Object.fromEntries(said) }];
			}),
		),
	canonical: (votes) => votes,
	// Answers are never changed.
	clone: (votes) => new Map(Array.from(votes, ([query, models]) => [query, new Map(models)])),
};

export const ensemble: ReplicaDefinition = opBased(ensembleType);

function surer(a: Answer | null, b: Answer | null): Answer | null {
	if (a === null || b === null) return a ?? b;
	if (a.confidence !== b.confidence) return a.confidence > b.confidence ? a : b;
	return a.text <= b.text ? a : b;
}

/** @param answers one of each model, in any order */
function decide(answers: readonly Answer[]): Decision {
	const ordered = [...answers].sort(
		(a, b) => b.confidence - a.confidence || (a.model < b.model ? -1 : Number(a.model > b.model)),
	);
	const [first] = ordered;
	if (first === undefined) return decision("none", null, [], ordered);
	const similar = ordered.filter(({ text }) => areSimilar(first.text, text));
	if (first.confidence > SURE) return decision("single", first.text, similar, ordered);
	if (similar.length * 2 >= ordered.length) return decision("majority", heaviest(similar), similar, ordered);
	const text = heaviest(ordered);
	const agreeing = ordered.filter((answer) => areSimilar(text, answer.text));
	return decision("weighted", text, agreeing, ordered);
}

/** The text with the most confidence. */
function heaviest(answers: readonly Answer[]): string {
	const weights = new Map<string, number>();
	for (const { text, confidence } of answers) weights.set(text, (weights.get(text) ?? 0) + confidence);
	const [[text] = [""]] = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
	return text;
}

function decision(
	by: Decision["by"],
	text: string | null,
	agreeing: readonly Answer[],
	answers: readonly Answer[],
): Decision {
	return {
		by,
		text,
		decidedOn: answers.length,
		agreeing: agreeing.map(({ model }) => model).sort(),
		modelAgreement: answers.length === 0 ? 0 : confidenceOf(agreeing) / confidenceOf(answers),
		conflictResolutions: answers.length - agreeing.length,
	};
}

function confidenceOf(answers: readonly Answer[]): number {
	return answers.reduce((sum, { confidence }) => sum + confidence, 0);
}
