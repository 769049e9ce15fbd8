/**
 * Checks that need more than one field, or the world outside the file: is there such a replica, such a type,
 * such an operation, such a module? Only what has a sound shape is looked at, so one mistake is told once.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { checkFaults, checkMessages } from "./check-faults.ts";
import { checkInvariant } from "./invariant.ts";
import type { Mistake, Path } from "./problem.ts";
import { PROPERTY_NAMES } from "./scenario.ts";
import { DEFAULTS, METRICS, type ScenarioInput } from "./schema.ts";
import { didYouMean, listNames, show } from "./suggest.ts";

/** Types by name, with the operations that their workloads may invoke, and invariants that they declare. */
export type KnownTypes = ReadonlyMap<
	string,
	{ readonly operations: readonly string[]; readonly invariants?: readonly string[] }
>;

export interface CrossCheckContext {
	/** Absolute; relative paths of the file are relative to it. */
	folder: string;
	types: KnownTypes;
	sound: (path: Path) => boolean;
}

const SOURCES = ["module", "command", "image", "maelstrom"] as const;
const SCRIPT_KEYS = ["at", "replica"];

export function crossCheck(input: ScenarioInput, context: CrossCheckContext): Mistake[] {
	const names = replicaNamesOf(input, context);
	return [
		...checkReplicas(input, context),
		...checkWorkload(input, names, context),
		...checkFaults(input.faults, names, context.sound),
		...checkMessages(input.messages, names, context.sound),
		...checkChecks(input, context),
		...checkThresholds(input, context),
		...checkInvariants(input, context),
		...checkExpectation(input, context),
	];
}

/** r1, r2, … or the names that the file gives. */
export function replicaNames(replicas: ScenarioInput["replicas"]): string[] {
	const count = replicas.count ?? DEFAULTS.replicas;
	return replicas.names ?? Array.from({ length: count }, (_, index) => `r${index + 1}`);
}

function replicaNamesOf(input: ScenarioInput, { sound }: CrossCheckContext): string[] | null {
	const known = sound(["replicas", "names"]) && sound(["replicas", "count"]);
	return known ? replicaNames(input.replicas) : null;
}

function checkReplicas(input: ScenarioInput, { folder, types, sound }: CrossCheckContext): Mistake[] {
	const mistakes: Mistake[] = [];
	const { replicas } = input;
	if (typeof replicas !== "object" || replicas === null || Array.isArray(replicas)) return [];
	if (replicas.count !== undefined && replicas.names !== undefined) {
		mistakes.push({
			path: ["replicas", "count"],
			message: "count and names: write only one of them",
			atKey: true,
		});
	}
	if (sound(["replicas", "names"])) mistakes.push(...checkNames(replicas.names ?? []));
	const sources = SOURCES.filter((key) => replicas[key] !== undefined);
	if (sources.length > 1) {
		const message = `${sources.join(" and ")}: say only one way to start a replica`;
		mistakes.push({ path: ["replicas", sources[1] ?? ""], message, atKey: true });
	}
	if (sources.length === 0 && replicas.type === undefined) {
		const message =
			"what is a replica? Write type: (a built-in, such as or-set), module:, command:, image: or maelstrom:";
		mistakes.push({ path: ["replicas"], message });
	}
	if (typeof replicas.type === "string" && sound(["replicas", "type"]) && !types.has(replicas.type)) {
		const near = didYouMean(replicas.type, types.keys()) || `; known: ${[...types.keys()].join(", ")}`;
		mistakes.push({ path: ["replicas", "type"], message: `no type '${replicas.type}'${near}` });
	}
	const claimsNothing = replicas.type === undefined && sources.length === 1 && sources[0] !== "module";
	if (claimsNothing && input.workload?.script === undefined) {
		const message =
			"missing: the type that the program claims, whose operations are generated (or write workload.script)";
		mistakes.push({ path: ["replicas", "type"], message });
	}
	if (replicas.adapter !== undefined && replicas.image === undefined) {
		const message = "an adapter goes with an image: write image: as well";
		mistakes.push({ path: ["replicas", "adapter"], message, atKey: true });
	} else if (replicas.adapter !== undefined && sound(["replicas", "adapter"])) {
		mistakes.push(...checkFile(["replicas", "adapter"], replicas.adapter, folder));
	}
	if (replicas.module !== undefined && sound(["replicas", "module"])) {
		mistakes.push(...checkFile(["replicas", "module"], replicas.module, folder));
	}
	return mistakes;
}

