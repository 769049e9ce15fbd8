/**
 * The faults of a scenario file, one schema for each kind. An entry's kind is the key that only that kind has
 * (`crash: r4`), so that a mistake in an entry is told in terms of the kind that was meant.
 */
import { z } from "zod";
import { NEMESIS_KINDS } from "./scenario.ts";
import {
	bandwidth,
	between,
	choice,
	duration,
	fields,
	integer,
	link,
	listOf,
	notOneOf,
	offset,
	positiveDuration,
	replica,
	share,
	size,
} from "./schema-parts.ts";
import { show } from "./suggest.ts";

const PARTITION_SHAPES = ["halves", "majority", "ring", "bridge"] as const;
const MAX_MESSAGE_NUMBER = 1_000_000_000;
const ANY_SHAPE = `${PARTITION_SHAPES.join(", ")}, { isolate: r2 }, [[r1, r2], [r3]] or { from: [r1], to: [r2] }`;

const at = duration().describe("When it starts, counted from the start of the workload.");
const lasting = {
	at,
	for: positiveDuration().optional().describe("How long it lasts. Write this or `until`."),
	until: z
		.union([positiveDuration(), z.literal("end")], {
			error: (issue) => `expected a time such as 10s, or end (of the workload), found ${show(issue.input)}`,
		})
		.optional()
		.describe("When it ends, counted like `at`; `end`: when the workload is over and the harness heals."),
};
const links = listOf(link(), "a list of links, such as [r1->r2, r2->r1]")
	.optional()
	.describe("The directed links that it touches, such as `[r1->r2]`; all links without it.");
const replicaNames = (what: string) =>
	listOf(replica(), `a list of replicas, such as [r1, r2]`).describe(what);

const partitionShape = z
	.union(
		[
			z.enum(PARTITION_SHAPES),
			fields({ isolate: replica().describe("The replica that is cut off from all others, both ways.") }),
			fields({
				from: replicaNames("What these send …"),
				to: replicaNames("… does not reach these; the opposite direction works."),
			}),
			listOf(listOf(replica(), "replicas"), "groups"),
		],
		{
			error: ({ input }) =>
				typeof input === "string"
					? notOneOf(input, [...PARTITION_SHAPES, "isolate"])
					: `expected ${ANY_SHAPE}, found ${show(input)}`,
		},
	)
	.describe(
		"Who is cut from whom. `halves`: two seeded halves. `majority`: a majority and the rest. `ring`: on a circle each reaches only its nearest neighbours, just a majority, and no two the same. `bridge`: two halves that only one replica connects. `{ isolate: r2 }`: one replica against all others. `[[r1, r2], [r3]]`: these groups. `{ from: [r1], to: [r3] }`: one way.",
	);

