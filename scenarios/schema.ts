/**
 * The schema of the scenario file: what may stand where, and what each field means. Types, the JSON Schema that
 * editors use, and the table in docs/scenario-file.md all come from here; descriptions show up as hovers.
 * What needs more than one field to be judged (is there a replica 'r9'?) is in `cross-check.ts`.
 */
import { z } from "zod";
import { PROPERTY_NAMES } from "./scenario.ts";
import { faultEntry, messageEntry } from "./schema-faults.ts";
import {
	anyListOf,
	argv,
	choice,
	duration,
	fields,
	flag,
	integer,
	listOf,
	mapOf,
	name,
	number,
	positiveDuration,
	rate,
	replica,
	text,
} from "./schema-parts.ts";
import { show } from "./suggest.ts";

/** What holds where a file says nothing. Durations in milliseconds. */
export const DEFAULTS = {
	replicas: 3,
	lanes: 3,
	seed: 1,
	operations: 100,
	ratePerSecond: 100,
	keys: 8,
	timeoutMs: 2000,
	settleWithinMs: 10_000,
	stopGraceMs: 2000,
} as const;

/** Metrics of a result's statistics that thresholds can bound. */
export const METRICS = ["convergedAfterMs", "availability", "operations", "ok", "fail", "info"] as const;

const MAX_REPLICAS = 1000;
const MAX_CLIENTS = 10_000;
const MAX_LANES = 16;
const MAX_KEYS = 1_000_000;
const MAX_OPERATIONS = 10_000_000;
const MAX_SEED = 4_294_967_295;

const replicas = fields({
	count: integer(1, MAX_REPLICAS)
		.optional()
		.describe("How many: r1, r2, … Write this or `names`.")
		.meta({ default: DEFAULTS.replicas }),
	names: listOf(name("a name"), "a list of names, such as [paris, tokyo]")
		.max(MAX_REPLICAS)
		.optional()
		.describe("Names instead of r1, r2, …"),
	type: text("the name of a type, such as or-set")
		.optional()
		.describe(
			"A built-in replica. Beside `module`, `command`, `image` or `maelstrom`: the type that the program claims, whose operations it takes and by whose specification it is judged.",
		),
	module: text("a path, such as ./my-replica.ts")
		.optional()
		.describe("A TypeScript or JavaScript file whose default export was made with the SDK."),
	command: argv()
		.optional()
		.describe(
			"A program that speaks the replica protocol, run in the folder of this file (runtime `docker`: in containers).",
		),
	image: text("an image, such as my/replica:1.2")
		.optional()
		.describe(
			"A container image that speaks the replica protocol, or with `adapter` any server's (runtime `docker`).",
		),
	adapter: text("a path, such as ./redis-adapter.ts")
		.optional()
		.describe(
			"Beside `image`: a TypeScript or JavaScript file, made with `defineAdapter`, that says how to start the server and speaks its own protocol.",
		),
	maelstrom: argv().optional().describe("A program that speaks Maelstrom's protocol on stdin and stdout."),
	options: mapOf(z.unknown(), "a map of options")
		.optional()
		.describe("Handed to the replica.")
		.meta({ default: {} }),
	delivers: fields({
		order: choice(["any", "fifo", "causal"])
			.optional()
			.describe("In what order it must get messages: `any`, `fifo` per link, `causal` across links.")
			.meta({ default: "any" }),
		duplicates: flag()
			.optional()
			.describe("It may be handed the same message twice.")
			.meta({ default: true }),
		durable: flag()
			.optional()
			.describe("What it acknowledged survives a crash that keeps the disk.")
			.meta({ default: true }),
		causal: flag()
			.optional()
			.describe(
				"It shows an update only together with all that its origin had delivered (a promise, which is judged).",
			)
			.meta({ default: false }),
	})
		.optional()
		.describe("What it claims to withstand (its manifest); without it, what its definition claims."),
	lanes: integer(1, MAX_LANES)
		.optional()
		.describe("Connections per link; messages on different lanes can overtake one another.")
		.meta({ default: DEFAULTS.lanes }),
});

const scriptEntry = z
	.object(
		{
			at: duration().describe("When, counted from the start of the workload."),
			replica: replica().describe("At which replica."),
		},
		{
			error: (issue) =>
				`expected an operation such as { at: 0ms, replica: r1, add: milk }, found ${show(issue.input)}`,
		},
	)
	.catchall(z.unknown())
	.describe("One operation: `{ at: 0ms, replica: r1, add: milk }`; the third key is the operation.");

const invariant = z.union(
	[
		text("an expression or the path of a module"),
		fields({
			expression: text("an expression in CEL, such as view.all(k, view[k] >= 0)")
				.optional()
				.describe("In CEL, over `view` and `replica`; comes to true or false. Write this or `module`."),
			module: text("the path of a module")
				.optional()
				.describe('Its default export, `(view, replica) => true | false | "why not"`, judges a view.'),
			when: choice(["always", "settled"])
				.optional()
				.describe(
					"`always`: of each view that was seen; `settled`: of the final views of a run that came to rest.",
				)
				.meta({ default: "always" }),
		}),
	],
	{
		error: (issue) =>
			`expected an expression such as view >= 0, a module such as ./invariants.ts, or { expression: …, when: settled }, found ${show(issue.input)}`,
	},
);

