/**
 * What a runtime can't do (yet) of a scenario, by name and by the place in its file, before anything starts. A runtime never
 * leaves out silently what it was asked for.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { readOptions } from "../nodes/maelstrom/workloads.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { Fault, FaultAction, RuntimeName, Scenario } from "../scenarios/scenario.ts";
import { type KnownReplica, knowReplica } from "./definition.ts";
import { planRun } from "./plan/plan.ts";

export interface Refusal {
	/** Where in the scenario file, e.g. `faults[2].clock`. */
	path: string;
	message: string;
}

/** Faults of containers; other nodes have no network interface and no memory of their own. */
const CONTAINER_FAULTS: readonly FaultAction["kind"][] = ["stop", "disconnect", "limit"];
const FAULTS_OF_REPLICAS: readonly FaultAction["kind"][] = ["crash", "pause", "clock", ...CONTAINER_FAULTS];

/** @returns an empty list when the scenario can be run */
export async function refusals(scenario: Scenario, runtime: RuntimeName): Promise<Refusal[]> {
	const refused = refuseByName(scenario, runtime);
	return refused.length > 0 ? refused : refuseWhatReplicaLacks(scenario);
}

/** What only the replica's definition can tell: a module that can't be loaded, options or operations it doesn't know. */
async function refuseWhatReplicaLacks(scenario: Scenario): Promise<Refusal[]> {
	let known: KnownReplica;
	try {
		known = await knowReplica(scenario);
	} catch (error) {
		return [{ path: `replicas.${scenario.replicas.source.kind}`, message: messageOf(error) }];
	}
	try {
		planRun(scenario, known.operations);
		return [];
	} catch (error) {
		return [{ path: "workload", message: messageOf(error) }];
	}
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function refuseByName(scenario: Scenario, runtime: RuntimeName): Refusal[] {
	return [
		...(isUnsimulated(scenario, runtime) ? refuseUnsimulated(scenario) : refuseSource(scenario, runtime)),
		...refuseWorkload(scenario),
		...(runtime === "sim" ? [] : refuseSimulatedOnly(scenario)),
		...scenario.faults.flatMap((fault, index) =>
			actionsOf(fault).flatMap(([key, kind]) =>
				refuseFault(scenario, runtime, `faults[${index}].${key}`, kind),
			),
		),
	];
}

function isUnsimulated({ replicas }: Scenario, runtime: RuntimeName): boolean {
	return runtime === "sim" && replicas.source.kind !== "built-in" && replicas.source.kind !== "module";
}

/** The simulator has replicas' definitions in one thread; there is nothing in it that could start a program. */
function refuseUnsimulated({ replicas }: Scenario): Refusal[] {
	const { kind } = replicas.source;
	const what = kind === "maelstrom" ? "a program that speaks Maelstrom's protocol" : `a ${kind}`;
	const message = `the simulator runs replicas made with the SDK only (type or module), not ${what}; use 'process'`;
	return [{ path: `replicas.${kind}`, message }];
}

function refuseSimulatedOnly({ faults, messages }: Scenario): Refusal[] {
	const refused: Refusal[] = faults.flatMap((fault, index) => {
		if (!("action" in fault) || fault.action.kind !== "crash" || fault.action.disk !== "torn") return [];
		const message =
			"a process can't be killed in the very middle of a write; 'torn' needs the runtime 'sim', others have keep and lose";
		return [{ path: `faults[${index}].disk`, message }];
	});
	if (messages.length > 0) {
		const message =
			"real links can't be told when a single message arrives: exact messages need the runtime 'sim'";
		refused.push({ path: "messages", message });
	}
	return refused;
}

function refuseSource({ replicas, folder }: Scenario, runtime: RuntimeName): Refusal[] {
	const { source } = replicas;
	switch (source.kind) {
		case "built-in": {
			if (builtIn(source.type) !== undefined) return [];
			const message = `'${source.type}' is not built in yet (built in are ${builtInNames().join(", ")}); bring a module or a command of that type`;
			return [{ path: "replicas.type", message }];
		}
		case "module":
			return existsSync(source.path) ? [] : [{ path: "replicas.module", message: `no file ${source.path}` }];
		case "command":
			return refuseProgram("replicas.command", source.argv, folder);
		case "image":
			return runtime === "docker"
				? []
				: [{ path: "replicas.image", message: "containers need --runtime docker" }];
		case "maelstrom": {
			const read = readOptions(replicas.type, replicas.options);
			return [
				...(read.ok ? [] : [read.mistake]),
				...refuseProgram("replicas.maelstrom", source.argv, folder),
			];
		}
		default:
			return source satisfies never;
	}
}

function refuseProgram(path: string, [program = ""]: readonly string[], folder: string): Refusal[] {
	if (findProgram(program, folder)) return [];
	const where = program.includes("/") ? `in ${folder}` : "on PATH";
	return [{ path, message: `no executable program '${program}' ${where}` }];
}

function refuseWorkload({ replicas, workload }: Scenario): Refusal[] {
	const { source, type } = replicas;
	if (workload.script !== null || source.kind === "built-in" || source.kind === "module") return [];
	if (type === null) {
		const message =
			"without replicas.type nothing is known to generate operations from; claim a type, or give a script";
		return [{ path: "workload", message }];
	}
	if (builtIn(type) !== undefined) return [];
	const message = `operations of '${type}' can't be generated yet (built in are ${builtInNames().join(", ")}); give a workload.script`;
	return [{ path: "workload", message }];
}

function refuseFault(
	{ replicas }: Scenario,
	runtime: RuntimeName,
	path: string,
	kind: FaultAction["kind"],
): Refusal[] {
	if (CONTAINER_FAULTS.includes(kind) && runtime !== "docker") {
		return [{ path, message: `'${kind}' acts on containers, and needs --runtime docker` }];
	}
	const isOnLinks = !FAULTS_OF_REPLICAS.includes(kind);
	if (isOnLinks && replicas.names.length < 2) {
		return [{ path, message: `'${kind}' acts on links, and a single replica has none` }];
	}
	if (kind === "reorder" && replicas.lanes < 2 && runtime !== "sim") {
		const message =
			"messages overtake one another between lanes of a link only, and there is one: set replicas.lanes to 2 or more";
		return [{ path, message }];
	}
	if (kind === "clock" && replicas.source.kind === "image" && replicas.source.adapter !== null) {
		const message = "the clock of a server behind an adapter can't be skewed";
		return [{ path, message }];
	}
	const isProgram = replicas.source.kind === "command" || replicas.source.kind === "maelstrom";
	if (kind === "clock" && isProgram && runtime !== "sim") {
		const message =
			"the clock of a program can't be skewed as a process; only replicas made with the SDK have one that can";
		return [{ path, message }];
	}
	return [];
}

function actionsOf(fault: Fault): [key: string, kind: FaultAction["kind"]][] {
	if ("action" in fault) return [[fault.action.kind, fault.action.kind]];
	return fault.random.map((kind, index) => [`random[${index}]`, kind]);
}

function findProgram(program: string, folder: string): boolean {
	if (program === "") return false;
	if (isAbsolute(program) || program.includes("/")) return isExecutable(resolve(folder, program));
	return (process.env["PATH"] ?? "")
		.split(delimiter)
		.some((path) => path !== "" && isExecutable(join(path, program)));
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
