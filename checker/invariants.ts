/** `invariant:<name>`: a predicate of the user's own, over every view that was seen, or over the final ones. */
import type { DeclaredInvariant } from "./application.ts";
import { fail, type Judgement, pass, unknown } from "./property.ts";
import type { Observation, Run } from "./run.ts";
import { finalStates } from "./settled.ts";
import { boundedView, count, moment } from "./words.ts";

/** Each view is asked about once for each replica. Cost: that of the predicate, times the distinct views. */
export function checkInvariant(
	name: string,
	{ holds, when = "always", statement }: DeclaredInvariant,
	run: Run,
): Judgement {
	const looked = when === "always" ? { ok: true as const, views: run.observations } : settledViews(run);
	if (!looked.ok) return unknown(`it is to hold once the replicas have settled, and ${looked.reason}`);
	const examined = { views: looked.views.length };
	if (looked.views.length === 0) return unknown("the history holds no view of a replica", { examined });
	/** Whether it holds for a replica's view; a view that it can't be told of is in there too. */
	const asked = new Map<string, boolean>();
	const heldAt = new Map<string, number>();
	let undecided: { observation: Observation; error: unknown } | null = null;
	for (const observation of looked.views) {
		const { view, replica, time, index } = observation;
		const question = `${replica} ${view.key}`;
		if (asked.get(question) === true) heldAt.set(replica, index);
		if (asked.has(question)) continue;
		asked.set(question, false);
		const { json } = view;
		let answer: boolean | string;
		try {
			answer = holds(json, replica);
			mustBeAnswer(answer);
		} catch (error) {
			undecided ??= { observation, error };
			continue;
		}
		if (answer === true) {
			asked.set(question, true);
			heldAt.set(replica, index);
			continue;
		}
		const says = statement === undefined ? name : `${name} (${statement})`;
		const why = typeof answer === "string" ? `: ${answer}` : "";
		const before = heldAt.get(replica);
		return fail(`${says} doesn't hold at ${replica}, at ${moment(time)}${why}`, {
			replicas: [replica],
			events: [index],
			time,
			views: { [replica]: boundedView(json) },
			examined,
			...(when === "always" && before !== undefined && { heldAt: before }),
		});
	}
	if (undecided !== null) return notDecided(name, undecided.observation, undecided.error, examined);
	const where = when === "always" ? "view" : "final view";
	return pass(`${name} holds in each of ${count(looked.views.length, where)}`, { examined });
}

function mustBeAnswer(answer: unknown): void {
	if (typeof answer === "boolean" || typeof answer === "string") return;
	const found = typeof answer === "bigint" ? `${answer}n` : (JSON.stringify(answer) ?? typeof answer);
	throw new Error(`it must come to true, false or a text, it came to ${found}`);
}

/** A run that stalled lacks deliveries, for which others answer. */
function settledViews(run: Run): { ok: true; views: Observation[] } | { ok: false; reason: string } {
	const settled = finalStates(run);
	if (!settled.ok) return settled;
	if (run.end?.reason !== "settled") return { ok: false, reason: `they ${run.end?.reason}` };
	return { ok: true, views: settled.finals };
}

function notDecided(
	name: string,
	{ view, replica, time, index }: Observation,
	error: unknown,
	examined: Record<string, number>,
): Judgement {
	const message = error instanceof Error ? error.message : String(error);
	return unknown(
		`${name} can't be told of the view of ${replica} at ${moment(time)}: ${message}. This is a mistake of the invariant, not of the replicas.`,
		{ replicas: [replica], events: [index], time, views: { [replica]: boundedView(view.json) }, examined },
	);
}
