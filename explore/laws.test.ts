import { describe, expect, it } from "vitest";
import type { PropertyVerdict } from "../checker/verdict.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import { opBased } from "../nodes/sdk/op-based.ts";
import type { Json, OperationSpec, ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { stateBased } from "../nodes/sdk/state-based.ts";
import type { StateBasedType } from "../nodes/sdk/state-based-type.ts";
import { type Exploration, verdictOf } from "./exploration.ts";
import { createHarvest, type Harvest } from "./harvest.ts";
import { examineLaws, judgeLaws } from "./laws.ts";
import { playAtRandom } from "./testing/play-at-random.ts";

const SEEDS = [1, 2, 3, 4];
/** Of the systems as written this one has a merge that is none, as its table of flaws says. */
const UNLAWFUL = "systems/federated-as-written";
/** Systems with replication of their own have no laws to be asked about. */
const LAWFUL = builtInNames().filter(
	(name) =>
		!name.startsWith("specimen/") &&
		name !== UNLAWFUL &&
		// Calls of bytecode take milliseconds, and these are thousands.
		!name.includes("-solidity") &&
		!(name.startsWith("systems/") && builtIn(name)?.laws === undefined),
);
const ADD: Record<string, OperationSpec> = {
	add: { kind: "update", weight: 1, generate: (draw) => draw.integer(1, 9) },
};

type Counts = Record<string, number>;
const gCounterType: StateBasedType<Counts> = {
	type: "g-counter",
	gossip: "state",
	operations: ADD,
	initial: () => ({}),
	mutate: (state, { value }, { actor }) => ({
		state: { ...state, [actor]: (state[actor] ?? 0) + (value as number) },
	}),
	merge: (a, b) => joined(a, b, Math.max),
	view: sum,
};

function joined(a: Counts, b: Counts, by: (x: number, y: number) => number): Counts {
	const both = { ...a };
	for (const [actor, amount] of Object.entries(b)) both[actor] = by(both[actor] ?? 0, amount);
	return both;
}

function sum(state: Counts): number {
	return Object.values(state).reduce((total, amount) => total + amount, 0);
}

function withoutLaws(definition: ReplicaDefinition): ReplicaDefinition {
	const copy = { ...definition };
	delete copy.laws;
	return copy;
}

function harvested(definition: ReplicaDefinition, seed: number): Harvest {
	const harvest = createHarvest(definition);
	if (harvest === null) throw new Error("the definition has no laws");
	playAtRandom(harvest.definition, { seed });
	return harvest;
}

function judge(definition: ReplicaDefinition, seeds = SEEDS): PropertyVerdict {
	return judgeLaws(seeds.map((seed) => examineLaws(harvested(definition, seed), { seed })));
}

describe.each(LAWFUL)("%s", (name) => {
	it(`keeps the laws (seeds ${SEEDS.join(", ")})`, async () => {
		const definition = builtIn(name) as ReplicaDefinition;
		await definition.load?.();
		const verdict = judge(definition);
		expect(verdict).toMatchObject({ name: "laws", verdict: "pass" });
		const { pairs } = verdict.evidence["examined"] as Counts;
		expect(pairs).toBeGreaterThan(3);
	});
});

describe("wrong types", () => {
	it(`${UNLAWFUL} adds counts and averages averages`, () => {
		const { verdict, evidence } = judge(builtIn(UNLAWFUL) as ReplicaDefinition);
		expect(verdict).toBe("fail");
		expect(evidence["broken"]).toEqual(expect.arrayContaining(["idempotent", "associative"]));
	});

	it("a counter whose merge adds is not idempotent", () => {
		const adds = stateBased({ ...gCounterType, merge: (a, b) => joined(a, b, (x, y) => x + y) });
		const { verdict, reason, evidence } = judge(adds);
		expect(verdict).toBe("fail");
		expect(reason).toMatch(
			/^merge is not idempotent: merge\(a, a\) shows \d+ and a shows \d+, with a = r\d's state after/,
		);
		expect(evidence).toMatchObject({ law: "idempotent", states: { a: { state: {} } } });
		expect(evidence["broken"]).toEqual(expect.arrayContaining(["idempotent", "inflationary"]));
	});

	it("a register that keeps the local value of a tie is not commutative", () => {
		const { verdict, reason, evidence } = judge(
			builtIn("specimen/lww-register-tie-keeps-local") as ReplicaDefinition,
		);
		expect(verdict).toBe("fail");
		expect(reason).toMatch(
			/^merge is not commutative: merge\(a, b\) shows "v\d+" and merge\(b, a\) shows "v\d+"/,
		);
		expect(evidence["broken"]).toEqual(["commutative", "inflationary"]);
		expect(Object.keys(evidence.views ?? {})).toEqual(["merge(a, b)", "merge(b, a)"]);
	});

	it("a sum of floats in the order in which they came is not commutative, but for the last digits", () => {
		const floats = stateBased({
			...gCounterType,
			operations: { add: { ...(ADD["add"] as OperationSpec), generate: (draw) => draw.integer(1, 99) / 10 } },
		});
		const { verdict, reason } = judge(floats);
		expect(verdict).toBe("fail");
		expect(reason).toMatch(/merge is not (commutative|associative).*\d\.\d{10,}/);
	});

	it("a merge that takes the mean is not associative", () => {
		const mean = stateBased<number>({
			type: "mean",
			gossip: "state",
			operations: ADD,
			initial: () => 0,
			mutate: (_, { value }) => ({ state: value as number }),
			merge: (a, b) => (a + b) / 2,
			view: (state) => state,
		});
		const { verdict, reason, evidence } = judge(mean);
		expect({ verdict, broken: evidence["broken"] }).toEqual({
			verdict: "fail",
			broken: ["associative", "inflationary", "inflationary"],
		});
		expect(reason).toMatch(/merge\(merge\(a, b\), c\) shows .* and merge\(a, merge\(b, c\)\) shows /);
	});

	it("an operation that takes back what others know is not inflationary", () => {
		const resets = stateBased<Counts>({
			...gCounterType,
			operations: { reset: { kind: "update", weight: 1, generate: () => null }, ...ADD },
			mutate: (state, operation, context) =>
				operation.f === "reset" ? { state: {} } : gCounterType.mutate(state, operation, context),
		});
		const { verdict, reason } = judge(resets);
		expect(verdict).toBe("fail");
		expect(reason).toMatch(
			/^reset at r\d is not inflationary: merge\(before, after\) shows \d+ and after shows 0/,
		);
	});

	it("a merge that throws is named", () => {
		const throws = stateBased({
			...gCounterType,
			merge(a, b) {
				if (sum(a) > 20 && sum(b) > 20) throw new Error("too much");
				return joined(a, b, Math.max);
			},
		});
		// The run itself would end at the throw: only its laws meet it.
		const harvest = harvested(stateBased(gCounterType), 1);
		const laws = throws.laws as typeof harvest.laws;
		const { reason } = judgeLaws([examineLaws({ ...harvest, laws } as Harvest, { seed: 1 })]);
		expect(reason).toMatch(/merge\(.*\) throws on two states that a run reached: too much/);
	});

	it("concurrent effects that overwrite one another do not commute", () => {
		const last = opBased<Json, Json>({
			type: "last",
			operations: { write: { kind: "update", weight: 1, generate: (draw) => draw.unique() } },
			initial: () => null,
			prepare: (_, { value }) => ({ effect: value }),
			apply: (_, value) => value,
			view: (state) => state,
		});
		const { verdict, reason, evidence } = judge(last);
		expect(verdict).toBe("fail");
		expect(reason).toMatch(
			/^the concurrent effects of r\d:\d+ \(write "v\d+"\) and r\d:\d+ \(write "v\d+"\) do not/,
		);
		expect(evidence.updates).toHaveLength(2);
		expect(evidence).toHaveProperty("effects");
	});
});

describe("equality", () => {
	it("sees a difference that shows only after another merge", () => {
		type Hidden = { shown: number; hidden: string[] };
		const hides = stateBased<Hidden>({
			type: "hides",
			gossip: "state",
			operations: ADD,
			initial: () => ({ shown: 0, hidden: [] }),
			mutate: ({ shown, hidden }, { value }) => ({ state: { shown: shown + (value as number), hidden } }),
			// What came last is kept, and shows once more than four merges have been made.
			merge: (a, b) => ({
				shown: Math.max(a.shown, b.shown),
				hidden: [...a.hidden, String(b.shown)],
			}),
			view: ({ shown, hidden }) => (hidden.length > 1 ? hidden : shown),
		});
		expect(judge(hides).verdict).toBe("fail");
	});

	it("takes the canonical form where the type gives one", () => {
		const byState = stateBased<Counts>({
			...gCounterType,
			view: () => 0,
			merge: (a, b) => joined(a, b, (x, y) => x + y),
			canonical: (state) => state,
		});
		expect(judge(byState).reason).toMatch(
			/they show the same, but at r\d merge\(a, a\) shows \d+ and a shows \d+/,
		);
		const { canonical: _, ...withoutForm } = { ...gCounterType, canonical: undefined };
		expect(judge(stateBased({ ...withoutForm, view: () => 0 })).verdict).toBe("pass");
	});

	it("does not accuse types that change states in place, nor keys in another order", () => {
		const inPlace = stateBased<Counts>({
			...gCounterType,
			view: (state) => ({ ...state }),
			merge: (a, b) => Object.assign(b, joined(a, b, Math.max)),
		});
		// Played with a merge that leaves messages alone, as hosts copy them.
		const harvest = harvested(stateBased({ ...gCounterType, view: (state) => ({ ...state }) }), 2);
		const finding = examineLaws({ ...harvest, laws: inPlace.laws } as Harvest, { seed: 2 });
		expect(finding.violation).toBeNull();
	});
});

describe("verdicts", () => {
	it("are unknown where nothing could be compared", () => {
		expect(judgeLaws([]).verdict).toBe("unknown");
		const harvest = createHarvest(stateBased(gCounterType)) as Harvest;
		playAtRandom(harvest.definition, { seed: 1, operations: 0 });
		expect(judgeLaws([examineLaws(harvest, { seed: 1 })])).toMatchObject({ verdict: "unknown" });
		expect(createHarvest(withoutLaws(stateBased(gCounterType)))).toBeNull();
	});

	it("are unknown where states are no plain data", () => {
		const harvest = harvested(
			stateBased<{ f: () => number }>({
				type: "functions",
				gossip: "state",
				operations: ADD,
				initial: () => ({ f: () => 0 }),
				mutate: () => ({ state: { f: () => 1 } }),
				merge: (a) => a,
				view: (state) => state.f(),
			}),
			1,
		);
		const { verdict, reason } = judgeLaws([examineLaws(harvest, { seed: 1 })]);
		expect({ verdict, reason }).toMatchObject({
			verdict: "unknown",
			reason: expect.stringMatching(/no plain data/),
		});
	});

	it("make an exploration fail, also where no schedule shows a divergence", () => {
		const laws = judge(builtIn("specimen/lww-register-tie-keeps-local") as ReplicaDefinition);
		const exploration = {
			found: null,
			judged: 1,
			laws,
			nondeterminism: null,
			unconfirmed: null,
		} as Exploration;
		expect(verdictOf(exploration, "pass")).toBe("failed");
		expect(verdictOf(exploration, { fail: "laws" })).toBe("met");
		const unjudged = { ...exploration, laws: judgeLaws([]) };
		expect(verdictOf(unjudged, "pass")).toBe("met");
	});

	it("are the same for the same seed", () => {
		const once = judge(builtIn("specimen/lww-register-tie-keeps-local") as ReplicaDefinition);
		expect(judge(builtIn("specimen/lww-register-tie-keeps-local") as ReplicaDefinition)).toEqual(once);
	});
});
