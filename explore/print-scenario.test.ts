import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProblem, parseScenario, toScenarioFile } from "../scenarios/index.ts";
import type { Json, Scenario } from "../scenarios/scenario.ts";
import { printScenario } from "./print-scenario.ts";

const SEED = 4_102;
const FILE = "/anywhere/counterexample.scenario.yaml";
const TYPES = new Map([["or-set", { operations: ["add", "remove", "read"] }]]);

function parse(text: string): Scenario {
	const parsed = parseScenario(text, { file: FILE, types: TYPES });
	if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join("\n"));
	return parsed.scenario;
}

function withValues(values: Json[]): Scenario {
	const base = parse(`
name: hostile
replicas: { count: 2, type: or-set }
seed: 7
faults: [{ at: 0ms, for: 100ms, partition: { from: [r1], to: [r2] }, mode: hold }]
expect: { fail: strong-convergence }
`);
	const script = values.map((value, index) => ({ atMs: index * 100, replica: "r1", f: "add", value }));
	return { ...base, workload: { ...base.workload, operations: null, script } };
}

function roundTrip(scenario: Scenario, comment: string[]): Scenario {
	return parse(printScenario(toScenarioFile(scenario), comment));
}

/** What YAML, JSON, editors or JavaScript read as something else. */
const HOSTILE: Json[] = JSON.parse(String.raw`[
	"", "no", "null", "~", "<<", "*a", "&a", "!!int 5", "# not a comment", "a: b", "- a", "{", "]", "'", "\"",
	"0x1f", "1e3", "5", "-5m", ".nan", "2001-01-01", "=", "---", "...", "%TAG", "\t", "\n", "\r\n a", "\\u0041",
	"🧨", "👩‍👩‍👧", "\ud83e", "\udde8\ud83e", "\u0000", "\u0085", "\u2028", "\ufeff", "\uffff", "é", "ﷺ",
	{ "__proto__": { "polluted": true }, "constructor": "x", "<<": { "a": 1 }, "": 0 },
	[[], {}, [{}], null, true, 0.1, -1e-7, 9007199254740991]
]`);

describe("printScenario", () => {
	it.each(HOSTILE.map((value) => [value] as const))("keeps %j", (value) => {
		const script = roundTrip(withValues([value]), []).workload.script;
		expect(JSON.stringify(script?.[0]?.value)).toBe(JSON.stringify(value));
		expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
	});

	it(`keeps any JSON, whatever the comment says (seed ${SEED})`, () => {
		const anything = fc.json({ stringUnit: "binary" }).map((text) => JSON.parse(text) as Json);
		fc.assert(
			fc.property(
				fc.array(anything, { minLength: 1, maxLength: 4 }),
				fc.string({ unit: "binary" }),
				(values, comment) => {
					const before = withValues(values);
					const after = roundTrip(before, [comment]);
					expect(JSON.stringify(after)).toBe(JSON.stringify(before));
				},
			),
			{ seed: SEED, numRuns: 100 },
		);
	});

	it("prints one line for each operation and fault", () => {
		const text = printScenario(toScenarioFile(withValues(["k0", "k1"])), ["What happens.", "", "Twice."]);
		expect(text).toMatchInlineSnapshot(`
			"# What happens.
			#
			# Twice.
			name: hostile
			folder: "/anywhere"
			replicas: { count: 2, type: or-set }
			seed: 7
			workload:
			  script:
			    - { at: 0ms, replica: r1, add: k0 }
			    - { at: 100ms, replica: r1, add: k1 }
			  rate: 100/s
			  clients: 2
			  keys: 8
			  timeout: 2s
			faults:
			  - { at: 0ms, for: 100ms, partition: { from: [r1], to: [r2] }, mode: hold }
			settle: { within: 10s }
			expect: { fail: strong-convergence }
			"
		`);
	});
});
