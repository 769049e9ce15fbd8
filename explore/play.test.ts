/** Playing schedules: what is skipped, what is judged, and that right types hold while each specimen fails for its reason. */
import { describe, expect, it } from "vitest";
import { checkEvents } from "../checker/index.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { drawsOf } from "./draws.ts";
import { checkFully, isFullyChecked } from "./full-check.ts";
import { generate } from "./generate.ts";
import { operationMix } from "./operations.ts";
import { play } from "./play.ts";
import type { Outcome } from "./playable.ts";
import type { Step } from "./schedule.ts";
import { createHistoryOfPlay } from "./witness.ts";

const SIZES = { replicas: 3, operations: 4, keys: 4 };
const RIGHT_TYPES = builtInNames().filter((name) => !name.includes("/"));

/** A counter that begins again after sixteen writes. */
const NEEDS_LONG_SCHEDULES = ["specimen/hybrid-clock-wraps"];

const invoke = (replica: number, f: string, value: string | number): Step => {
	return { kind: "invoke", replica, f, value };
};
const deliver = (from: number, to: number, number: number): Step => ({ kind: "deliver", from, to, number });
const crash = (replica: number, disk: "keep" | "lose"): Step => ({ kind: "crash", replica, disk });

function played(name: string, steps: Step[], replicas = 3): Outcome {
	const definition = definitionOf(name);
	return play(definition, definition.type, { replicas, steps });
}

function violationOf(outcome: Outcome): { property: string; cause: string } | null {
	if (outcome.kind !== "violated") return null;
	const { property, cause } = outcome.violation;
	return { property, cause };
}

describe("a schedule", () => {
	it("holds for an or-set whose remove overtakes the add that it saw", () => {
		const steps = [
			invoke(0, "add", "milk"),
			deliver(0, 1, 1),
			invoke(1, "remove", "milk"),
			deliver(1, 2, 1),
			deliver(0, 2, 1),
		];
		expect(played("or-set", steps).kind).toBe("held");
		expect(violationOf(played("specimen/or-set-no-tombstone", steps))).toEqual({
			property: "strong-convergence",
			cause: "differ",
		});
	});

	it("skips what is impossible, and plays the same without it", () => {
		const possible = [invoke(0, "add", "a"), crash(1, "keep")];
		const skipped = [deliver(0, 1, 1), deliver(2, 0, 1), { kind: "start", replica: 2 } as Step];
		const outcome = played("or-set", [...skipped, ...possible, deliver(0, 1, 1), invoke(1, "add", "b")]);
		expect(outcome.schedule.steps).toEqual(possible);
		expect(outcome.digest).toBe(played("or-set", possible).digest);
	});

	it("shows a duplicate to a counter that counts it twice", () => {
		const steps = [invoke(0, "add", 3), deliver(0, 1, 1), deliver(0, 1, 1)];
		expect(played("pn-counter", steps).kind).toBe("held");
		expect(violationOf(played("specimen/pn-counter-no-dedupe", steps))?.property).toBe("strong-convergence");
	});

	it("hands no duplicate to a replica that claims none, and keeps links in order for one that asks for it", () => {
		const specimen = definitionOf("specimen/pn-counter-no-dedupe");
		const claims: ReplicaDefinition = {
			...specimen,
			delivers: { order: "fifo", duplicates: false, durable: true },
		};
		const steps = [
			invoke(0, "add", 3),
			invoke(0, "add", 4),
			deliver(0, 1, 2),
			deliver(0, 1, 1),
			deliver(0, 1, 1),
		];
		const outcome = play(claims, claims.type, { replicas: 2, steps });
		expect(outcome.kind).toBe("held");
		expect(outcome.schedule.steps).toEqual([steps[0], steps[1], steps[3]]);
	});

	it("waives what only a lost disk knew, and nothing else", () => {
		const lost = [
			invoke(0, "add", "x"),
			{ kind: "drop", from: 0, to: 1, number: 1 } as Step,
			crash(0, "lose"),
		];
		expect(played("g-set", lost, 2).kind).toBe("held");
		const kept = [invoke(0, "add", "x"), crash(0, "keep")];
		expect(played("g-set", kept, 2).kind).toBe("held");
		expect(violationOf(played("specimen/log-ack-before-sync", kept, 2))).toEqual({
			property: "durability",
			cause: "lost",
		});
	});

	it("is invalid when nothing was accepted: there is nothing to judge", () => {
		expect(played("or-set", [deliver(0, 1, 1)]).kind).toBe("invalid");
	});

	it("kills a replica in mid-write: what it was writing never happened, and nobody hears of it", () => {
		const definition = definitionOf("or-set");
		const torn: Step = { kind: "crash", replica: 0, disk: "torn" };
		const start: Step = { kind: "start", replica: 0 };
		const steps = [invoke(0, "add", "a"), torn, invoke(0, "add", "b"), start, invoke(0, "add", "c")];
		const { witness, history } = createHistoryOfPlay(definition, "or-set", ["r1", "r2"], {});
		const outcome = play(definition, "or-set", { replicas: 2, steps }, { witness });
		expect(outcome).toMatchObject({ kind: "held", schedule: { steps } });
		const completions = history.events.filter(({ event }) => event === "ok" || event === "info");
		expect(completions).toMatchObject([
			{ event: "ok", update: "r1:1" },
			{ event: "info", error: { code: "ECONNRESET" } },
			{ event: "ok", update: "r1:2" },
		]);
		const finals = history.events.filter((event) => event.event === "state" && event.final);
		expect(finals).toMatchObject([{ view: ["a", "c"] }, { view: ["a", "c"] }]);
		expect(checkEvents(history).verdict).toBe("pass");
	});

	it("ends with a violation of termination when a replica throws", () => {
		const definition = throwing(definitionOf("or-set"));
		const outcome = play(definition, "or-set", { replicas: 2, steps: [invoke(0, "add", "a")] });
		expect(outcome).toMatchObject({
			kind: "violated",
			violation: { property: "termination", replicas: [1], reason: expect.stringContaining("no such thing") },
		});
	});

	it("finds a wrong state that all agree on", () => {
		const right = definitionOf("g-set");
		const forgetful: ReplicaDefinition = {
			...right,
			create(context, persisted) {
				const replica = right.create(context, persisted);
				const view = () => (replica.view() as string[]).filter((element) => element !== "b");
				return { ...methodsOf(replica), view };
			},
		};
		const outcome = play(forgetful, "g-set", {
			replicas: 2,
			steps: [invoke(0, "add", "a"), invoke(0, "add", "b")],
		});
		expect(violationOf(outcome)).toEqual({ property: "specification", cause: "lost" });
	});
});

