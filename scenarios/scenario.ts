/**
 * The normalised scenario: every default filled in, every duration in milliseconds, every rate a number. This is
 * what the controller runs; files (YAML, JSON) and `defineScenario` are parsed into it, and
 * `toScenarioFile` prints it back as a file that parses to the same scenario.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Manifest {
	order: "any" | "fifo" | "causal";
	duplicates: boolean;
	durable: boolean;
	/** Absent: not promised. */
	causal?: boolean;
}

export type ReplicaSource =
	| { kind: "built-in"; type: string }
	/** Absolute path of a module whose default export is a replica definition. */
	| { kind: "module"; path: string }
	/** Programs run in the scenario file's folder (`Scenario.folder`). */
	| { kind: "command"; argv: string[] }
	/** `adapter`: absolute path of a module that speaks the server's own protocol; null: it speaks the replica protocol. */
	| { kind: "image"; image: string; adapter: string | null }
	| { kind: "maelstrom"; argv: string[] };

export interface Link {
	from: string;
	to: string;
}

export type PartitionShape =
	| "halves"
	| "majority"
	| "ring"
	| "bridge"
	| { isolate: string }
	| { groups: string[][] }
	/** One way: messages of these links are cut, the opposite direction is not. */
	| { from: string[]; to: string[] };

/** `refuse`: connections are closed and refused · `drop`: what is sent is lost · `hold`: it waits until healing. */
export type PartitionMode = "refuse" | "drop" | "hold";

export const NEMESIS_KINDS = [
	"partition",
	"crash",
	"pause",
	"reorder",
	"duplicate",
	"drop",
	"latency",
	"bandwidth",
	"clock",
	"reset",
] as const;
export type NemesisKind = (typeof NEMESIS_KINDS)[number];

/** What becomes of the disk: `torn` (only simulated) loses the write that was under way. */
export type CrashDisk = "keep" | "lose" | "torn";

/** What is done, without when. */
export type FaultAction =
	| { kind: "partition"; shape: PartitionShape; mode: PartitionMode }
	| { kind: "crash"; replica: string; disk: CrashDisk }
	| { kind: "pause"; replica: string }
	| { kind: "reorder"; spreadMs: number; links: Link[] | null }
	/** Share of messages, 0 to 1. */
	| { kind: "duplicate"; share: number; links: Link[] | null }
	| { kind: "drop"; share: number; links: Link[] | null }
	| { kind: "latency"; meanMs: number; jitterMs: number; links: Link[] | null }
	| { kind: "bandwidth"; bytesPerSecond: number; links: Link[] | null }
	/** `drift` 0.01: the clock runs 1% fast. */
	| { kind: "clock"; replica: string; offsetMs: number; drift: number }
	| { kind: "reset"; links: Link[] | null }
	/** Containers only. Asked to end (SIGTERM or what its image says), killed after the grace; the disk is kept. */
	| { kind: "stop"; replica: string; graceMs: number }
	/** Containers only. Off the network of the links, not merely cut by its proxies. */
	| { kind: "disconnect"; replica: string }
	/** Containers only. Null: not limited. */
	| { kind: "limit"; replica: string; cpus: number | null; memoryBytes: number | null };

/** `links: null` means all links. */
export type Fault =
	/** `forMs` (for a crash or stop: `restartAfter`) null: until the workload is over and the harness heals. */
	| { atMs: number; forMs: number | null; action: FaultAction }
	/** Seeded nemesis: every `everyMs`, until `untilMs`, one fault of these kinds with drawn parameters. */
	| { everyMs: number; untilMs: number; random: NemesisKind[] };

export interface ScriptedOperation {
	atMs: number;
	replica: string;
	f: string;
	value: Json;
}

/**
 * When one message arrives (only simulated): the labelled message with this number, counted from 1 in the order in
 * which they were sent over the link. Several entries for one message are duplicates.
 */
export interface MessageFate {
	link: Link;
	number: number;
	/** Not before it was sent. Null: never. */
	atMs: number | null;
}

export interface Workload {
	/** Exactly one of `operations` and `durationMs` is set, unless there is a script. */
	operations: number | null;
	durationMs: number | null;
	/** Over all clients. */
	ratePerSecond: number;
	/** Each bound to one replica, round robin. */
	clients: number;
	/** Weights by operation name; null: all of the type's operations. */
	mix: Record<string, number> | null;
	keys: number;
	/** Exact operations instead of generated ones. */
	script: ScriptedOperation[] | null;
	/** After that an operation's outcome is unknown (`info`). */
	timeoutMs: number;
}

/** A module judges each view by its default export (absolute path), an expression of `expression.ts` by itself. */
export type InvariantSource = ({ module: string } | { expression: string }) & {
	/** `settled`: only in the final views of a run that came to rest. */
	when: "always" | "settled";
};

export interface Scenario {
	name: string;
	description: string;
	/** Absolute folder that relative paths of the file are relative to. */
	folder: string;
	/** Absolute path of the file it came from; null when built in memory. */
	file: string | null;
	/** Programs that must be on PATH; without them it is skipped, not failed. */
	requires: string[];
	replicas: {
		names: string[];
		source: ReplicaSource;
		/** The type whose operations it takes and by whose specification it is judged, where the file says so. */
		type: string | null;
		options: Record<string, Json>;
		/** Null: what the replica's definition claims. */
		delivers: Manifest | null;
		/** Connections per link (process and docker runtimes). */
		lanes: number;
	};
	seed: number;
	workload: Workload;
	faults: Fault[];
	/** Exact deliveries; messages that are not named travel as the faults have it. */
	messages: MessageFate[];
	settle: { withinMs: number };
	/** Null: all that apply. */
	checks: string[] | null;
	thresholds: Record<string, { min?: number; max?: number }>;
	invariants: Record<string, InvariantSource>;
	expect: "pass" | { fail: string };
}

/** Runtimes that a scenario can be run in. */
export type RuntimeName = "sim" | "process" | "docker";

/** The names of contracts section 2; `invariant:<name>` and `threshold:<metric>` come besides. */
export const PROPERTY_NAMES = [
	"convergence",
	"strong-convergence",
	"eventual-delivery",
	"termination",
	"specification",
	"durability",
	"session",
	"causality",
	"list-order",
	"laws",
] as const;
