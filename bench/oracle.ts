/**
 * The checker against brute force: every property that has an oracle, on random small histories (at most six operations), seeded.
 * Exits with 1 where they disagree: the checker accuses what the oracle explains, or passes what it doesn't. Of
 * `specification` two things are allowed and counted as lenient: passing what the oracle can't explain where outcomes are unknown,
 * and leaving out views with an update delivered before one that it had seen.
 *
 *     npx jiti bench/oracle.ts [histories for each property, default 100000] [seed] [properties, e.g. session,causality]
 */
import fc from "fast-check";
import { check, type PropertyVerdict } from "../checker/index.ts";
import { causalHistory } from "../checker/testing/causal-histories.ts";
import { oracleCausal, oracleSessions } from "../checker/testing/causal-oracle.ts";
import type { HistoryBuilder } from "../checker/testing/history-builder.ts";
import {
	oracleConverged,
	oracleDelivered,
	oracleDurable,
	oracleExplains,
	oracleOrdered,
	oracleStronglyConverged,
	type SmallHistory,
} from "../checker/testing/oracle.ts";
import { ORACLE_TYPES, smallHistory } from "../checker/testing/small-histories.ts";

const HISTORIES = Number(process.argv[2] ?? 100_000);
const SEED = Number(process.argv[3] ?? 20_260_303);
const ONLY = process.argv[4]?.split(",") ?? null;
const MS_PER_S = 1_000;
const BATCH = 2_000;
/** Batches of one type begin where no other's do. */
const SEEDS_APART = 100;

interface Compared {
	property: string;
	oracle: (history: SmallHistory) => boolean;
	histories: fc.Arbitrary<HistoryBuilder>[];
	/** Passing what the oracle can't explain is allowed in some histories. */
	isLenient?: true;
}

/** A counter, sets, registers and a list: agreement knows no more of a type. */
const AGREEING = ORACLE_TYPES.filter((type) => !["rw-set", "or-map", "tree"].includes(type)).map(
	smallHistory,
);

const ALL: Compared[] = [
	{ property: "convergence", oracle: oracleConverged, histories: AGREEING },
	{ property: "strong-convergence", oracle: oracleStronglyConverged, histories: AGREEING },
	{ property: "eventual-delivery", oracle: oracleDelivered, histories: AGREEING },
	{ property: "durability", oracle: oracleDurable, histories: AGREEING },
	{
		property: "specification",
		oracle: oracleExplains,
		histories: ORACLE_TYPES.map(smallHistory),
		isLenient: true,
	},
	{ property: "list-order", oracle: oracleOrdered, histories: [smallHistory("list")] },
	{ property: "session", oracle: oracleSessions, histories: [causalHistory] },
	{ property: "causality", oracle: oracleCausal, histories: [causalHistory] },
];

interface Tally {
	histories: number;
	pass: number;
	fail: number;
	unknown: number;
	lenient: number;
	disagreements: number;
}

async function compare({ property, oracle, histories, isLenient }: Compared): Promise<Tally> {
	const tally: Tally = { histories: 0, pass: 0, fail: 0, unknown: 0, lenient: 0, disagreements: 0 };
	for (const [at, arbitrary] of histories.entries()) {
		const share = Math.ceil(HISTORIES / histories.length);
		for (const history of drawn(arbitrary, share, SEED + at)) {
			const [judged] = (await check(history, { checks: [property] })).properties;
			const verdict = judged?.verdict ?? "unknown";
			const isGood = oracle(history);
			tally.histories += 1;
			tally[verdict] += 1;
			if (isGood === (verdict !== "fail") || (verdict === "unknown" && !hasOk(history))) continue;
			if (isLenient === true && verdict !== "fail" && mayPass(history, judged)) tally.lenient += 1;
			else {
				tally.disagreements += 1;
				if (tally.disagreements === 1) show(property, verdict, judged?.reason ?? "", history);
			}
		}
	}
	return tally;
}

/** In batches, so that few are held at a time. */
function* drawn(
	arbitrary: fc.Arbitrary<HistoryBuilder>,
	count: number,
	seed: number,
): Generator<HistoryBuilder> {
	for (let from = 0; from < count; from += BATCH) {
		yield* fc.sample(arbitrary, { numRuns: Math.min(BATCH, count - from), seed: seed + from * SEEDS_APART });
	}
}

/** Without any acknowledged update nothing is judged, whatever is shown. */
function hasOk({ events }: SmallHistory): boolean {
	return events.some((event) => event.event === "ok" && event.f !== "read");
}

/** Outcomes are unknown, or a view was left out: an update was delivered there before one that it had seen. */
function mayPass({ events }: SmallHistory, judged: PropertyVerdict | undefined): boolean {
	const leftOut = judged?.evidence.examined?.["notCausal"] ?? 0;
	return leftOut > 0 || events.some(({ event }) => event === "info");
}

function show(property: string, verdict: string, reason: string, { header, events }: SmallHistory): void {
	console.log(`${property}: the checker says ${verdict} (${reason}), the oracle doesn't:`);
	for (const line of [header, ...events]) console.log(JSON.stringify(line));
}

console.log("property             histories     pass     fail  unknown  lenient  disagreements  seconds");
let disagreements = 0;
for (const compared of ALL) {
	if (ONLY !== null && !ONLY.includes(compared.property)) continue;
	const startedAt = performance.now();
	const tally = await compare(compared);
	disagreements += tally.disagreements;
	const numbers = [tally.histories, tally.pass, tally.fail, tally.unknown, tally.lenient].map((number) =>
		String(number).padStart(9),
	);
	const seconds = ((performance.now() - startedAt) / MS_PER_S).toFixed(0);
	console.log(
		`${compared.property.padEnd(20)}${numbers.join("")}${String(tally.disagreements).padStart(15)}${seconds.padStart(9)}`,
	);
}
process.exitCode = disagreements > 0 ? 1 : 0;