const workload = fields({
	operations: integer(1, MAX_OPERATIONS)
		.optional()
		.describe("How many operations. Write this or `duration`.")
		.meta({ default: DEFAULTS.operations }),
	duration: positiveDuration().optional().describe("How long operations are invoked."),
	rate: rate()
		.optional()
		.describe("Operations per second, over all clients.")
		.meta({ default: `${DEFAULTS.ratePerSecond}/s` }),
	clients: integer(1, MAX_CLIENTS)
		.optional()
		.describe("Clients, each bound to one replica, round robin; without it, one for each replica."),
	mix: mapOf(
		number("a weight, such as 3").min(0, {
			error: (issue) => `expected a weight of at least 0, found ${show(issue.input)}`,
		}),
		"weights by operation, such as { add: 3, remove: 1 }",
	)
		.optional()
		.describe("Weights by operation; without it, all of the type's operations by its own weights."),
	keys: integer(1, MAX_KEYS)
		.optional()
		.describe("How many different keys operations use; few keys mean many conflicts.")
		.meta({ default: DEFAULTS.keys }),
	script: anyListOf(scriptEntry, "a list of operations, such as [{ at: 0ms, replica: r1, add: milk }]")
		.optional()
		.describe("Exact operations instead of generated ones."),
	timeout: positiveDuration()
		.optional()
		.describe("After that an operation's outcome is unknown.")
		.meta({ default: "2s" }),
});

const bound = fields(
	{
		min: number("a number").optional().describe("At least this."),
		max: number("a number").optional().describe("At most this."),
	},
	"bounds, such as { min: 0.99 }",
);

export const scenarioFile = fields(
	{
		$schema: z.string().optional().describe("The JSON Schema, for editors."),
		name: name("a name").describe("Names the folder of the run: letters, digits, '_' and '-'."),
		description: text().optional().describe("What it shows, in a sentence."),
		folder: text("a path")
			.optional()
			.describe(
				"Relative paths are relative to this, and programs run in it; without it, the folder of this file. Pakka writes it into `scenario.json`.",
			),
		requires: listOf(text("the name of a program"), "a list of programs, such as [python3]")
			.optional()
			.describe(
				"Programs that must be on PATH; where one is missing, the scenario is skipped, and the run says so. With `--runtime docker` they come into the containers of a `command`.",
			)
			.meta({ default: [] }),
		replicas: replicas.describe("What is tested, and how many of it."),
		seed: integer(0, MAX_SEED)
			.optional()
			.describe("Fixes every random choice of the run.")
			.meta({ default: DEFAULTS.seed }),
		workload: workload.optional().describe("What clients ask of the replicas."),
		faults: z
			.array(faultEntry, { error: (issue) => `expected a list of faults, found ${show(issue.input)}` })
			.optional()
			.describe("What goes wrong, and when.")
			.meta({ default: [] }),
		messages: listOf(messageEntry, "a list of messages, such as [{ link: r1->r3, number: 2, at: 7ms }]")
			.optional()
			.describe(
				"When single messages arrive, exactly (runtime `sim` only); others travel as the faults have it. Several entries for one message are duplicates.",
			),
		settle: fields({
			within: positiveDuration()
				.optional()
				.describe("How long the replicas may take to agree after everything was healed.")
				.meta({ default: "10s" }),
		})
			.optional()
			.describe("The wait after healing."),
		checks: listOf(choice(PROPERTY_NAMES), "a list of properties, such as [convergence]")
			.optional()
			.describe("The properties to check; without it, all that apply."),
		thresholds: mapOf(bound, "bounds by metric, such as { availability: { min: 0.99 } }")
			.optional()
			.describe(`Bounds on figures of the run: ${METRICS.join(", ")}.`),
		invariants: mapOf(
			invariant,
			"invariants by name, such as { nonNegative: view >= 0 } or { nonNegative: ./invariants.ts }",
		)
			.optional()
			.describe(
				"What must hold of each view, by name: an expression in CEL over `view` and `replica`, or a module (`.ts`, `.js`, `.mjs`) whose default export judges it.",
			),
		expect: z
			.union(
				[
					z.literal("pass"),
					fields({ fail: text("the name of a property").describe("The property that must fail.") }),
				],
				{ error: (issue) => `expected pass, or { fail: <property> }, found ${show(issue.input)}` },
			)
			.optional()
			.describe(
				"`pass`; or, for a specimen, `{ fail: strong-convergence }`: met only if that very property fails.",
			)
			.meta({ default: "pass" }),
	},
	"a scenario (a map with name, replicas, …)",
).meta({
	title: "Pakka scenario",
	description: "A scenario: replicas, a workload, faults, and what must hold.",
});

/** What a scenario file holds, and what `defineScenario` takes. */
export type ScenarioInput = z.input<typeof scenarioFile>;

/** The JSON Schema (draft 2020-12) of the scenario file, as editors use it. */
export function jsonSchema(): Record<string, unknown> {
	return z.toJSONSchema(scenarioFile, { io: "input", unrepresentable: "any" });
}

/** Typed identity for TypeScript files: `export default defineScenario({ … })`. Parsing checks it. */
export function defineScenario(input: ScenarioInput): ScenarioInput {
	return input;
}
