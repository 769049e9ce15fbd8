/**
 * Why a property failed, in what a person can check by hand: the few updates that matter, in which order each replica applied
 * them, when it first showed, and one sentence. Made after the verdict and from the same run; it decides nothing, and
 * where nothing certain can be said there is none.
 */
import { causeless } from "./explanations/causality.ts";
import { disagreement } from "./explanations/disagreement.ts";
import { forgotten } from "./explanations/durability.ts";
import { notDelivered } from "./explanations/eventual-delivery.ts";
import { mixedRuns } from "./explanations/interleaving.ts";
import { invariantBroken } from "./explanations/invariants.ts";
import { twoOrders } from "./explanations/list-order.ts";
import { Scene } from "./explanations/scene.ts";
import { sessionBroken } from "./explanations/session.ts";
import { notAsSpecified } from "./explanations/specification.ts";
import { neverEnded } from "./explanations/termination.ts";
import type { Run } from "./run.ts";
import type { Explanation, PropertyVerdict } from "./verdict.ts";
import { moment } from "./words.ts";

type Explain = (scene: Scene, verdict: PropertyVerdict) => Explanation | null;

const EXPLAINED: ReadonlyMap<string, Explain> = new Map<string, Explain>([
	["strong-convergence", disagreement],
	["convergence", disagreement],
	["specification", notAsSpecified],
	["eventual-delivery", notDelivered],
	["durability", forgotten],
	["session", sessionBroken],
	["causality", causeless],
	["list-order", twoOrders],
	["interleaving", mixedRuns],
	["termination", neverEnded],
]);

function explainerOf({ name, verdict, evidence }: PropertyVerdict): Explain | undefined {
	if (verdict !== "fail" && evidence["isWarning"] !== true) return undefined;
	return name.startsWith("invariant:") ? invariantBroken : EXPLAINED.get(name);
}

/** Adds its explanation to each property that failed, and to what warns. Cost: a few passes over the run for each. */
export function explained(verdicts: readonly PropertyVerdict[], run: Run): PropertyVerdict[] {
	if (verdicts.every((verdict) => explainerOf(verdict) === undefined)) return [...verdicts];
	const scene = new Scene(run);
	const result = verdicts.map((verdict) => {
		const explain = explainerOf(verdict);
		return explain === undefined ? verdict : withExplanation(scene, verdict, explain);
	});
	return result.map((verdict) =>
		verdict.name === "convergence" ? fromTheBeginning(verdict, result) : verdict,
	);
}

/** Final views that differ are explained by the first moment at which views differed that ought to have been equal. */
function fromTheBeginning(verdict: PropertyVerdict, all: readonly PropertyVerdict[]): PropertyVerdict {
	const strong = all.find(({ name }) => name === "strong-convergence")?.evidence.explanation;
	if (strong === undefined || verdict.verdict !== "fail") return verdict;
	const sentence = `It began at ${moment(strong.firstDisagreement.time)}: ${strong.sentence}`;
	return { ...verdict, evidence: { ...verdict.evidence, explanation: { ...strong, sentence } } };
}

/** A mistake of the explanation must not cost the verdict. */
function withExplanation(scene: Scene, verdict: PropertyVerdict, explain: Explain): PropertyVerdict {
	try {
		const explanation = explain(scene, verdict);
		return explanation === null ? verdict : { ...verdict, evidence: { ...verdict.evidence, explanation } };
	} catch (error) {
		const explanationError = error instanceof Error ? error.message : String(error);
		return { ...verdict, evidence: { ...verdict.evidence, explanationError } };
	}
}
