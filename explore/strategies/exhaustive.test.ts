/** The exhaustive search against plain enumeration, on right and wrong replicas. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtIn, builtInNames } from "../../nodes/registry.ts";
import { createBroadcastReplica, HONEST_BROADCAST } from "../../nodes/sdk/causal-broadcast.ts";
import { opBased } from "../../nodes/sdk/op-based.ts";
import type { OpBasedType } from "../../nodes/sdk/op-based-type.ts";
import type { Json, Manifest, Replica, ReplicaDefinition } from "../../nodes/sdk/replica.ts";
import { parseScenario } from "../../scenarios/index.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { problemOf } from "../exhaustive/from-scenario.ts";
import { createSearch } from "../exhaustive/search.ts";
import { eachInterleaving, runPlainly } from "../exhaustive/testing/enumerate-plainly.ts";
import { delegated } from "../harvest.ts";
import { play } from "../play.ts";
import { type ExhaustiveProblem, type ScopedOperation, searchExhaustively } from "./exhaustive.ts";

const nowMs = () => performance.now();
const RIGHT_TYPES = builtInNames().filter((name) => !name.includes("/"));
const SEED = 20_260_401;

describe("the scope", () => {
	it.each([
		[2, 2, 630],
		[2, 3, 207_900],
		[3, 1, 13_440],
	])(
		"of %i replicas × %i operations has %i interleavings, however they are counted",
		(replicas, operations, expected) => {
			const problem = {
				definition: named("pn-counter"),
				type: "pn-counter",
				operations: adds(replicas, operations),
			};
			let plainly = 0;
			eachInterleaving(problem.operations, () => plainly++);
			expect(plainly).toBe(expected);
			expect(searchExhaustively(problem, nowMs)).toMatchObject({
				complete: true,
				schedules: BigInt(expected),
				found: null,
			});
			const everyOrder = searchExhaustively({ ...problem, reduce: false }, nowMs);
			expect(everyOrder).toMatchObject({ complete: true, schedules: BigInt(expected), found: null });
		},
	);

	it("is counted where links keep their order, too", () => {
		const problem = { definition: claiming({ order: "fifo" }), type: "pn-counter", operations: adds(2, 3) };
		let plainly = 0;
		eachInterleaving(problem.operations, () => plainly++, true);
		expect(searchExhaustively(problem, nowMs).schedules).toBe(BigInt(plainly));
		expect(searchExhaustively({ ...problem, reduce: false }, nowMs).schedules).toBe(BigInt(plainly));
	});

	it("in causal order among three is gone through, though its interleavings aren't counted", () => {
		const problem = { definition: claiming({ order: "causal" }), type: "pn-counter", operations: adds(3, 1) };
		expect(searchExhaustively(problem, nowMs)).toMatchObject({ complete: true, schedules: null });
		// After hearing of an update, the third must have its message before what was sent then.
		const everyOrder = searchExhaustively({ ...problem, reduce: false }, nowMs);
		expect(everyOrder.schedules).toBeGreaterThan(0n);
		expect(everyOrder.schedules).toBeLessThan(13_440n);
	});

	it("leaves out duplicates that the manifest doesn't allow", () => {
		const once = claiming({ duplicates: false });
		const problem = { definition: once, type: "pn-counter", operations: adds(2, 2), duplicates: 1 };
		expect(searchExhaustively(problem, nowMs)).toMatchObject({ complete: true, schedules: 630n });
	});

	it("is not called complete beyond the bound", () => {
		const problem = {
			definition: named("or-set"),
			type: "or-set",
			operations: adds(2, 3),
			maximumConfigurations: 20,
		};
		const { complete, schedules, scope, found } = searchExhaustively(problem, nowMs);
		expect({ complete, schedules, found }).toEqual({ complete: false, schedules: 0n, found: null });
		expect(scope).toMatch(
			/^not complete: interleavings of 2 replicas × 3 operations as far as the first [1-5] operations? /,
		);
	});

	it("says what it leaves out", () => {
		const { scope } = searchExhaustively(problemFor("lww-register", 2, 2), nowMs);
		expect(scope).toBe(
			"all 630 interleavings of 2 replicas × 2 operations (each labelled message delivered once in any order; no loss, crashes or ticks; all clocks stand still at the same instant; agreement is judged, and each view by the specification of lww-register but for which of concurrent writes counts)",
		);
	});
});

describe("right replicas", () => {
	it.each(RIGHT_TYPES)("complete 2 × 3 and 3 × 1 of %s without a failure", (name) => {
		for (const [replicas, operations] of [
			[2, 3],
			[3, 1],
		] as const) {
			const searched = searchExhaustively(problemFor(name, replicas, operations), nowMs);
			expect(searched).toMatchObject({ complete: true, found: null });
			// Every message arrives, so by the end all have delivered the same, and convergence was judged.
			expect(searched.scope).not.toContain("delivered sets differ");
		}
	});

	it.each(["or-set", "pn-counter", "mv-register", "two-phase-set"])(
		"stand every message twice: %s",
		(name) => {
			const problem = { ...problemFor(name, 2, 2), duplicates: 1 };
			expect(searchExhaustively(problem, nowMs)).toMatchObject({ complete: true, found: null });
		},
	);

	it.each(["or-set", "lww-map"])("are judged the same without forks and fingerprints: %s", (name) => {
		const problem = problemFor(name, 2, 3);
		const bare = searchExhaustively(
			{ ...problem, definition: without(problem.definition, ["fork", "fingerprint"]) },
			nowMs,
		);
		expect(bare).toMatchObject({ complete: true, found: null, schedules: 207_900n });
		expect(bare.scope).toContain("by the messages received and by view only");
		const replayed = searchExhaustively(
			{ ...problem, definition: without(problem.definition, ["fork"]) },
			nowMs,
		);
		const forked = searchExhaustively(problem, nowMs);
		expect({ ...replayed, seconds: 0 }).toEqual({ ...forked, seconds: 0 });
	});

	it("that don't say what they have delivered are judged at the end", () => {
		const silent = (name: string) => without(named(name), ["delivered"]);
		const operations = [[add("a"), remove("a")], [add("b")]];
		const right = searchExhaustively({ definition: silent("or-set"), type: "or-set", operations }, nowMs);
		expect(right).toMatchObject({ complete: true, found: null });
		const definition = silent("specimen/or-set-no-tombstone");
		const wrong = searchExhaustively({ definition, type: "or-set", operations }, nowMs);
		expect(wrong.found).toMatchObject({ property: "convergence", replayed: true });
	});

	it("that answer messages with messages are gone through in every order", () => {
		const { complete, schedules, found } = searchExhaustively(
			{ definition: ECHO, type: "echo", operations: adds(2, 1) },
			nowMs,
		);
		// Two chains of three steps each, invoke, receive, receive: 6! / (3! 3!).
		expect({ complete, schedules, found }).toEqual({ complete: true, schedules: 20n, found: null });
	});
});

describe("wrong replicas are found, and a play of the schedule shows it:", () => {
	it.each<[string, ScopedOperation[][], Partial<ExhaustiveProblem>]>([
		["or-set-no-tombstone", [[add("a"), remove("a")], [add("b")]], {}],
		["lww-register-tie-keeps-local", [[write("x")], [write("y")]], {}],
		["pn-counter-no-dedupe", [[add(1)], [add(2)]], { duplicates: 1 }],
	])("specimen/%s", (name, operations, bounds) => {
		const definition = named(`specimen/${name}`);
		const problem = { definition, type: definition.type, operations, ...bounds };
		for (const reduce of [true, false]) {
			const { complete, schedules, found } = searchExhaustively({ ...problem, reduce }, nowMs);
			expect({ complete, schedules }).toEqual({ complete: false, schedules: 0n });
			expect(found).toMatchObject({ property: "strong-convergence", replayed: true, other: null });
			const outcome = play(definition, definition.type, found?.schedule ?? { replicas: 2, steps: [] });
			expect(outcome).toMatchObject({ kind: "violated", violation: { property: "strong-convergence" } });
		}
	});

	it("one that hides what went wrong until later, as long as it has a fingerprint", () => {
		const operations = [[add(1), add(2), add(REVEAL)], []];
		const problem = { definition: HIDES_LAST, type: "hides", operations };
		expect(searchExhaustively(problem, nowMs).found).toMatchObject({
			property: "strong-convergence",
			replayed: true,
		});
		const bare = { ...problem, definition: without(HIDES_LAST, ["fork", "fingerprint"]) };
		// Two conditions that look alike are taken for one: the claim is that much smaller.
		expect(searchExhaustively(bare, nowMs).scope).toContain(
			"states told apart by the messages received and by view only",
		);
	});

	it("one that shows what its fingerprint leaves out", () => {
		const forgetful = withoutCausalOrder({ ...LAST_WINS, canonical: () => null });
		const problem = { definition: forgetful, type: "forgetful", operations: [[add(1), add(2)], []] };
		expect(searchExhaustively(problem, nowMs).found).toMatchObject({
			property: "strong-convergence",
			replayed: true,
		});
	});

	it("one that throws", () => {
		const fragile = opBased<number, number>({
			...LAST_WINS,
			apply(state, effect) {
				if (state === 1 && effect === 2) throw new Error("two after one");
				return effect;
			},
		});
		const { found } = searchExhaustively(
			{ definition: fragile, type: "fragile", operations: [[add(1)], [add(2)]] },
			nowMs,
		);
		expect(found).toMatchObject({
			property: "termination",
			reason: expect.stringContaining("two after one") as string,
		});
	});

	it("two runs that disagree, though in neither of them anybody else has delivered the same", () => {
		const operations = [[], [add(1)], [add(2)]];
		const { found } = searchExhaustively({ definition: FIRST_STAYS, type: "first", operations }, nowMs);
		expect(found).toMatchObject({ property: "strong-convergence" });
	});
});

describe("the search agrees with plain enumeration", () => {
	it(`on random small types, about the verdict and the final views (seed ${SEED})`, () => {
		const tally = { right: 0, wrong: 0, apart: 0 };
		fc.assert(
			fc.property(smallType(), smallOperations(), (definition, operations) => {
				const problem: ExhaustiveProblem = { definition, type: "small", operations };
				const plain = { splits: false, views: new Set<string>() };
				eachInterleaving(operations, (steps) => {
					const { views, splits } = runPlainly(problem, steps);
					plain.views.add(views);
					plain.splits ||= splits;
				});
				const searched = new Set<string>();
				const search = createSearch(problem, true, (ends) => {
					const views = ends.map((locals) => locals.map(({ behaviour }) => String(behaviour.view)));
					for (const one of views[0] ?? [])
						for (const other of views[1] ?? []) searched.add(`${one} | ${other}`);
				});
				const { finding } = search.run(() => true);
				if (finding === null) {
					tally.right++;
					expect({ splits: false, views: searched }).toEqual(plain);
				} else if (finding.kind === "apart") {
					tally.apart++;
					expect(plain.splits).toBe(false);
				} else {
					tally.wrong++;
					expect(plain.splits).toBe(true);
				}
			}),
			{ seed: SEED, numRuns: 40 },
		);
		expect(tally.right).toBeGreaterThan(5);
		expect(tally.wrong).toBeGreaterThan(5);
	});

	it("on an or-set, about the final views", () => {
		const problem = problemFor("or-set", 2, 2);
		const plainly = new Set<string>();
		eachInterleaving(problem.operations, (steps) => plainly.add(runPlainly(problem, steps).views));
		const searched = new Set<string>();
		const show = (view: unknown) =>
			`{${(view as string[])
				.map((element) => JSON.stringify(element))
				.sort()
				.join()}}`;
		const search = createSearch(problem, true, (ends) => {
			searched.add(ends.map(([local]) => show(local?.behaviour.view)).join(" | "));
		});
		search.run(() => true);
		expect(searched).toEqual(plainly);
	});
});

describe("the scope of a scenario", () => {
	const scenario = (workload: object) => scenarioOf("or-set", 2, { seed: 7, workload });

	it("has the operations of its mix, about few keys, the same each time", () => {
		const from = () =>
			problemOf(scenario({ operations: 100, mix: { add: 1 } }), named("or-set"), { operations: 3 });
		expect(from().operations).toEqual(from().operations);
		expect(from().operations.map(({ length }) => length)).toEqual([3, 3]);
		expect(
			from()
				.operations.flat()
				.every(({ f, value }) => f === "add" && (value === "k0" || value === "k1")),
		).toBe(true);
		const other = problemOf(scenario({ operations: 100 }), named("or-set"), { operations: 3, index: 1 });
		expect(other.operations).not.toEqual(from().operations);
	});

	it("has the operations of its script, each replica's in order", () => {
		const script = [
			{ at: "20ms", replica: "r1", remove: "a" },
			{ at: "10ms", replica: "r1", add: "a" },
			{ at: "5ms", replica: "r2", add: "b" },
		];
		const { operations } = problemOf(scenario({ script }), named("or-set"), { operations: 2 });
		expect(operations).toEqual([[add("a"), remove("a")], [add("b")]]);
	});
});

function named(name: string): ReplicaDefinition {
	const definition = builtIn(name);
	if (definition === undefined) throw new Error(`${name} is not built in`);
	return definition;
}

function claiming(manifest: Partial<Manifest>): ReplicaDefinition {
	const definition = named("pn-counter");
	return { ...definition, delivers: { ...definition.delivers, ...manifest } };
}

function problemFor(name: string, replicas: number, operations: number, index = 0): ExhaustiveProblem {
	const definition = named(name);
	return problemOf(scenarioOf(name, replicas, { seed: SEED }), definition, { operations, index });
}

function scenarioOf(type: string, count: number, rest: object): Scenario {
	const input = { name: "small", replicas: { type, count }, ...rest };
	const types = new Map([[type, { operations: Object.keys(named(type).operations) }]]);
	const parsed = parseScenario(JSON.stringify(input), { file: "small.json", types });
	if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
	return parsed.scenario;
}

function adds(replicas: number, operations: number): ScopedOperation[][] {
	return Array.from({ length: replicas }, (_, r) =>
		Array.from({ length: operations }, (_, o) => add(r * 10 + o)),
	);
}

function add(value: Json): ScopedOperation {
	return { f: "add", value };
}

function remove(value: Json): ScopedOperation {
	return { f: "remove", value };
}

function write(value: Json): ScopedOperation {
	return { f: "write", value };
}

function without(
	definition: ReplicaDefinition,
	methods: ("fork" | "fingerprint" | "delivered")[],
): ReplicaDefinition {
	const strip = (replica: Replica): Replica => {
		const bare: Replica = { ...delegated(replica) };
		if (replica.fork !== undefined) bare.fork = () => strip(replica.fork?.() ?? replica);
		if (replica.fingerprint !== undefined) bare.fingerprint = () => replica.fingerprint?.();
		for (const method of methods) delete bare[method];
		return bare;
	};
	return { ...definition, create: (context, persisted) => strip(definition.create(context, persisted)) };
}

/** A register whose last arrival wins: wrong. */
const LAST_WINS: OpBasedType<number, number> = {
	type: "last-wins",
	operations: { add: { kind: "update", weight: 1, generate: () => 1 } },
	initial: () => 0,
	prepare: (_state, operation) => ({ effect: operation.value as number }),
	apply: (_state, effect) => effect,
	view: (state) => state,
	canonical: (state) => state,
};