function checkNames(names: readonly string[]): Mistake[] {
	return names.flatMap((name, index) =>
		names.indexOf(name) < index
			? [{ path: ["replicas", "names", index], message: `'${name}' is there twice: names must differ` }]
			: [],
	);
}

function checkFile(path: Path, file: string, folder: string): Mistake[] {
	const absolute = resolve(folder, file);
	return existsSync(absolute) ? [] : [{ path, message: `no file ${show(file)} (looked for ${absolute})` }];
}

/** The operations of the type that the file names, or null where they are not known here. */
function operationsOf(input: ScenarioInput, { types, sound }: CrossCheckContext): readonly string[] | null {
	if (!sound(["replicas", "type"]) || input.replicas.type === undefined) return null;
	return types.get(input.replicas.type)?.operations ?? null;
}

function checkWorkload(input: ScenarioInput, names: string[] | null, context: CrossCheckContext): Mistake[] {
	const { workload } = input;
	if (typeof workload !== "object" || workload === null) return [];
	const mistakes: Mistake[] = [];
	const operations = operationsOf(input, context);
	if (workload.operations !== undefined && workload.duration !== undefined) {
		const message = "operations and duration: write only one of them";
		mistakes.push({ path: ["workload", "duration"], message, atKey: true });
	}
	if (workload.script !== undefined) {
		for (const key of ["operations", "duration", "mix"] as const) {
			if (workload[key] === undefined) continue;
			const message = "has no meaning beside script, which says exactly which operations there are";
			mistakes.push({ path: ["workload", key], message, atKey: true });
		}
	}
	if (workload.mix !== undefined && context.sound(["workload", "mix"])) {
		mistakes.push(...checkMix(workload.mix, operations, input.replicas?.type));
	}
	(Array.isArray(workload.script) ? workload.script : []).forEach((entry, index) => {
		const path = ["workload", "script", index];
		if (context.sound(path)) mistakes.push(...checkScripted(entry, path, names, operations));
	});
	return mistakes;
}

function checkMix(mix: Record<string, number>, operations: readonly string[] | null, type = "?"): Mistake[] {
	const mistakes: Mistake[] = [];
	for (const key of Object.keys(mix)) {
		if (operations === null || operations.includes(key)) continue;
		mistakes.push({
			path: ["workload", "mix", key],
			message: noOperation(key, type, operations),
			atKey: true,
		});
	}
	if (!Object.values(mix).some((weight) => weight > 0)) {
		mistakes.push({ path: ["workload", "mix"], message: "no operation has a weight above 0" });
	}
	return mistakes;
}

function noOperation(key: string, type: string, operations: readonly string[]): string {
	const near = didYouMean(key, operations);
	return `${type} has no operation '${key}'${near} (it has ${operations.join(", ")})`;
}

function checkScripted(
	entry: Record<string, unknown>,
	path: Path,
	names: string[] | null,
	operations: readonly string[] | null,
): Mistake[] {
	const mistakes: Mistake[] = [];
	const called = Object.keys(entry).filter((key) => !SCRIPT_KEYS.includes(key));
	if (called.length !== 1) {
		const found = called.length === 0 ? "none" : called.join(", ");
		const message = `expected one operation beside at and replica, such as add: milk; found ${found}`;
		mistakes.push({ path, message });
	}
	for (const key of called) {
		if (operations === null || operations.includes(key)) continue;
		mistakes.push({ path: [...path, key], message: noOperation(key, "the type", operations), atKey: true });
	}
	if (names !== null && typeof entry.replica === "string" && !names.includes(entry.replica)) {
		mistakes.push({ path: [...path, "replica"], message: noReplica(entry.replica, names) });
	}
	return mistakes;
}

