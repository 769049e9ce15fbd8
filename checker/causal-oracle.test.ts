/** `session` and `causality` against their oracles, on random small histories. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { check } from "./index.ts";
import { causalHistory } from "./testing/causal-histories.ts";
import { oracleCausal, oracleSessions } from "./testing/causal-oracle.ts";

const SEED = 20_260_202;
const RUNS = 1_500;

describe(`agrees with the oracle (seed ${SEED})`, () => {
	it.each([
		["session", oracleSessions],
		["causality", oracleCausal],
	] as const)("about %s", async (name, oracle) => {
		const tally = { pass: 0, fail: 0, unknown: 0 };
		await fc.assert(
			fc.asyncProperty(causalHistory, async (history) => {
				const [property] = (await check(history, { checks: [name] })).properties;
				const verdict = property?.verdict ?? "unknown";
				tally[verdict] += 1;
				const good = oracle(history);
				expect({ verdict, reason: property?.reason, good }).toMatchObject({ good: verdict !== "fail" });
			}),
			{ seed: SEED, numRuns: RUNS },
		);
		expect(tally.pass).toBeGreaterThan(RUNS / 50);
		expect(tally.fail).toBeGreaterThan(RUNS / 50);
	});
});
