/** A scenario that is printed as a file and parsed again is the same scenario. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { defineScenario, formatProblem, parseScenario, type ScenarioInput, toScenarioFile } from "./index.ts";
import {
	type Fault,
	type FaultAction,
	type InvariantSource,
	type Json,
	type Link,
	type MessageFate,
	NEMESIS_KINDS,
	type PartitionShape,
	PROPERTY_NAMES,
	type ReplicaSource,
	type Scenario,
	type Workload,
} from "./scenario.ts";
import { METRICS } from "./schema.ts";
import { testTypes } from "./testing/types.ts";

const SEED = 20_240_711;
const FILE = "/anywhere/printed.scenario.yaml";
/** Modules must exist: this very file does. */
const MODULE = import.meta.filename;

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
const milliseconds = fc.oneof(
	fc.integer({ min: 1, max: 86_400_000 }),
	fc.integer({ min: 1, max: 9000 }).map((micro) => micro / 1000),
	fc.constantFrom(1000, 60_000, 3_600_000),
);
const moment = fc.oneof(fc.constant(0), milliseconds);
const share = fc.double({ min: 0.001, max: 1, noNaN: true });

function subset(names: string[]) {
	return fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 });
}

function shape(names: string[]): fc.Arbitrary<PartitionShape> {
	const [first = "", ...rest] = names;
	return fc.oneof(
		fc.constantFrom("halves" as const, "majority" as const, "ring" as const, "bridge" as const),
		fc.record({ isolate: fc.constantFrom(...names) }),
		fc.constant<PartitionShape>({ groups: [[first], rest] }),
		subset(rest).map((to) => ({ from: [first], to })),
	);
}

function link(names: string[]): fc.Arbitrary<Link> {
	return fc
		.shuffledSubarray(names, { minLength: 2, maxLength: 2 })
		.map(([from = "", to = ""]) => ({ from, to }));
}

function lastingAction(names: string[]): fc.Arbitrary<FaultAction> {
	const links = fc.option(fc.array(link(names), { minLength: 1, maxLength: 3 }));
	const replica = fc.constantFrom(...names);
	const kind = <const K extends string>(word: K) => fc.constant(word);
	return fc.oneof(
		fc.record({
			kind: kind("partition"),
			shape: shape(names),
			mode: fc.constantFrom("refuse" as const, "drop" as const, "hold" as const),
		}),
		fc.record({ kind: kind("pause"), replica }),
		fc.record({ kind: kind("disconnect"), replica }),
		fc.record({
			kind: kind("limit"),
			replica,
			cpus: fc.double({ min: 0.01, max: 64, noNaN: true }),
			memoryBytes: fc.option(fc.integer({ min: 8_000_000, max: 1e12 })),
		}),
		fc.record({ kind: kind("reorder"), spreadMs: milliseconds, links }),
		fc.record({ kind: kind("duplicate"), share, links }),
		fc.record({ kind: kind("drop"), share, links }),
		fc.record({ kind: kind("latency"), meanMs: moment, jitterMs: moment, links }),
		fc.record({ kind: kind("bandwidth"), bytesPerSecond: fc.integer({ min: 1, max: 1e9 }), links }),
		fc.record({
			kind: kind("clock"),
			replica,
			offsetMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
			drift: fc.double({ min: -0.5, max: 5, noNaN: true }).map((drift) => drift + 0),
		}),
	);
}

function fault(names: string[]): fc.Arbitrary<Fault> {
	const links = fc.option(fc.array(link(names), { minLength: 1, maxLength: 3 }));
	const crash = fc.record({
		kind: fc.constant("crash" as const),
		replica: fc.constantFrom(...names),
		disk: fc.constantFrom("keep" as const, "lose" as const, "torn" as const),
	});
	const stop = fc.record({
		kind: fc.constant("stop" as const),
		replica: fc.constantFrom(...names),
		graceMs: moment,
	});
	return fc.oneof(
		fc.record({ atMs: moment, forMs: fc.option(milliseconds), action: lastingAction(names) }),
		fc.record({ atMs: moment, forMs: fc.option(milliseconds), action: crash }),
		fc.record({ atMs: moment, forMs: fc.option(milliseconds), action: stop }),
		fc.record({
			atMs: moment,
			forMs: fc.constant(0),
			action: fc.record({ kind: fc.constant("reset" as const), links }),
		}),
		fc.record({
			everyMs: fc.integer({ min: 1, max: 1000 }),
			untilMs: fc.integer({ min: 1000, max: 9000 }),
			random: fc.uniqueArray(fc.constantFrom(...NEMESIS_KINDS), { minLength: 1 }),
		}),
	);
}

/** No two of one message, which may contradict each other. */
function messages(names: string[]): fc.Arbitrary<MessageFate[]> {
	return fc.uniqueArray(
		fc.record({ link: link(names), number: fc.integer({ min: 1, max: 9 }), atMs: fc.option(moment) }),
		{ maxLength: 4, selector: ({ link: { from, to }, number }) => `${from}->${to} ${number}` },
	);
}

