/**
 * What a replica of an ensemble must show, from the responses alone and without the replica's code: votes and decisions are found
 * by asking of each candidate whether any other beats it. Cost: O(responses²) a query.
 */
import type { DeclaredSpecification, Json } from "../../sdk/replica.ts";

interface Told {
	query: string;
	model: string;
	text: string | null;
	confidence: number;
}

interface Vote {
	model: string;
	text: string;
	millionths: bigint;
	words: ReadonlySet<string>;
}

const MORE_THAN_THAT_IS_SURE = 900_000n;

export const expectedDecisions: DeclaredSpecification = (updates) => {
	const told = updates.map(({ value }) => value as unknown as Told);
	const view: Record<string, Json> = {};
	for (const query of new Set(told.map(({ query }) => query))) {
		const votes = told.filter((one) => one.query === query && one.text !== null).map(voteOf);
		const counting = votes.filter(
			(vote, at) =>
				!votes.some((other, otherAt) => other.model === vote.model && beats(other, otherAt, vote, at)),
		);
		view[query] = expected(counting);
	}
	return view;
};

function voteOf({ model, text, confidence }: Told): Vote {
	const said = text as string;
	const words = new Set(said.trim().split(/\s+/));
	return { model, text: said, millionths: BigInt(Math.round(confidence * 1_000_000)), words };
}

/** Of two votes that are the same the earlier in the list. */
function beats(a: Vote, aAt: number, b: Vote, bAt: number): boolean {
	if (a.millionths !== b.millionths) return a.millionths > b.millionths;
	return a.text === b.text ? aAt < bAt : a.text < b.text;
}

function expected(votes: readonly Vote[]): Json {
	const answers = Object.fromEntries(
		votes.map(({ model, text, millionths }) => [model, { text, confidence: Number(millionths) / 1_000_000 }]),
	);
	const first = votes.find((vote) =>
		votes.every(
			(other) =>
				other === vote ||
				other.millionths < vote.millionths ||
				(other.millionths === vote.millionths && other.model > vote.model),
		),
	);
	if (first === undefined) {
		return {
			by: "none",
			text: null,
			decidedOn: 0,
			agreeing: [],
			modelAgreement: 0,
			conflictResolutions: 0,
			answers,
		};
	}
	const withFirst = votes.filter(({ words }) => alike(first.words, words));
	const isMajority = withFirst.length >= votes.length / 2;
	const [by, text] =
		first.millionths > MORE_THAN_THAT_IS_SURE
			? ["single", first.text]
			: isMajority
				? ["majority", mostSure(withFirst)]
				: ["weighted", mostSure(votes)];
	const decided = votes.find((vote) => vote.text === text) as Vote;
	const agreeing = by === "weighted" ? votes.filter(({ words }) => alike(decided.words, words)) : withFirst;
	return {
		by,
		text,
		decidedOn: votes.length,
		agreeing: agreeing.map(({ model }) => model).sort(),
		modelAgreement: Number(total(agreeing)) / Number(total(votes)),
		conflictResolutions: votes.length - agreeing.length,
		answers,
	};
}

function mostSure(votes: readonly Vote[]): string {
	const behind = (text: string): bigint => total(votes.filter((vote) => vote.text === text));
	const texts = votes.map(({ text }) => text);
	return texts.find((text) =>
		texts.every((other) => behind(other) < behind(text) || (behind(other) === behind(text) && other >= text)),
	) as string;
}

function total(votes: readonly Vote[]): bigint {
	return votes.reduce((sum, { millionths }) => sum + millionths, 0n);
}

/** At least half of all their words are in both. */
function alike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
	const all = new Set([...a, ...b]);
	const both = [...all].filter((word) => a.has(word) && b.has(word));
	return both.length >= all.size / 2;
}
