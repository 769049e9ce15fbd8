import { describe, expect, it } from "vitest";
import { builtIn } from "../nodes/registry.ts";
import { play } from "./play.ts";
import { countOperations, type Schedule, type Step } from "./schedule.ts";
import { type Shrunk, shrink } from "./shrink.ts";

/** All replicas, many steps that don't matter, and in the middle of them those that do. */
function padded(before: Step[], steps: Step[], after: Step[]): Schedule {
	return { replicas: 4, steps: [...before, ...steps, ...after] };
}

function definitionOf(name: string) {
	const definition = builtIn(name);
	if (definition === undefined) throw new Error(`no replica ${name}`);
	return definition;
}

function playedOn(name: string, schedule: Schedule) {
	const definition = definitionOf(name);
	return play(definition, definition.type, schedule);
}

function shrunkOn(name: string, schedule: Schedule, maximumPlays?: number): Shrunk {
	const definition = definitionOf(name);
	const outcome = playedOn(name, schedule);
	if (outcome.kind !== "violated") throw new Error(`${name} stood the schedule: ${outcome.kind}`);
	const options = { definition, type: definition.type, ...(maximumPlays !== undefined && { maximumPlays }) };
	return shrink(schedule, outcome.violation, options);
}

const invoke = (replica: number, f: string, value: Extract<Step, { kind: "invoke" }>["value"]): Step => ({
	kind: "invoke",
	replica,
	f,
	value,
});
const deliver = (from: number, to: number, number: number): Step => ({ kind: "deliver", from, to, number });
const tick = (replica: number): Step => ({ kind: "tick", replica });

describe("shrink", () => {
	it("leaves the two writes of a tie, and gives them plain values", () => {
		const noise = [tick(3), invoke(3, "read", null), tick(0), tick(1)];
		const shrunk = shrunkOn(
			"specimen/lww-register-tie-keeps-local",
			padded(
				noise,
				[
					invoke(2, "write", "💣 a: b"),
					invoke(1, "write", { __proto__: null, deep: [1, "x"] }),
					deliver(2, 1, 1),
				],
				[...noise, { kind: "crash", replica: 3, disk: "lose" }, { kind: "start", replica: 3 }],
			),
		);
		expect(shrunk.complete).toBe(true);
		expect(shrunk.schedule.replicas).toBe(2);
		expect(countOperations(shrunk.schedule)).toBe(2);
		expect(shrunk.schedule.steps).toHaveLength(2);
		expect(JSON.stringify(shrunk.schedule).length).toBeLessThan(160);
	});

	it("numbers the messages anew when an earlier update of their sender goes", () => {
		const shrunk = shrunkOn(
			"specimen/or-set-no-tombstone",
			padded(
				[
					invoke(0, "add", "k5"),
					invoke(1, "add", "k6"),
					deliver(0, 1, 1),
					invoke(0, "remove", "k6"),
					tick(2),
				],
				[
					invoke(0, "add", "k7"),
					deliver(0, 2, 3),
					invoke(2, "remove", "k7"),
					deliver(2, 1, 1),
					deliver(0, 1, 3),
				],
				[tick(0), tick(1), deliver(1, 0, 1)],
			),
		);
		expect(shrunk.complete).toBe(true);
		expect(countOperations(shrunk.schedule)).toBe(2);
		const texts = shrunk.schedule.steps.flatMap((step) => (step.kind === "invoke" ? [step.value] : []));
		expect(texts).toEqual(["k0", "k0"]);
	});

	it("keeps the property and its cause", () => {
		const steps = [
			invoke(0, "add", 7),
			deliver(0, 1, 1),
			deliver(0, 1, 1),
			invoke(2, "add", -3),
			deliver(2, 0, 1),
		];
		const name = "specimen/pn-counter-no-dedupe";
		const before = playedOn(name, padded([], steps, []));
		const shrunk = shrunkOn(name, padded([], steps, []));
		const after = playedOn(name, shrunk.schedule);
		if (before.kind !== "violated" || after.kind !== "violated") throw new Error("neither may hold");
		expect(after.violation.property).toBe(before.violation.property);
		expect(after.violation.cause).toBe(before.violation.cause);
		expect(after.violation).toEqual(shrunk.violation);
		expect(shrunk.schedule).toEqual({
			replicas: 2,
			steps: [invoke(0, "add", 1), deliver(0, 1, 1), deliver(0, 1, 1)],
		});
	});

	it("shrinks the same schedule to the same", () => {
		const schedule = padded(
			[tick(0), invoke(3, "write", "v7"), deliver(3, 0, 1)],
			[invoke(1, "write", "v8"), invoke(2, "write", "v9")],
			[tick(2)],
		);
		const name = "specimen/lww-register-tie-keeps-local";
		expect(shrunkOn(name, schedule)).toEqual(shrunkOn(name, schedule));
	});

	it("gives what it has when its plays are used up, and says that it is not through", () => {
		const steps = Array.from({ length: 40 }, (_, index) => invoke(index % 3, "write", `v${index}`));
		const shrunk = shrunkOn("specimen/lww-register-tie-keeps-local", padded([], steps, []), 5);
		expect(shrunk).toMatchObject({ complete: false, plays: 5 });
		expect(shrunk.schedule.steps.length).toBeLessThan(40);
	});

	it("refuses a schedule that holds", () => {
		const definition = definitionOf("or-set");
		const holding = padded([], [invoke(0, "add", "k0")], []);
		const violation = { property: "strong-convergence", cause: "differ" } as const;
		expect(() => shrink(holding, violation, { definition, type: "or-set" })).toThrow(
			/played again it does not/,
		);
	});
});
