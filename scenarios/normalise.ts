/**
 * From the object of a file to the scenario that is run: every default filled in, every quantity a number, every
 * path absolute. Expects an object that the checks found no mistake in.
 */
import { resolve } from "node:path";
import { replicaNames } from "./cross-check.ts";
import { asInvariant } from "./invariant.ts";
import { parseBandwidth, parseDuration, parseLink, parseOffset, parseRate, parseSize } from "./quantities.ts";
import type {
	Fault,
	FaultAction,
	InvariantSource,
	Json,
	Link,
	MessageFate,
	PartitionShape,
	ReplicaSource,
	Scenario,
	ScriptedOperation,
	Workload,
} from "./scenario.ts";
import { DEFAULTS, type ScenarioInput } from "./schema.ts";
import type { FaultEntry } from "./schema-faults.ts";

/** @param folder The folder of the file, absolute. */
export function normalise(input: ScenarioInput, folder: string, file: string | null): Scenario {
	const base = resolve(folder, input.folder ?? ".");
	const names = replicaNames(input.replicas);
	return {
		name: input.name,
		description: input.description ?? "",
		folder: base,
		file,
		requires: [...(input.requires ?? [])],
		replicas: normaliseReplicas(input.replicas, names, base),
		seed: input.seed ?? DEFAULTS.seed,
		workload: normaliseWorkload(input.workload ?? {}, names.length),
		faults: (input.faults ?? []).map(normaliseFault),
		messages: (input.messages ?? []).map(normaliseMessage),
		settle: { withinMs: milliseconds(input.settle?.within) ?? DEFAULTS.settleWithinMs },
		checks: input.checks === undefined ? null : [...input.checks],
		thresholds: mapValues(input.thresholds ?? {}, ({ min, max }) => ({
			...(min === undefined ? {} : { min }),
			...(max === undefined ? {} : { max }),
		})),
		invariants: mapValues(input.invariants ?? {}, (given) => normaliseInvariant(given, base)),
		expect: typeof input.expect === "object" ? { fail: input.expect.fail } : "pass",
	};
}

function normaliseReplicas(
	input: ScenarioInput["replicas"],
	names: string[],
	base: string,
): Scenario["replicas"] {
	const source = sourceOf(input, base);
	const { delivers } = input;
	return {
		names: [...names],
		source,
		type: source.kind === "built-in" ? null : (input.type ?? null),
		options: (input.options ?? {}) as Record<string, Json>,
		delivers:
			delivers === undefined
				? null
				: {
						order: delivers.order ?? "any",
						duplicates: delivers.duplicates ?? true,
						durable: delivers.durable ?? true,
						...(delivers.causal !== undefined && { causal: delivers.causal }),
					},
		lanes: input.lanes ?? DEFAULTS.lanes,
	};
}

function sourceOf(input: ScenarioInput["replicas"], base: string): ReplicaSource {
	if (input.module !== undefined) return { kind: "module", path: resolve(base, input.module) };
	if (input.command !== undefined) return { kind: "command", argv: [...input.command] };
	if (input.image !== undefined) {
		const adapter = input.adapter === undefined ? null : resolve(base, input.adapter);
		return { kind: "image", image: input.image, adapter };
	}
	if (input.maelstrom !== undefined) return { kind: "maelstrom", argv: [...input.maelstrom] };
	return { kind: "built-in", type: input.type ?? "" };
}

function normaliseWorkload(input: NonNullable<ScenarioInput["workload"]>, replicas: number): Workload {
	const durationMs = milliseconds(input.duration);
	const generated = input.script === undefined;
	const operations = generated && durationMs === null ? (input.operations ?? DEFAULTS.operations) : null;
	return {
		operations,
		durationMs: generated ? durationMs : null,
		ratePerSecond: parseRate(input.rate ?? "") ?? DEFAULTS.ratePerSecond,
		clients: input.clients ?? replicas,
		mix: input.mix === undefined ? null : mapValues(input.mix, (weight) => weight),
		keys: input.keys ?? DEFAULTS.keys,
		script: input.script?.map(normaliseScripted) ?? null,
		timeoutMs: milliseconds(input.timeout) ?? DEFAULTS.timeoutMs,
	};
}

function normaliseScripted(entry: {
	at: string | 0;
	replica: string;
	[f: string]: unknown;
}): ScriptedOperation {
	const { at, replica, ...called } = entry;
	const [f, value] = Object.entries(called)[0] ?? ["", null];
	return { atMs: milliseconds(at) ?? 0, replica, f, value: value as Json };
}