function noReplica(name: string, names: readonly string[]): string {
	return `no replica '${name}' (replicas are ${listNames(names)})`;
}

function checkChecks(input: ScenarioInput, { sound }: CrossCheckContext): Mistake[] {
	const { checks } = input;
	if (checks === undefined || !sound(["checks"])) return [];
	return checks.flatMap((check, index) =>
		checks.indexOf(check) < index ? [{ path: ["checks", index], message: `'${check}' is there twice` }] : [],
	);
}

function checkThresholds(input: ScenarioInput, { sound }: CrossCheckContext): Mistake[] {
	const { thresholds } = input;
	if (typeof thresholds !== "object" || thresholds === null) return [];
	return Object.entries(thresholds).flatMap(([metric, bound]) => {
		const path = ["thresholds", metric];
		if (!METRICS.some((known) => known === metric)) {
			const message = `no metric '${metric}'${didYouMean(metric, METRICS)} (metrics are ${METRICS.join(", ")})`;
			return [{ path, message, atKey: true }];
		}
		if (!sound(path)) return [];
		const { min, max } = bound;
		if (min === undefined && max === undefined) return [{ path, message: "expected min, max or both" }];
		if (min !== undefined && max !== undefined && min > max) {
			return [{ path, message: `min ${min} is above max ${max}` }];
		}
		const shares = metric === "availability" ? Object.entries({ min, max }) : [];
		return shares
			.filter(([, value]) => value !== undefined && (value < 0 || value > 1))
			.map(([side, value]) => ({
				path: [...path, side],
				message: `availability is a share from 0 to 1, found ${value}`,
			}));
	});
}

function checkInvariants(input: ScenarioInput, { folder, sound }: CrossCheckContext): Mistake[] {
	if (!isMap(input.invariants)) return [];
	return Object.entries(input.invariants)
		.filter(([name]) => sound(["invariants", name]))
		.flatMap(([name, given]) =>
			checkInvariant(["invariants", name], given, (path, file) => checkFile(path, file, folder)),
		);
}

function checkExpectation(input: ScenarioInput, { sound, types }: CrossCheckContext): Mistake[] {
	const { expect, checks, replicas } = input;
	if (!sound(["expect"]) || typeof expect !== "object") return [];
	const path = ["expect", "fail"];
	const invariants = isMap(input.invariants) ? Object.keys(input.invariants) : [];
	const metrics = isMap(input.thresholds) ? Object.keys(input.thresholds) : [];
	const named = [
		...invariants.map((name) => `invariant:${name}`),
		...metrics.map((name) => `threshold:${name}`),
	];
	// What a module declares is not known before it is loaded.
	if (isMap(replicas) && replicas.module !== undefined && expect.fail.startsWith("invariant:")) return [];
	const claimed = isMap(replicas) && typeof replicas.type === "string" ? types.get(replicas.type) : undefined;
	named.push(...(claimed?.invariants ?? []).map((name) => `invariant:${name}`));
	const known = [...PROPERTY_NAMES, ...named];
	if (!known.includes(expect.fail)) {
		const near = didYouMean(expect.fail, known) || `; properties are ${known.join(", ")}`;
		return [{ path, message: `no property '${expect.fail}'${near}` }];
	}
	const checked = !sound(["checks"]) || checks === undefined || [...checks, ...named].includes(expect.fail);
	return checked ? [] : [{ path, message: `'${expect.fail}' is not among the checks, so it can't fail` }];
}

function isMap(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