/** Shows what came first; only a replica without operations of its own can have it either way. */
const FIRST_STAYS = opBased<number, number>({
	...LAST_WINS,
	apply: (state, effect, { origin }) => (origin === "r1" || state !== 0 ? state : effect),
});

const REVEAL = 9;

/** Remembers what came last and shows it only when it is told to. */
const HIDES_LAST = withoutCausalOrder({
	...LAST_WINS,
	apply: (state, effect) => (effect === REVEAL ? state + 10 : effect),
	view: (state) => (state > 10 ? state : 0),
});

function withoutCausalOrder(type: OpBasedType<number, number>): ReplicaDefinition {
	const behaviour = { ...HONEST_BROADCAST, causalBuffer: false };
	return { ...opBased(type), create: (...args) => createBroadcastReplica(type, behaviour, ...args) };
}

/** Tells the sender of each update that it came. */
const ECHO: ReplicaDefinition = {
	type: "echo",
	delivers: { order: "any", duplicates: true, durable: false },
	operations: {},
	tickMs: 50,
	create({ id, replicas }) {
		let own = 0;
		const seen: string[] = [];
		return {
			invoke(_operation, effects) {
				own += 1;
				for (const to of replicas) if (to !== id) effects.send(to, "update", `update ${id}:${own}`);
				return { ok: true, update: own };
			},
			receive(from, message, effects) {
				seen.push(`${from} ${String(message)}`);
				if (message === "update") effects.send(from, "thanks", "thanks");
			},
			tick() {},
			view: () => own + seen.filter((text) => text.endsWith("update")).length,
		};
	},
};

