/** What a broken law means for replicas, in one sentence: the consequence that the equation alone doesn't tell. */
import { canonical } from "../checker/canonical.ts";
import type { Evidence, Explanation } from "../checker/verdict.ts";
import { show } from "../checker/words.ts";

const CONSEQUENCES: ReadonlyMap<string, string> = new Map([
	["idempotent", "a replica that is sent the same state twice ends elsewhere than one that is sent it once"],
	["commutative", "two replicas that merge each other's states end apart"],
	["associative", "replicas that merge the same three states, two of them first, end apart"],
	["inflationary", "merging a state with an older one of its own changes it"],
	["concurrent effects commute", "replicas that apply them in different orders end apart"],
]);

/** @returns null for a law of which no more can be said */
export function explainLaw({
	law,
	updates = [],
	replicas = [],
	views = {},
	path = "",
}: Evidence): Explanation | null {
	const consequence = typeof law === "string" ? CONSEQUENCES.get(law) : undefined;
	const [left, right] = Object.entries(views);
	if (consequence === undefined || left === undefined || right === undefined) return null;
	const [[first, a], [second, b]] = [left, right];
	const shown =
		canonical(a) === canonical(b)
			? `${first} and ${second} show the same but hold different states`
			: `${first} shows ${show(a)} and ${second} ${show(b)}`;
	const seen = updates.length === 2 ? ", which had not seen each other," : "";
	const subject = updates.length === 2 ? `${updates.join(" and ")}${seen} come in any order: ` : "";
	return {
		sentence: `${subject}${shown}, so ${consequence}.`,
		updates: [],
		firstDisagreement: { time: 0, replicas: [...replicas], events: [] },
		deliveries: {},
		path,
	};
}
