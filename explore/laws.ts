/**
 * The property `laws` (declared in `checker/properties/laws.ts`): what a type promises of its functions, checked on what
 * real runs reached, see `harvest.ts`. A law that is broken names the flaw where divergence only shows that there is one.
 *
 *     const finding = harvestAndExamine(definition, (watched) => play(watched, type, schedule), { seed });
 *     const verdict = judgeLaws([finding]);
 */
import { laws as declaration } from "../checker/properties/laws.ts";
import type { Evidence, PropertyVerdict } from "../checker/verdict.ts";
import { count } from "../checker/words.ts";
import { randomStream } from "../controller/plan/random.ts";
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { examineEffects } from "./effect-laws.ts";
import { createHarvest, type Harvest } from "./harvest.ts";
import { examineJoin } from "./join-laws.ts";
import type { LawFinding } from "./law-finding.ts";
import { explainLaw } from "./law-sentences.ts";

/** Whether the schedule of this number (from 0) is one of the few whose laws are examined: 0, 1, 3, 7, 15, … */
export function isHarvested(index: number): boolean {
	return (index & (index + 1)) === 0;
}

/**
 * Plays once more, and examines what that reaches.
 * @returns null for a definition without `laws`
 */
export function harvestAndExamine(
	definition: ReplicaDefinition,
	play: (definition: ReplicaDefinition) => void,
	options: { seed: number },
): LawFinding | null {
	const harvest = createHarvest(definition);
	if (harvest === null) return null;
	play(harvest.definition);
	return examineLaws(harvest, options);
}

/** What one harvest shows. Pure, bounded, the same for the same harvest and seed. */
export function examineLaws(harvest: Harvest, { seed }: { seed: number }): LawFinding {
	const random = randomStream(seed, "laws");
	return harvest.kind === "join" ? examineJoin(harvest, random) : examineEffects(harvest, random);
}

/** Of a campaign that examines none. */
export function unexaminedLaws(why: string): PropertyVerdict {
	return verdict("unknown", why, {});
}

/** All findings of a campaign, as one verdict. */
export function judgeLaws(findings: readonly LawFinding[]): PropertyVerdict {
	const examined = total(findings);
	const broken = findings.find(({ violation }) => violation !== null)?.violation;
	if (broken) {
		const explanation = explainLaw(broken.evidence);
		const evidence = { ...broken.evidence, examined, ...(explanation !== null && { explanation }) };
		return verdict("fail", broken.reason, evidence);
	}
	const problem = findings.find((finding) => finding.problem !== null)?.problem;
	if (problem) return verdict("unknown", `not all could be examined: ${problem}`, { examined });
	if (findings.length === 0) {
		const why = "no run was harvested: the replica was not made with stateBased, opBased or library";
		return verdict("unknown", why, {});
	}
	const runs = count(findings.length, "run");
	if (findings[0]?.kind === "effects") {
		if (examined["pairs"] === 0)
			return verdict("unknown", `no two updates of ${runs} were concurrent`, { examined });
		const pairs = count(examined["pairs"] ?? 0, "pair");
		return verdict("pass", `effects commuted in each of ${pairs} of concurrent updates, from ${runs}`, {
			examined,
		});
	}
	if (examined["pairs"] === 0)
		return verdict("unknown", `${runs} reached no two different states`, { examined });
	const numbers = `${count(examined["states"] ?? 0, "state")} (${count(examined["pairs"] ?? 0, "pair")}, ${count(examined["triples"] ?? 0, "triple")})`;
	const reason = `merge was commutative, associative, idempotent and inflationary on ${numbers}, from ${runs}`;
	return verdict("pass", reason, { examined });
}

function verdict(kind: PropertyVerdict["verdict"], reason: string, evidence: Evidence): PropertyVerdict {
	return { name: declaration.name, verdict: kind, reason, evidence };
}

function total(findings: readonly LawFinding[]): Record<string, number> {
	const sum: Record<string, number> = { runs: findings.length };
	for (const { examined } of findings) {
		for (const [what, number] of Object.entries(examined)) sum[what] = (sum[what] ?? 0) + number;
	}
	return sum;
}
