import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OperationSpec } from "../../nodes/sdk/replica.ts";
import { NEMESIS_KINDS, type NemesisKind } from "../../scenarios/scenario.ts";
import { fault, orSets } from "../testing/scenarios.ts";
import { overlap, replicaTakenDown } from "./faults.ts";
import { planRun } from "./plan.ts";

const SPECS: Record<string, OperationSpec> = {
	add: { kind: "update", weight: 3, generate: (draw) => draw.key() },
	write: { kind: "update", weight: 1, generate: (draw) => draw.unique() },
	read: { kind: "query", weight: 0, generate: () => null },
};

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const nemeses = fc.record({
	everyMs: fc.integer({ min: 50, max: 3_000 }),
	steps: fc.integer({ min: 1, max: 15 }),
	random: fc.uniqueArray(fc.constantFrom(...NEMESIS_KINDS), { minLength: 1 }),
});

function withNemesis(seed: number, count: number, everyMs: number, steps: number, random: NemesisKind[]) {
	const names = Array.from({ length: count }, (_, index) => `r${index + 1}`);
	return orSets({
		seed,
		replicas: { names },
		faults: [{ everyMs, untilMs: everyMs * (steps + 0.5), random }],
	});
}

describe("the planned workload", () => {
	it("is the same for the same seed, and another for another", () => {
		expect(planRun(orSets({ seed: 5 }), SPECS)).toEqual(planRun(orSets({ seed: 5 }), SPECS));
		expect(planRun(orSets({ seed: 5 }), SPECS)).not.toEqual(planRun(orSets({ seed: 6 }), SPECS));
	});

	it("does not change when the faults do", () => {
		fc.assert(
			fc.property(seeds, nemeses, (seed, { everyMs, steps, random }) => {
				const quiet = planRun(orSets({ seed }), SPECS).operations;
				expect(planRun(withNemesis(seed, 3, everyMs, steps, random), SPECS).operations).toEqual(quiet);
			}),
			{ numRuns: 30 },
		);
	});

	it("keeps to amount, rate, binding of clients and unique ids", () => {
		fc.assert(
			fc.property(
				seeds,
				fc.integer({ min: 1, max: 200 }),
				fc.integer({ min: 1, max: 9 }),
				(seed, operations, clients) => {
					const scenario = orSets({ seed, workload: { operations, clients, ratePerSecond: 200 } });
					const planned = planRun(scenario, SPECS).operations;
					expect(planned).toHaveLength(operations);
					expect(new Set(planned.map(({ id }) => id)).size).toBe(operations);
					for (const [index, { atMs, client, replica }] of planned.entries()) {
						expect(replica).toBe(scenario.replicas.names[client % 3]);
						expect(atMs).toBeGreaterThanOrEqual(index * 5);
						expect(atMs).toBeLessThan((index + 1) * 5);
					}
					const counts = planned.reduce(
						(all, { client }) => all.set(client, (all.get(client) ?? 0) + 1),
						new Map(),
					);
					expect(Math.max(...counts.values()) - Math.floor(operations / clients)).toBeLessThanOrEqual(1);
				},
			),
			{ numRuns: 50 },
		);
	});

	it("draws by the weights of the mix, and unique values once", () => {
		const scenario = orSets({ workload: { operations: 1_000, mix: { write: 1, read: 3 } } });
		const planned = planRun(scenario, SPECS).operations;
		const writes = planned.filter(({ f }) => f === "write");
		expect(writes.length).toBeGreaterThan(190);
		expect(writes.length).toBeLessThan(310);
		expect(new Set(writes.map(({ value }) => value)).size).toBe(writes.length);
		expect(planned.some(({ f }) => f === "add")).toBe(false);
	});

	it("lasts for its duration where one is given", () => {
		const planned = planRun(orSets({ workload: { operations: null, durationMs: 2_000 } }), SPECS).operations;
		expect(planned).toHaveLength(200);
	});

	it("takes a script as it is, in order of time, one client for each replica", () => {
		const script = [
			{ atMs: 10, replica: "r2", f: "add", value: "b" },
			{ atMs: 0, replica: "r1", f: "add", value: "a" },
			{ atMs: 10, replica: "r2", f: "read", value: null },
		];
		expect(planRun(orSets({ workload: { operations: null, script } }), {}).operations).toEqual([
			{ atMs: 0, replica: "r1", f: "add", value: "a", client: 0, id: "c1-0" },
			{ atMs: 10, replica: "r2", f: "add", value: "b", client: 1, id: "c2-0" },
			{ atMs: 10, replica: "r2", f: "read", value: null, client: 1, id: "c2-1" },
		]);
	});

	it("names an operation of the mix that the replica does not know", () => {
		const scenario = orSets({ workload: { mix: { push: 1 } } });
		expect(() => planRun(scenario, SPECS)).toThrow("'push', but the replica knows add, write, read");
	});
});

describe("the planned faults", () => {
	it("are the scenario's own, numbered by their start, printed as in its file", () => {
		const faults = [
			fault(500, 100, { kind: "partition", shape: "halves", mode: "drop" }),
			fault(200, null, { kind: "crash", replica: "r2", disk: "lose" }),
			fault(300, 50, { kind: "reset", links: [{ from: "r1", to: "r3" }] }),
		];
		const planned = planRun(orSets({ faults }), SPECS).faults;
		expect(planned.map(({ number, atMs, endMs, printed }) => ({ number, atMs, endMs, printed }))).toEqual([
			{ number: 0, atMs: 200, endMs: null, printed: { crash: "r2", disk: "lose" } },
			{ number: 1, atMs: 300, endMs: 300, printed: { reset: "all", links: ["r1->r3"] } },
			{ number: 2, atMs: 500, endMs: 600, printed: { partition: "halves", mode: "drop" } },
		]);
	});

	it("of a nemesis leave a replica up, never take down one that is down, and are of its kinds", () => {
		fc.assert(
			fc.property(
				seeds,
				fc.integer({ min: 1, max: 6 }),
				nemeses,
				(seed, count, { everyMs, steps, random }) => {
					const scenario = withNemesis(seed, count, everyMs, steps, random);
					const { faults } = planRun(scenario, SPECS);
					expect(faults.length).toBeLessThanOrEqual(steps);
					for (const drawn of faults) {
						expect(random).toContain(drawn.action.kind);
						expect(drawn.endMs).toBeGreaterThanOrEqual(drawn.atMs);
						const own = replicaTakenDown(drawn.action);
						if (own === null) continue;
						const beside = faults.filter((other) => overlap(other, drawn));
						expect(beside.filter(({ action }) => replicaTakenDown(action) === own)).toEqual([drawn]);
						// The most are down at a moment at which one more goes down.
						const then = beside.filter(({ atMs }) => atMs <= drawn.atMs);
						const down = then.filter(({ action }) => replicaTakenDown(action) !== null);
						expect(down.length).toBeLessThan(count);
					}
				},
			),
			{ numRuns: 200 },
		);
	});

	it("of a nemesis spare what the scenario itself takes down", () => {
		fc.assert(
			fc.property(seeds, (seed) => {
				const own = fault(0, null, { kind: "crash", replica: "r1", disk: "keep" });
				const nemesis = { everyMs: 100, untilMs: 2_000, random: ["crash", "pause"] as NemesisKind[] };
				const { faults } = planRun(orSets({ seed, faults: [own, nemesis] }), SPECS);
				expect(faults.filter(({ action }) => replicaTakenDown(action) === "r1")).toHaveLength(1);
				expect(faults.length).toBeGreaterThan(1);
			}),
			{ numRuns: 30 },
		);
	});
});
