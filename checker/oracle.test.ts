/** The checker against the oracle, on random small histories. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check, type Verdict } from "./index.ts";
import { DOCUMENT_TYPES, documentHistory } from "./testing/document-histories.ts";
import {
	oracleConverged,
	oracleDelivered,
	oracleDurable,
	oracleExplains,
	oracleStronglyConverged,
} from "./testing/oracle.ts";
import { ORACLE_TYPES, smallHistory } from "./testing/small-histories.ts";

const SEED = 20_260_101;
const RUNS = 400;
const DOCUMENT_RUNS = 1_000;
const PARAMETERS = { seed: SEED, numRuns: RUNS };

/** A counter, sets, registers and a list: agreement knows no more of a type. */
const AGREEING_TYPES = ORACLE_TYPES.filter((type) => !["rw-set", "or-map", "tree"].includes(type));

describe.each(AGREEING_TYPES)(`agrees with the oracle on %s (seed ${SEED})`, (type) => {
	it.each([
		["convergence", oracleConverged],
		["strong-convergence", oracleStronglyConverged],
		["eventual-delivery", oracleDelivered],
		["durability", oracleDurable],
	] as const)("about %s", async (name, oracle) => {
		let failures = 0;
		await fc.assert(
			fc.asyncProperty(smallHistory(type), async (history) => {
				const [property] = (await check(history, { checks: [name] })).properties;
				const good = oracle(history);
				if (!good) failures += 1;
				if (property?.verdict === "unknown" && history.events.some((event) => event.event === "ok"))
					expect(good).toBe(true);
				if (property?.verdict !== "unknown")
					expect(property).toMatchObject({ verdict: good ? "pass" : "fail" });
			}),
			PARAMETERS,
		);
		// Histories on which the property always holds would show nothing.
		expect(failures).toBeGreaterThan(RUNS / 40);
	});
});

describe.each(ORACLE_TYPES.filter((type) => type !== "list"))(
	`agrees with the oracle on %s (seed ${SEED})`,
	(type) => {
		it("about the specification", async () => {
			const tally = { pass: 0, fail: 0, lenient: 0 };
			await fc.assert(
				fc.asyncProperty(smallHistory(type), async (history) => {
					const [property] = (await check(history, { checks: ["specification"] })).properties;
					const explained = oracleExplains(history);
					// It never accuses falsely …
					if (property?.verdict === "fail")
						expect({ property, explained }).toMatchObject({ explained: false });
					if (property?.verdict === "pass" && !explained) {
						// … and overlooks something only where outcomes are unknown.
						expect(history.events.some((event) => event.event === "info")).toBe(true);
						tally.lenient += 1;
					}
					if (property?.verdict === "pass") tally.pass += 1;
					if (property?.verdict === "fail") tally.fail += 1;
				}),
				PARAMETERS,
			);
			expect(tally.pass).toBeGreaterThan(RUNS / 40);
			expect(tally.fail).toBeGreaterThan(RUNS / 40);
			expect(tally.lenient).toBeLessThan(RUNS / 20);
		});
	},
);

describe.each(DOCUMENT_TYPES)(`agrees with the oracle on %s (seed ${SEED})`, (type) => {
	it("about specification and list-order", async () => {
		const tally = { pass: 0, fail: 0, unknown: 0, lenient: 0, explained: 0 };
		await fc.assert(
			fc.asyncProperty(documentHistory(type), async ({ history, isRight, isPlain }) => {
				const { properties } = await check(history, { checks: ["specification", "list-order"] });
				const has = (verdict: Verdict) => properties.some((property) => property.verdict === verdict);
				const verdict = has("fail") ? "fail" : has("pass") ? "pass" : "unknown";
				const explained = oracleExplains(history);
				tally[verdict] += 1;
				if (explained) tally.explained += 1;
				// The oracle explains what was made without a flaw, the checker accuses nothing that the oracle explains …
				if (isRight) expect({ properties, explained }).toMatchObject({ explained: true });
				if (verdict === "fail") expect({ properties, explained }).toMatchObject({ explained: false });
				if (verdict !== "pass" || explained) return;
				// … and overlooks nothing where all can be told apart and nothing was taken away; of documents, where outcomes are known.
				tally.lenient += 1;
				const mayPass = type === "json" ? history.events.some(({ event }) => event === "info") : !isPlain;
				if (type !== "movable-list") expect({ mayPass }).toEqual({ mayPass: true });
			}),
			{ seed: SEED, numRuns: DOCUMENT_RUNS },
		);
		expect(tally.pass).toBeGreaterThan(DOCUMENT_RUNS / 2);
		expect(tally.fail).toBeGreaterThan(DOCUMENT_RUNS / 20);
		expect(tally.lenient).toBeLessThan(DOCUMENT_RUNS / 10);
	});
});
