/**
 * The first test of the talk that the systems come from, with its figures: three concurrent actions on three chains, one portfolio. Where it sleeps
 * for ten seconds, replicas settle here; where it compares printed objects, keys may come in any order.
 *
 * Adapted in one place. The talk's user stakes at polygon and borrows at arbitrum at once, and nothing there covers the debt. Here a chain
 * lends only against stakes that are its own: what is staked at polygon is staked for arbitrum (`at`), and the loan waits for it (`wait`).
 * Of the amounts that it names none is changed; the 2000 DAI that were lent are an asset, too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knownTypes } from "../cli/known-types.ts";
import { parseHistory } from "../history/read.ts";
import { defineScenario, parseScenario, run, type ScenarioInput } from "../index.ts";
import type { RuntimeName } from "../scenarios/scenario.ts";
import { temporaryFolder } from "./run-pakka.ts";

const CHAINS = ["ethereum", "polygon", "arbitrum"];
/** US cents: 1000 USDC, 5 ETH at 3000 dollars; what was lent and what is owed for it cancel out. */
const TOTAL_VALUE = 100_000 + 1_500_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const deposit = { at: "0ms", replica: "ethereum", deposit: { token: "USDC", amount: 1000 } };
const stake = { at: "0ms", replica: "polygon", stake: { token: "ETH", amount: 5 } };
const borrow = { at: "0ms", replica: "arbitrum", borrow: { token: "DAI", amount: 2000 } };
const covered = [
	deposit,
	{ ...stake, stake: { ...stake.stake, at: "arbitrum" } },
	{ ...borrow, borrow: { ...borrow.borrow, wait: true } },
];

describe("DeFi portfolio state convergence across chains", () => {
	it.each(["sim", "process"] as const)(
		"shows one portfolio on all chains (runtime %s, seed 1)",
		async (runtime) => {
			const { result, views } = await settledViews("systems/portfolio", covered, runtime);
			expect(views).toHaveLength(CHAINS.length);
			for (const view of views) {
				expect(view).toEqual({
					assets: { USDC: 1000, ETH_staked: 5, DAI: 2000 },
					liabilities: { DAI: 2000 },
					totalValue: TOTAL_VALUE,
					waiting: 0,
				});
			}
			expect(result.met).toBe(true);
		},
	);

	it("refuses the loan as the talk asks for it, with nothing staked at arbitrum, on all chains (sim, seed 1)", async () => {
		const { result, views } = await settledViews("systems/portfolio", [deposit, stake, borrow], "sim");
		for (const view of views) {
			expect(view).toMatchObject({ assets: { USDC: 1000, ETH_staked: 5 }, liabilities: {}, waiting: 0 });
		}
		expect(result.stats).toMatchObject({ ok: 2, fail: 1 });
		expect(result.met).toBe(true);
	});

	it("is passed by the portfolio as the talk writes it too, as long as nothing goes wrong (sim, seed 1)", async () => {
		const { views } = await settledViews("systems/portfolio-as-written", [deposit, stake, borrow], "sim");
		for (const view of views) {
			expect(view).toMatchObject({ assets: { USDC: 1000, ETH_staked: 5 }, liabilities: { DAI: 2000 } });
		}
	});
});

type Script = NonNullable<NonNullable<ScenarioInput["workload"]>["script"]>;

async function settledViews(type: string, script: Script, runtime: RuntimeName) {
	const input = defineScenario({
		name: "talk-portfolio",
		replicas: { names: CHAINS, type },
		workload: { script },
	});
	const parsed = parseScenario(JSON.stringify(input), { file: "talk-portfolio", types: knownTypes() });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	const result = await run(parsed.scenario, { runtime, outDir: folder.path });
	const { events } = parseHistory(await readFile(join(result.folder, "history.jsonl"), "utf8"));
	const views = events.flatMap((event) => (event.event === "state" && event.final ? [event.view] : []));
	return { result, views };
}
