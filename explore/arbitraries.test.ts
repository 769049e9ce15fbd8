/** Schedules as fast-check draws them: right types hold in all of them, and a wrong one shrinks to a few steps. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { operations, schedules } from "./arbitraries.ts";
import { play } from "./play.ts";

const SIZES = { replicas: 3, operations: 8 };
const SEED = 5;
const RIGHT_TYPES = builtInNames().filter((name) => !name.includes("/"));

describe.each(RIGHT_TYPES)("%s", (name) => {
	const definition = builtIn(name) as ReplicaDefinition;

	it("accepts the operations that are drawn for it, or refuses a few for the state that it is in", () => {
		let accepted = 0;
		fc.assert(
			fc.property(operations(definition, SIZES), ({ f, value }) => {
				const context = {
					id: "r1",
					replicas: ["r1"],
					incarnation: 0,
					options: {},
					now: () => 0,
					random: () => 0,
				};
				const replica = definition.create(context, { snapshot: null, records: [] });
				const reply = replica.invoke({ id: "c", f, value }, { send() {}, persist() {}, deliver() {} });
				if (reply.ok) accepted++;
				else expect(reply.code).not.toMatch(/^(bad-value|unknown-operation)$/);
			}),
			{ seed: SEED, numRuns: 20 },
		);
		expect(accepted).toBeGreaterThan(5);
	});

	it("holds in every schedule", () => {
		fc.assert(
			fc.property(schedules(definition, SIZES), (schedule) => {
				expect(play(definition, definition.type, schedule).kind).not.toBe("violated");
			}),
			{ seed: SEED, numRuns: 60 },
		);
	});
});

describe("a wrong replica", () => {
	it("shrinks to the steps that show it", () => {
		const specimen = builtIn("specimen/pn-counter-no-dedupe") as ReplicaDefinition;
		const details = fc.check(
			fc.property(schedules(specimen, SIZES), (schedule) => {
				return play(specimen, specimen.type, schedule).kind !== "violated";
			}),
			{ seed: SEED, numRuns: 2_000 },
		);
		expect(details.failed).toBe(true);
		// An addition, and two deliveries of it, or a crash after which it is sent again.
		const steps = details.counterexample?.[0].steps ?? [];
		expect(steps.length).toBeLessThanOrEqual(3);
		expect(steps[0]?.kind).toBe("invoke");
	});
});
