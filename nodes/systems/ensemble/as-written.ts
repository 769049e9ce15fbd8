/**
 * A model ensemble as the talk writes it: responses are kept in a set that only grows, and whoever is told one decides on those that
 * are at hand and writes the decision to a last-writer-wins register, by the wall clock. Responses are ordered by confidence,
 * time of arrival and model; a majority's answers are merged word by word. Nobody decides again when responses come from elsewhere.
 *
 * It converges: all replicas show the same. What they show is the trouble.
 *
 * What the text leaves out (how set and register travel, ties of the register, which responses are similar, how weights
 * decide) is done as well as it can be: reliable broadcast, ties by replica, the right one's similarity and weights.
 */
import { opBased } from "../../sdk/op-based.ts";
import type { OpBasedType } from "../../sdk/op-based-type.ts";
import type { ReplicaDefinition, ReplicaId } from "../../sdk/replica.ts";
import type { Flaw } from "../flaw.ts";
import { type Decision, type EnsembleView, modelEnsemble } from "./definition.ts";
import { areSimilar, type Response, readResponse, wordsOf } from "./response.ts";

/** What is wrong with it, by which property that shows, and how. */
export const FLAWS: readonly Flaw[] = [
	{
		name: "decided by who answered last",
		property: "invariant:decidedOnAll",
		scenario: "ensemble-last-decision",
		how: "two replicas decide on a part each, the register keeps one of the decisions, and nobody decides again",
	},
	{
		name: "as many votes as answers",
		property: "invariant:oneVoteEach",
		scenario: "ensemble-two-votes",
		how: "each answer has a time of its own: a model that is asked twice has two votes",
	},
	{
		name: "half of three is one",
		property: "invariant:majorityIsMajority",
		scenario: "ensemble-half-of-three",
		how: "the half is rounded down, and the most confident is similar to itself: of two or three each is a majority",
	},
	{
		name: "words of several answers in a row",
		property: "invariant:saidByAModel",
		scenario: "ensemble-words-in-a-row",
		how: "what is said twice is dropped, also where all models say the same: no model said the result",
	},
	{
		name: "failures have votes",
		property: "invariant:failuresHaveNoVote",
		scenario: "ensemble-failures-vote",
		how: "a failed call yields a response too, which counts as one: where all fail, nothing is decided on by majority",
	},
	{
		name: "time breaks ties",
		property: "invariant:tiesByName",
		scenario: "ensemble-time-breaks-ties",
		how: "of two that are equally sure the later is first: what is decided depends on when who answered",
	},
	{
		name: "weights added as floats",
		property: "invariant:exactAgreement",
		scenario: "ensemble-weights-as-floats",
		how: "0.1 + 0.2 is more than 0.3: last bits of the agreement, and with them ties, depend on the order of the answers",
	},
];

/** A failed call is one too, with confidence 0. */
interface Recorded extends Response {
	timestamp: number;
}

interface Register {
	decision: Decision;
	timestamp: number;
	writer: ReplicaId;
}

interface Query {
	/** Of each update. */
	responses: Map<string, Recorded>;
	decided: Register;
}

type State = Map<string, Query>;

interface Effect {
	response: Recorded;
	decided: Register;
}

const asWrittenType: OpBasedType<State, Effect> = {
	...modelEnsemble,
	initial: () => new Map(),
	prepare(state, operation, context) {
		const read = readResponse(operation);
		if ("reject" in read) return read;
		const timestamp = context.now();
		const response = { ...read.response, timestamp };
		const atHand = [...(state.get(response.query)?.responses.values() ?? []), response];
		return { effect: { response, decided: { decision: decide(atHand), timestamp, writer: context.actor } } };
	},
	apply(state, { response, decided }, { origin, number }) {
		const query = state.get(response.query) ?? { responses: new Map<string, Recorded>(), decided };
		query.responses.set(`${origin}:${number}`, response);
		if (isLater(decided, query.decided)) query.decided = decided;
		state.set(response.query, query);
		return state;
	},
	view: (state): EnsembleView =>
		Object.fromEntries(
			Array.from(state, ([query, { responses, decided }]) => {
				return [query, { ...decided.decision, answers: answersOf([...responses.values()]) }];
			}),
		),
	canonical: (state) => state,
	clone: (state) =>
		new Map(
			Array.from(state, ([query, { responses, decided }]) => [
				query,
				{ responses: new Map(responses), decided },
			]),
		),
};

export const ensembleAsWritten: ReplicaDefinition = opBased(asWrittenType);

function isLater(a: Register, b: Register): boolean {
	return a.timestamp !== b.timestamp ? a.timestamp > b.timestamp : a.writer > b.writer;
}

/** Shown as the right one shows them: of each model what it is surest of. */
function answersOf(responses: readonly Recorded[]): EnsembleView[string]["answers"] {
	const surest = new Map<string, { text: string; confidence: number }>();
	for (const { model, text, confidence } of responses) {
		if (text === null) continue;
		const before = surest.get(model);
		const isSurer =
			before === undefined ||
			confidence > before.confidence ||
			(confidence === before.confidence && text < before.text);
		if (isSurer) surest.set(model, { text, confidence });
	}
	return Object.fromEntries(surest);
}

function decide(responses: readonly Recorded[]): Decision {
	const sorted = [...responses].sort(
		(a, b) =>
			b.confidence - a.confidence ||
			b.timestamp - a.timestamp ||
			(a.model === b.model ? 0 : a.model < b.model ? 1 : -1),
	);
	const first = sorted[0] as Recorded;
	const similar = sorted.filter(({ text }) => areSimilar(first.text ?? "", text ?? ""));
	if (first.confidence > 0.9) return decision("single", first.text ?? "", similar, sorted);
	if (similar.length >= Math.floor(responses.length / 2)) {
		return decision("majority", mergedWords(similar), similar, sorted);
	}
	const text = heaviest(sorted);
	const agreeing = sorted.filter((response) => areSimilar(text, response.text ?? ""));
	return decision("weighted", text, agreeing, sorted);
}

function mergedWords(responses: readonly Recorded[]): string {
	const counts = new Map<string, number>();
	const words = responses.flatMap(({ text }) => wordsOf(text ?? ""));
	for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
	const threshold = Math.floor(responses.length / 2);
	// A Set keeps the order of first appearance.
	return [...new Set(words.filter((word) => (counts.get(word) as number) > threshold))].join(" ");
}

function heaviest(responses: readonly Recorded[]): string {
	const weights = new Map<string, number>();
	for (const { text, confidence } of responses) {
		weights.set(text ?? "", (weights.get(text ?? "") ?? 0) + confidence);
	}
	const [[text] = [""]] = [...weights].sort(([, x], [, y]) => y - x);
	return text;
}

function decision(
	by: Decision["by"],
	text: string,
	agreeing: readonly Recorded[],
	responses: readonly Recorded[],
): Decision {
	const all = confidenceOf(responses);
	return {
		by,
		text,
		decidedOn: responses.length,
		agreeing: agreeing.map(({ model }) => model).sort(),
		modelAgreement: all === 0 ? 0 : confidenceOf(agreeing) / all,
		conflictResolutions: responses.length - agreeing.length,
	};
}

function confidenceOf(responses: readonly Recorded[]): number {
	return responses.reduce((sum, { confidence }) => sum + confidence, 0);
}
