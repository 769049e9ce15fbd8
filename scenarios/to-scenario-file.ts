/**
 * Prints a scenario back as the object of a file that parses to an equal scenario: `scenario.json` of a run, and
 * counterexamples. Paths come out absolute and `folder` is written, so that the file works from anywhere. Only
 * `Scenario.file` is not kept: it becomes the file that was written.
 */
import { asInvariant } from "./invariant.ts";
import { formatBandwidth, formatDuration, formatLink, formatRate, formatSize } from "./quantities.ts";
import type { Fault, FaultAction, Link, MessageFate, ReplicaSource, Scenario, Workload } from "./scenario.ts";
import { DEFAULTS, type ScenarioInput } from "./schema.ts";
import type { FaultEntry } from "./schema-faults.ts";

export function toScenarioFile(scenario: Scenario): ScenarioInput {
	const { replicas, thresholds, invariants } = scenario;
	return {
		name: scenario.name,
		...(scenario.description === "" ? {} : { description: scenario.description }),
		folder: scenario.folder,
		...(scenario.requires.length === 0 ? {} : { requires: scenario.requires }),
		replicas: {
			...namesOf(replicas.names),
			...sourceOf(replicas.source, replicas.type),
			...(isEmpty(replicas.options) ? {} : { options: replicas.options }),
			...(replicas.delivers === null ? {} : { delivers: replicas.delivers }),
			...(replicas.lanes === DEFAULTS.lanes ? {} : { lanes: replicas.lanes }),
		},
		seed: scenario.seed,
		workload: workloadOf(scenario.workload),
		...(scenario.faults.length === 0 ? {} : { faults: scenario.faults.map(faultOf) }),
		...(scenario.messages.length === 0 ? {} : { messages: scenario.messages.map(messageOf) }),
		settle: { within: formatDuration(scenario.settle.withinMs) },
		...(scenario.checks === null ? {} : { checks: scenario.checks as NonNullable<ScenarioInput["checks"]> }),
		...(isEmpty(thresholds) ? {} : { thresholds }),
		...(isEmpty(invariants) ? {} : { invariants: invariantsOf(invariants) }),
		...(scenario.expect === "pass" ? {} : { expect: scenario.expect }),
	};
}

function namesOf(names: string[]): { count: number } | { names: string[] } {
	return names.every((name, index) => name === `r${index + 1}`) ? { count: names.length } : { names };
}

function sourceOf(source: ReplicaSource, type: string | null): Partial<ScenarioInput["replicas"]> {
	const claimed = type === null ? {} : { type };
	if (source.kind === "built-in") return { type: source.type };
	if (source.kind === "module") return { ...claimed, module: source.path };
	if (source.kind === "command") return { ...claimed, command: source.argv };
	if (source.kind === "image") {
		return {
			...claimed,
			image: source.image,
			...(source.adapter === null ? {} : { adapter: source.adapter }),
		};
	}
	return { ...claimed, maelstrom: source.argv };
}

function workloadOf(workload: Workload): NonNullable<ScenarioInput["workload"]> {
	return {
		...amountOf(workload),
		rate: formatRate(workload.ratePerSecond),
		clients: workload.clients,
		keys: workload.keys,
		timeout: formatDuration(workload.timeoutMs),
	};
}

/** A script says exactly which operations there are, so no amount and no mix go beside it. */
function amountOf(workload: Workload): NonNullable<ScenarioInput["workload"]> {
	if (workload.script !== null) {
		return {
			script: workload.script.map(({ atMs, replica, f, value }) => ({
				at: formatDuration(atMs),
				replica,
				[f]: value,
			})),
		};
	}
	const mix = workload.mix === null ? {} : { mix: workload.mix };
	if (workload.durationMs !== null) return { duration: formatDuration(workload.durationMs), ...mix };
	return { operations: workload.operations ?? DEFAULTS.operations, ...mix };
}

function messageOf({ link, number, atMs }: MessageFate): NonNullable<ScenarioInput["messages"]>[number] {
	return { link: formatLink(link), number, at: atMs === null ? "never" : formatDuration(atMs) };
}

function faultOf(fault: Fault): FaultEntry {
	if ("random" in fault) {
		return {
			every: formatDuration(fault.everyMs),
			until: formatDuration(fault.untilMs),
			random: fault.random,
		};
	}
	const at = formatDuration(fault.atMs);
	const { action } = fault;
	if (action.kind === "reset") return { at, reset: "all", ...linksOf(action.links) };
	if (action.kind === "crash") {
		const restart = fault.forMs === null ? {} : { restartAfter: formatDuration(fault.forMs) };
		return { at, crash: action.replica, ...restart, disk: action.disk };
	}
	if (action.kind === "stop") {
		const restart = fault.forMs === null ? {} : { restartAfter: formatDuration(fault.forMs) };
		return { at, stop: action.replica, grace: formatDuration(action.graceMs), ...restart };
	}
	const lasting = fault.forMs === null ? { until: "end" as const } : { for: formatDuration(fault.forMs) };
	return { at, ...lasting, ...actionOf(action) };
}

type LastingAction = Exclude<FaultAction, { kind: "reset" | "crash" | "stop" }>;

function actionOf(action: LastingAction) {
	switch (action.kind) {
		case "partition": {
			const { shape } = action;
			const groups = typeof shape === "object" && "groups" in shape;
			return { partition: groups ? shape.groups : shape, mode: action.mode };
		}
		case "pause":
			return { pause: action.replica };
		case "disconnect":
			return { disconnect: action.replica };
		case "limit": {
			const { replica, cpus, memoryBytes } = action;
			return {
				limit: {
					replica,
					...(cpus === null ? {} : { cpus }),
					...(memoryBytes === null ? {} : { memory: formatSize(memoryBytes) }),
				},
			};
		}
		case "clock": {
			const { replica, offsetMs, drift } = action;
			return { clock: { replica, offset: formatDuration(offsetMs), drift } };
		}
		case "reorder":
			return { reorder: { spread: formatDuration(action.spreadMs) }, ...linksOf(action.links) };
		case "duplicate":
			return { duplicate: action.share, ...linksOf(action.links) };
		case "drop":
			return { drop: action.share, ...linksOf(action.links) };
		case "latency": {
			const latency = { mean: formatDuration(action.meanMs), jitter: formatDuration(action.jitterMs) };
			return { latency, ...linksOf(action.links) };
		}
		case "bandwidth":
			return { bandwidth: formatBandwidth(action.bytesPerSecond), ...linksOf(action.links) };
	}
}

function linksOf(links: Link[] | null): { links?: string[] } {
	return links === null ? {} : { links: links.map(formatLink) };
}

function isEmpty(map: object): boolean {
	return Object.keys(map).length === 0;
}

/** The short form where it says the same. */
function invariantsOf(invariants: Scenario["invariants"]): NonNullable<ScenarioInput["invariants"]> {
	const entries = Object.entries(invariants).map(([name, source]) => {
		const { when, ...rest } = source;
		const text = "module" in source ? source.module : source.expression;
		const isShort = when === "always" && JSON.stringify(asInvariant(text)) === JSON.stringify(rest);
		const given = isShort ? text : { ...rest, ...(when === "always" ? {} : { when }) };
		return [name, given] as const;
	});
	return Object.fromEntries(entries);
}
