/**
 * The checker against brute force: every property that has an oracle, on random small histories (at most six operations), seeded.
 * Exits with 1 where they disagree: the checker accuses what the oracle explains, or passes what it doesn't. Of
 * `specification` two things are allowed and counted as lenient: passing what the oracle can't explain where outcomes are unknown,
 * and leaving out views with an update delivered before one that it had seen. Texts, lists and documents are judged by
 * `specification` and `list-order` together, and there it may also pass wrong places where elements are equal, taken away or moved;
 * what was made without any flaw the oracle must explain.
 *
 *     npx jiti bench/oracle.ts [histories for each row, default 100000] [seed] [rows, e.g. session,causality,text]
 */
import fc from "fast-check";
import { check, type PropertyVerdict } from "../checker/index.ts";
import { causalHistory } from "../checker/testing/causal-histories.ts";
import { oracleCausal, oracleSessions } from "../checker/testing/causal-oracle.ts";
import {
	DOCUMENT_TYPES,
	type DocumentHistory,
	documentHistory,
} from "../checker/testing/document-histories.ts";
import {
	oracleConverged,
	oracleDelivered,
	oracleDurable,
	oracleExplains,
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
	name: string;
	properties: string[];
	oracle: (history: SmallHistory) => boolean;
	histories: fc.Arbitrary<Drawn>[];
	/** Passing what the oracle can't explain is allowed in some histories. */
	isLenient?: true;
}

/** What is known of how a history was made, where anything is. */
type Drawn = Pick<DocumentHistory, "history"> & Partial<DocumentHistory>;

/** A counter, sets, registers and a list: agreement knows no more of a type. */
const AGREEING = ORACLE_TYPES.filter((type) => !["rw-set", "or-map", "tree"].includes(type)).map(small);
const SPECIFIED = ORACLE_TYPES.filter((type) => type !== "list").map(small);

const ALL: Compared[] = [
	one("convergence", oracleConverged, AGREEING),
	one("strong-convergence", oracleStronglyConverged, AGREEING),
	one("eventual-delivery", oracleDelivered, AGREEING),
	one("durability", oracleDurable, AGREEING),
	{ ...one("specification", oracleExplains, SPECIFIED), isLenient: true },
	...DOCUMENT_TYPES.map((type): Compared => {
		const properties = ["specification", "list-order"];
		return {
			name: type,
			properties,
			oracle: oracleExplains,
			histories: [documentHistory(type)],
			isLenient: true,
		};
	}),
	one("session", oracleSessions, [causal()]),
	one("causality", oracleCausal, [causal()]),
];

function one(name: string, oracle: Compared["oracle"], histories: Compared["histories"]): Compared {
	return { name, properties: [name], oracle, histories };
}

function small(type: (typeof ORACLE_TYPES)[number]): fc.Arbitrary<Drawn> {
	return smallHistory(type).map((history) => ({ history }));
}

function causal(): fc.Arbitrary<Drawn> {
	return causalHistory.map((history) => ({ history }));
}

interface Tally {
	histories: number;
	pass: number;
	fail: number;
	unknown: number;
	lenient: number;
	disagreements: number;
}

async function compare({ name, properties, oracle, histories, isLenient }: Compared): Promise<Tally> {
	const tally: Tally = { histories: 0, pass: 0, fail: 0, unknown: 0, lenient: 0, disagreements: 0 };
	for (const [at, arbitrary] of histories.entries()) {
		const share = Math.ceil(HISTORIES / histories.length);
		for (const made of drawn(arbitrary, share, SEED + at)) {
			const { history } = made;
			const judged = worst((await check(history, { checks: properties })).properties);
			const verdict = judged?.verdict ?? "unknown";
			const isGood = oracle(history);
			tally.histories += 1;
			tally[verdict] += 1;
			const isOracleRight = made.isRight !== true || isGood;
			if (isOracleRight && (isGood === (verdict !== "fail") || (verdict === "unknown" && !hasOk(history))))
				continue;
			if (isOracleRight && isLenient === true && verdict !== "fail" && mayPass(made, judged))
				tally.lenient += 1;
			else {
				tally.disagreements += 1;
				if (tally.disagreements === 1) show(name, verdict, judged?.reason ?? "", history);
			}
		}
	}
	return tally;
}

/** In batches, so that few are held at a time. */
function* drawn(arbitrary: fc.Arbitrary<Drawn>, count: number, seed: number): Generator<Drawn> {
	for (let from = 0; from < count; from += BATCH) {
		yield* fc.sample(arbitrary, { numRuns: Math.min(BATCH, count - from), seed: seed + from * SEEDS_APART });
	}
}

/** Without any acknowledged update nothing is judged, whatever is shown. */
function hasOk({ events }: SmallHistory): boolean {
	return events.some((event) => event.event === "ok" && event.f !== "read");
}

/** Of several properties: the one that fails, else one that says something. */
function worst(judged: PropertyVerdict[]): PropertyVerdict | undefined {
	const byVerdict = (wanted: string) => judged.find(({ verdict }) => verdict === wanted);
	return byVerdict("fail") ?? byVerdict("pass") ?? judged[0];
}

/**
 * Outcomes are unknown, places can't be told, or a view was left out: an update was delivered there before one that it
 * had seen.
 */
function mayPass(
	{ history: { header, events }, isPlain }: Drawn,
	judged: PropertyVerdict | undefined,
): boolean {
	if (header.type === "movable-list" || (isPlain === false && header.type !== "json")) return true;
	const leftOut = judged?.evidence.examined?.["notCausal"] ?? 0;
	return leftOut > 0 || events.some(({ event }) => event === "info");
}

function show(name: string, verdict: string, reason: string, { header, events }: SmallHistory): void {
	console.log(`${name}: the checker says ${verdict} (${reason}), the oracle doesn't:`);
	for (const line of [header, ...events]) console.log(JSON.stringify(line));
}

console.log("                     histories     pass     fail  unknown  lenient  disagreements  seconds");
let disagreements = 0;
for (const compared of ALL) {
	if (ONLY !== null && !ONLY.includes(compared.name)) continue;
	const startedAt = performance.now();
	const tally = await compare(compared);
	disagreements += tally.disagreements;
	const numbers = [tally.histories, tally.pass, tally.fail, tally.unknown, tally.lenient].map((number) =>
		String(number).padStart(9),
	);
	const seconds = ((performance.now() - startedAt) / MS_PER_S).toFixed(0);
	console.log(
		`${compared.name.padEnd(20)}${numbers.join("")}${String(tally.disagreements).padStart(15)}${seconds.padStart(9)}`,
	);
}
process.exitCode = disagreements > 0 ? 1 : 0;
