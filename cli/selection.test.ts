import { describe, expect, it } from "vitest";
import type { Scenario } from "../scenarios/scenario.ts";
import { UsageError } from "./exit-codes.ts";
import { selectRuns } from "./selection.ts";

const scenario = (name: string, seed: number) => ({ name, description: "", seed }) as Scenario;
const pick = (runs: Scenario[]) => runs.map(({ name, seed }) => `${name}:${seed}`);

describe("selectRuns", () => {
	const scenarios = [scenario("cart", 5), scenario("counter", 9)];

	it("takes each scenario with its own seed", () => {
		expect(pick(selectRuns(scenarios, { repeat: 1 }))).toEqual(["cart:5", "counter:9"]);
	});

	it("counts seeds up from the scenario's own, or from the one given", () => {
		expect(pick(selectRuns(scenarios, { repeat: 2 }))).toEqual([
			"cart:5",
			"cart:6",
			"counter:9",
			"counter:10",
		]);
		expect(pick(selectRuns(scenarios, { repeat: 2, seed: 1 }))).toEqual([
			"cart:1",
			"cart:2",
			"counter:1",
			"counter:2",
		]);
	});

	it("deals every run to exactly one shard", () => {
		const whole = pick(selectRuns(scenarios, { repeat: 7 }));
		const parts = [1, 2, 3].flatMap((part) => pick(selectRuns(scenarios, { repeat: 7, shard: `${part}/3` })));
		expect(parts.sort()).toEqual(whole.sort());
	});

	it.each([{ grep: "nothing" }, { grep: "[" }, { shard: "0/2" }, { shard: "3/2" }, { shard: "half" }])(
		"refuses %j",
		(wrong) => {
			expect(() => selectRuns(scenarios, { repeat: 1, ...wrong })).toThrow(UsageError);
		},
	);
});