function normaliseInvariant(
	given: NonNullable<ScenarioInput["invariants"]>[string],
	base: string,
): InvariantSource {
	const { expression, module, when = "always" } = asInvariant(given);
	if (module !== undefined) return { module: resolve(base, module), when };
	return { expression: expression ?? "", when };
}

function normaliseMessage({ link, number, at }: NonNullable<ScenarioInput["messages"]>[number]): MessageFate {
	const atMs = at === "never" ? null : milliseconds(at);
	return { link: parseLink(link) ?? { from: "", to: "" }, number, atMs };
}

function normaliseFault(fault: FaultEntry): Fault {
	if ("random" in fault) {
		return {
			everyMs: milliseconds(fault.every) ?? 0,
			untilMs: milliseconds(fault.until) ?? 0,
			random: [...fault.random],
		};
	}
	const atMs = milliseconds(fault.at) ?? 0;
	return { atMs, forMs: lastsMs(fault, atMs), action: actionOf(fault) };
}

type TimedEntry = Exclude<FaultEntry, { random: unknown }>;

/** A reset is over at once. */
function lastsMs(fault: TimedEntry, atMs: number): number | null {
	if ("reset" in fault) return 0;
	if ("crash" in fault || "stop" in fault) return milliseconds(fault.restartAfter);
	if (fault.for !== undefined) return milliseconds(fault.for);
	const untilMs = milliseconds(fault.until);
	return untilMs === null ? null : untilMs - atMs;
}

function actionOf(fault: TimedEntry): FaultAction {
	if ("partition" in fault) {
		return { kind: "partition", shape: shapeOf(fault.partition), mode: fault.mode ?? "refuse" };
	}
	if ("crash" in fault) return { kind: "crash", replica: fault.crash, disk: fault.disk ?? "keep" };
	if ("pause" in fault) return { kind: "pause", replica: fault.pause };
	if ("clock" in fault) {
		const { replica, offset, drift } = fault.clock;
		return { kind: "clock", replica, offsetMs: parseOffset(offset ?? "0ms") ?? 0, drift: drift ?? 0 };
	}
	if ("stop" in fault) {
		return { kind: "stop", replica: fault.stop, graceMs: milliseconds(fault.grace) ?? DEFAULTS.stopGraceMs };
	}
	if ("disconnect" in fault) return { kind: "disconnect", replica: fault.disconnect };
	if ("limit" in fault) {
		const { replica, cpus, memory } = fault.limit;
		return { kind: "limit", replica, cpus: cpus ?? null, memoryBytes: parseSize(memory ?? "") };
	}
	const links = linksOf(fault.links);
	if ("reorder" in fault)
		return { kind: "reorder", spreadMs: milliseconds(fault.reorder.spread) ?? 0, links };
	if ("duplicate" in fault) return { kind: "duplicate", share: fault.duplicate, links };
	if ("drop" in fault) return { kind: "drop", share: fault.drop, links };
	if ("latency" in fault) {
		const { mean, jitter } = fault.latency;
		return { kind: "latency", meanMs: milliseconds(mean) ?? 0, jitterMs: milliseconds(jitter) ?? 0, links };
	}
	if ("bandwidth" in fault) {
		return { kind: "bandwidth", bytesPerSecond: parseBandwidth(fault.bandwidth) ?? 0, links };
	}
	return { kind: "reset", links };
}

function shapeOf(partition: Extract<FaultEntry, { partition: unknown }>["partition"]): PartitionShape {
	if (typeof partition === "string") return partition;
	if (Array.isArray(partition)) return { groups: partition.map((group) => [...group]) };
	if ("isolate" in partition) return { isolate: partition.isolate };
	return { from: [...partition.from], to: [...partition.to] };
}

function linksOf(links: readonly string[] | undefined): Link[] | null {
	if (links === undefined) return null;
	return links.map(parseLink).filter((link) => link !== null);
}

/** Null for what is not there, and for `end`. */
function milliseconds(text: string | 0 | undefined): number | null {
	if (text === 0) return 0;
	return text === undefined ? null : parseDuration(text);
}

function mapValues<V, W>(map: Readonly<Record<string, V>>, convert: (value: V) => W): Record<string, W> {
	return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, convert(value)]));
}