/** By the key that tells the kind. */
export const faultSchemas = {
	partition: fields({
		...lasting,
		partition: partitionShape,
		mode: choice(["refuse", "drop", "hold"])
			.optional()
			.describe(
				"`refuse`: connections are closed and refused. `drop`: what is sent is lost without a sign. `hold`: it waits until the partition ends.",
			)
			.meta({ default: "refuse" }),
	}),
	crash: fields({
		at,
		crash: replica().describe("SIGKILL to this replica's process."),
		restartAfter: positiveDuration()
			.optional()
			.describe("How long it stays down; without it, until the workload is over."),
		disk: choice(["keep", "lose", "torn"])
			.optional()
			.describe(
				"Whether what it had stored is there when it starts again. `torn` (runtime `sim` only): it dies in the middle of a write, which is lost.",
			)
			.meta({ default: "keep" }),
	}),
	pause: fields({
		...lasting,
		pause: replica().describe("This replica's process is stopped (SIGSTOP), then goes on."),
	}),
	reorder: fields({
		...lasting,
		reorder: fields(
			{
				spread: positiveDuration().describe("Messages are delayed by up to this, each by its own draw."),
			},
			"a spread, such as { spread: 200ms }",
		).describe("Messages of a link overtake one another."),
		links,
	}),
	duplicate: fields({
		...lasting,
		duplicate: share().describe("Share of messages that arrive more than once."),
		links,
	}),
	drop: fields({ ...lasting, drop: share().describe("Share of messages that are lost."), links }),
	latency: fields({
		...lasting,
		latency: fields(
			{
				mean: duration().describe("Mean delay."),
				jitter: duration().optional().describe("At most so much more or less.").meta({ default: "0ms" }),
			},
			"a mean and a jitter, such as { mean: 50ms, jitter: 20ms }",
		).describe("Messages are delayed."),
		links,
	}),
	bandwidth: fields({
		...lasting,
		bandwidth: bandwidth().describe("Bytes per second of each link: `10KB/s` (1000 bytes), `1MB/s`."),
		links,
	}),
	clock: fields({
		...lasting,
		clock: fields(
			{
				replica: replica().describe("Whose wall clock is wrong."),
				offset: offset().optional().describe("By how much: `-5m` is late.").meta({ default: "0ms" }),
				drift: between(-1, 10, "a drift such as 0.01 (1% fast), from -1 to 10")
					.optional()
					.describe("How much faster it runs: 0.01 is 1% fast.")
					.meta({ default: 0 }),
			},
			"a replica and an offset, such as { replica: r2, offset: -5m }",
		).describe("The replica's wall clock is skewed."),
	}),
	reset: fields({
		at,
		reset: choice(["all"]).describe("Open connections end with RST, once; peers may connect again at once."),
		links,
	}),
	stop: fields({
		at,
		stop: replica().describe(
			"This replica's container is asked to end (SIGTERM, or what its image says). Runtime `docker` only.",
		),
		grace: duration().optional().describe("After this it is killed (SIGKILL).").meta({ default: "2s" }),
		restartAfter: positiveDuration()
			.optional()
			.describe("How long after `at` it starts again; without it, when the workload is over."),
	}),
	disconnect: fields({
		...lasting,
		disconnect: replica().describe(
			"This replica's container is taken off the network, interface and all, then connected again, perhaps with another address. Runtime `docker` only.",
		),
	}),
	limit: fields({
		...lasting,
		limit: fields(
			{
				replica: replica().describe("Whose container is limited."),
				cpus: between(0.01, 64, "a number of CPUs such as 0.2, from 0.01 to 64")
					.optional()
					.describe("At most so much CPU time, in CPUs: 0.2 is a fifth of one."),
				memory: size()
					.optional()
					.describe("At most so much memory: `64MB` (a million bytes each), without swap."),
			},
			"a replica and what it may use, such as { replica: r2, cpus: 0.2, memory: 64MB }",
		).describe(
			"The replica's container gets less CPU or memory. One that needs more memory is killed; it starts again when the limit ends. Runtime `docker` only.",
		),
	}),
	random: fields({
		every: positiveDuration().describe("Time between one random fault and the next."),
		until: positiveDuration().describe("The last of them starts before this, counted from the start."),
		random: listOf(choice(NEMESIS_KINDS), `a list of fault kinds, such as [partition, crash]`).describe(
			"Seeded nemesis: each time one fault of these kinds, with drawn parameters.",
		),
	}),
} as const;

/** One entry of `messages`. */
export const messageEntry = fields(
	{
		link: link().describe("The directed link, such as `r1->r3`."),
		number: integer(1, MAX_MESSAGE_NUMBER).describe(
			"Which message of the link: counted from 1 in the order in which they were sent, without the protocol's chatter.",
		),
		at: z
			.union([duration(), z.literal("never")], {
				error: (issue) => `expected a time such as 7ms, or never, found ${show(issue.input)}`,
			})
			.describe(
				"When it arrives, counted from the start of the workload (at once if it is sent later); `never`: it is lost.",
			),
	},
	"a message, such as { link: r1->r3, number: 2, at: 7ms }",
);

type FaultKey = keyof typeof faultSchemas;
export const FAULT_KEYS = Object.keys(faultSchemas) as FaultKey[];

export const faultEntry = z.union([
	faultSchemas.partition,
	faultSchemas.crash,
	faultSchemas.pause,
	faultSchemas.reorder,
	faultSchemas.duplicate,
	faultSchemas.drop,
	faultSchemas.latency,
	faultSchemas.bandwidth,
	faultSchemas.clock,
	faultSchemas.reset,
	faultSchemas.stop,
	faultSchemas.disconnect,
	faultSchemas.limit,
	faultSchemas.random,
]);
export type FaultEntry = z.input<typeof faultEntry>;