function workload(names: string[]): fc.Arbitrary<Workload> {
	const mix = fc.option(fc.constantFrom<Record<string, number>[]>({ add: 3, remove: 1 }, { add: 0.5 }));
	const operation = fc.record({
		atMs: moment,
		replica: fc.constantFrom(...names),
		f: fc.constantFrom("add", "remove", "read"),
		value: json,
	});
	const none = fc.constant(null);
	const amount = fc.oneof(
		fc.record({ operations: fc.integer({ min: 1, max: 1e6 }), durationMs: none, script: none, mix }),
		fc.record({ operations: none, durationMs: milliseconds, script: none, mix }),
		fc.record({
			operations: none,
			durationMs: none,
			script: fc.array(operation, { minLength: 1, maxLength: 5 }),
			mix: none,
		}),
	);
	const pace = fc.record({
		ratePerSecond: fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(0.5, 2.25)),
		clients: fc.integer({ min: 1, max: 100 }),
		keys: fc.integer({ min: 1, max: 1000 }),
		timeoutMs: milliseconds,
	});
	return fc.tuple(amount, pace).map(([left, right]) => ({ ...left, ...right }));
}

const program: fc.Arbitrary<ReplicaSource> = fc.oneof(
	fc.constant<ReplicaSource>({ kind: "module", path: MODULE }),
	fc.record({
		kind: fc.constantFrom("command" as const, "maelstrom" as const),
		argv: fc.constant<string[]>(["a", "b c"]),
	}),
	fc.record({
		kind: fc.constant("image" as const),
		image: fc.constant("my/replica:1.2"),
		// Any file that is there.
		adapter: fc.constantFrom(null, MODULE),
	}),
);
const source = fc.oneof(
	fc.record({
		source: fc.constant<ReplicaSource>({ kind: "built-in", type: "or-set" }),
		type: fc.constant(null),
	}),
	fc.record({ source: program, type: fc.constant("or-set") }),
);

const names = fc.oneof(
	fc.integer({ min: 3, max: 7 }).map((count) => Array.from({ length: count }, (_, index) => `r${index + 1}`)),
	fc.uniqueArray(name, { minLength: 3, maxLength: 6 }),
);

const invariant: fc.Arbitrary<InvariantSource> = fc
	.tuple(
		fc.constantFrom({ module: MODULE }, { expression: "view >= 0" }, { expression: "view.ts" }),
		fc.constantFrom("always" as const, "settled" as const),
	)
	.map(([source, when]) => ({ ...source, when }));

const scenario: fc.Arbitrary<Scenario> = names.chain((names) =>
	fc
		.record({
			name,
			description: fc.string(),
			folder: fc.constantFrom("/tmp/some where", "/"),
			file: fc.constant(FILE),
			started: source,
			options: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), json, { maxKeys: 3 }),
			delivers: fc.option(
				fc.record(
					{
						order: fc.constantFrom("any" as const, "fifo" as const, "causal" as const),
						duplicates: fc.boolean(),
						durable: fc.boolean(),
						causal: fc.boolean(),
					},
					{ requiredKeys: ["order", "duplicates", "durable"], noNullPrototype: true },
				),
			),
			lanes: fc.integer({ min: 1, max: 16 }),
			seed: fc.integer({ min: 0, max: 4_294_967_295 }),
			workload: workload(names),
			faults: fc.array(fault(names), { maxLength: 6 }),
			messages: messages(names),
			settle: fc.record({ withinMs: milliseconds }),
			checks: fc.option(fc.uniqueArray(fc.constantFrom(...PROPERTY_NAMES), { minLength: 1 })),
			requires: fc.array(fc.constantFrom("python3", "node"), { maxLength: 2 }),
			thresholds: fc.dictionary(
				fc.constantFrom(...METRICS),
				fc.constantFrom({ min: 0.5 }, { min: 0, max: 1 }),
			),
			invariants: fc.dictionary(name, invariant, { maxKeys: 2, noNullPrototype: true }),
		})
		.map(({ started, options, delivers, lanes, ...rest }) => ({
			...rest,
			replicas: { names, ...started, options, delivers, lanes },
			expect: rest.checks?.[0] === undefined ? ("pass" as const) : { fail: rest.checks[0] },
		})),
);

describe("defineScenario", () => {
	it("takes what files hold, typed, and gives it back as it is", () => {
		const input: ScenarioInput = {
			name: "typed",
			replicas: { count: 3, type: "or-set" },
			faults: [
				{ at: "1s", crash: "r1", disk: "lose" },
				{ at: 0, for: "1s", partition: [["r1"], ["r2", "r3"]] },
				// @ts-expect-error no such kind of fault
				{ at: "1s", crsh: "r1" },
			],
		};
		expect(defineScenario(input)).toBe(input);
	});
});

describe("toScenarioFile", () => {
	it.each([
		["JSON", (file: unknown) => JSON.stringify(file, null, "\t")],
		["YAML", (file: unknown) => stringify(file)],
	])(`prints what parses to the same scenario, as %s (seed ${SEED})`, (_, print) => {
		fc.assert(
			fc.property(scenario, (before) => {
				const text = print(toScenarioFile(before));
				const after = parseScenario(text, { file: FILE, types: testTypes });
				if (!after.ok) throw new Error(after.problems.map(formatProblem).join("\n"));
				expect(after.scenario).toEqual(JSON.parse(JSON.stringify(before)));
			}),
			{ seed: SEED, numRuns: 100 },
		);
	});
});
