/**
 * The second test of the talk that the systems come from, with its figures: one query asked three times at once, one answer, consensus
 * reached, agreement above 0.8, no conflict. Each query asks all three models by itself, at a replica of its own; the models
 * are stand-ins, which answer after their own delays, and replicas settle where the talk would sleep.
 *
 * `consensusReached` is `by` other than `none`: the view says how, too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { knownTypes } from "../cli/known-types.ts";
import { parseHistory } from "../history/read.ts";
import { parseScenario, run } from "../index.ts";
import type { EnsembleView } from "../nodes/systems/ensemble/definition.ts";
import { MODELS, standIn } from "../nodes/systems/ensemble/response.ts";
import type { RuntimeName } from "../scenarios/scenario.ts";
import { temporaryFolder } from "./run-pakka.ts";

const QUERY = "Explain machine learning";
const REPLICAS = ["r1", "r2", "r3"];
/** Of all stand-ins: the seed by which they answer the first of the three queries; the others follow. */
const FIRST_SEED = 1;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
	folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe("AI model ensemble deterministic convergence", () => {
	it.each(["sim", "process"] as const)(
		"gives three concurrent queries one answer (runtime %s, seed 1)",
		async (runtime) => {
			const { result, decisions } = await queryAtOnce("systems/ensemble", runtime);
			expect(decisions).toHaveLength(REPLICAS.length);
			expect(new Set(decisions.map((decision) => decision?.text)).size).toBe(1);
			for (const decision of decisions) {
				expect(decision?.by).not.toBe("none");
				expect(decision?.modelAgreement).toBeGreaterThan(0.8);
				expect(decision?.conflictResolutions).toBe(0);
				expect(decision?.decidedOn).toBe(MODELS.length);
			}
			expect(decisions[1]).toEqual(decisions[0]);
			expect(decisions[2]).toEqual(decisions[0]);
			expect(result.met).toBe(true);
		},
	);

	it("is passed by the ensemble as the talk writes it too: all agree, on what no set of answers gives (sim, seed 1)", async () => {
		const { result, decisions } = await queryAtOnce("systems/ensemble-as-written", "sim");
		expect(new Set(decisions.map((decision) => decision?.text)).size).toBe(1);
		const failed = result.properties.filter(({ verdict }) => verdict === "fail").map(({ name }) => name);
		expect(failed).toEqual(expect.arrayContaining(["specification", "invariant:decidedOnAll"]));
		expect(failed).not.toContain("convergence");
	});
});

/** @returns what each replica decided in the end */
async function queryAtOnce(type: string, runtime: RuntimeName) {
	const script = REPLICAS.flatMap((replica, index) =>
		MODELS.map((model) => {
			const { latencyMs, ...respond } = standIn(model, QUERY, FIRST_SEED + index);
			return { at: `${latencyMs}ms`, replica, respond };
		}),
	);
	const input = {
		name: "talk-ensemble",
		replicas: { names: REPLICAS, type },
		workload: { script },
		seed: 1,
	};
	const parsed = parseScenario(JSON.stringify(input), { file: "talk-ensemble", types: knownTypes() });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	const result = await run(parsed.scenario, { runtime, outDir: folder.path });
	const { events } = parseHistory(await readFile(join(result.folder, "history.jsonl"), "utf8"));
	const views = events.flatMap((event) => (event.event === "state" && event.final ? [event.view] : []));
	return { result, decisions: views.map((view) => (view as unknown as EnsembleView)[QUERY]) };
}