describe.each(RIGHT_TYPES)("%s", (name) => {
	it.each(["random", "pct"] as const)("holds in 150 %s schedules (seed 7)", (strategy) => {
		const definition = definitionOf(name);
		const mix = operationMix(definition, null);
		for (let index = 0; index < 150; index++) {
			const plan = generate(definition, mix, strategy, SIZES, 7, index);
			const outcome = play(definition, definition.type, plan);
			expect(outcome.kind === "violated" ? outcome.violation : null, `schedule ${index}`).toBeNull();
		}
	});
});

describe.each(builtInNames().filter((name) => name.startsWith("specimen/")))("%s", (name) => {
	it.each(["random", "pct"] as const)("fails in some of 500 %s schedules (seed 7)", (strategy) => {
		const definition = definitionOf(name);
		const mix = operationMix(definition, null);
		const plans = Array.from({ length: 500 }, (_, index) => index);
		const operations = NEEDS_LONG_SCHEDULES.includes(name) ? 12 : SIZES.operations;
		const failing = plans.find((index) => {
			const plan = generate(definition, mix, strategy, { ...SIZES, operations }, 7, index);
			const outcome = play(definition, definition.type, plan);
			if (outcome.kind === "violated") return true;
			const demands = { type: definition.type, checks: null, wanted: null, options: {} };
			// Some defects only the checker sees.
			return (
				isFullyChecked(definition, definition.type, 7, index) &&
				checkFully(definition, outcome.schedule, demands) !== null
			);
		});
		expect(failing).toBeDefined();
	});
});

describe("draws", () => {
	it("depend on seed and index alone, and differ between them", () => {
		const first = (seed: number, index: number) => drawsOf(seed, index).float();
		expect(first(1, 2)).toBe(first(1, 2));
		expect(new Set([first(1, 2), first(2, 1), first(1, 3), first(3, 2)]).size).toBe(4);
	});
});

function definitionOf(name: string): ReplicaDefinition {
	const definition = builtIn(name);
	if (definition === undefined) throw new Error(`no built-in '${name}'`);
	return definition;
}

function throwing(definition: ReplicaDefinition): ReplicaDefinition {
	return {
		...definition,
		create: (context, persisted) => ({
			...methodsOf(definition.create(context, persisted)),
			receive() {
				throw new Error("no such thing");
			},
		}),
	};
}

function methodsOf(replica: ReturnType<ReplicaDefinition["create"]>) {
	return {
		invoke: replica.invoke.bind(replica),
		receive: replica.receive.bind(replica),
		tick: replica.tick.bind(replica),
		view: replica.view.bind(replica),
		delivered: () => replica.delivered?.(),
		pending: () => replica.pending?.() ?? 0,
	};
}