/** State 0 to 5, effects 0 to 2, and a table of what they make of it; of the state all is shown, or half. */
function smallType(): fc.Arbitrary<ReplicaDefinition> {
	const table = fc.oneof(
		fc.array(fc.nat(5), { minLength: 18, maxLength: 18 }),
		fc
			.constantFrom(
				(state: number, effect: number) => (state + effect) % 6,
				(state: number, effect: number) => Math.max(state, effect),
				(state: number, effect: number) => (state * (effect + 1)) % 6,
			)
			.map((apply) => Array.from({ length: 18 }, (_, at) => apply(Math.floor(at / 3), at % 3))),
	);
	return fc
		.record({ table, half: fc.boolean(), causalBuffer: fc.boolean(), forks: fc.boolean() })
		.map(({ table, half, causalBuffer, forks }) => {
			const type: OpBasedType<number, number> = {
				...LAST_WINS,
				...(forks && { clone: (state: number) => state }),
				apply: (state, effect) => table[state * 3 + effect] as number,
				view: (state) => (half ? state >> 1 : state),
			};
			const behaviour = { ...HONEST_BROADCAST, causalBuffer };
			return { ...opBased(type), create: (...args) => createBroadcastReplica(type, behaviour, ...args) };
		});
}

function smallOperations(): fc.Arbitrary<ScopedOperation[][]> {
	const own = fc.array(fc.nat(2).map(add), { minLength: 2, maxLength: 2 });
	return fc.array(own, { minLength: 2, maxLength: 2 });
}
