/**
 * The workload as plain data: which client invokes what, where and when. Generated from weights and a rate, or taken
 * from a script as it stands. Pure: the same scenario and seed give the same list.
 *
 * Left out on purpose: whether an operation can be invoked at its time. A client is sequential, so an operation
 * waits until the one before it has completed (see clients.ts).
 */
import type { Draw, OperationSpec } from "../../nodes/sdk/replica.ts";
import type { Json, Scenario, ScriptedOperation } from "../../scenarios/scenario.ts";
import { pickWeighted, type Random, randomStream, shuffle } from "./random.ts";

export interface PlannedOperation {
	/** Milliseconds since the workload began. */
	atMs: number;
	/** Client number, from 0. */
	client: number;
	replica: string;
	/** `c1-17`: operation 17 (from 0) of client number 0. */
	id: string;
	f: string;
	value: Json;
}

/**
 * Clients are bound to replicas round robin. Operation `i` is due somewhere in the `i`-th interval of the rate, and
 * every client gets one operation in each round, in shuffled order.
 * @param specs what may be invoked; only used for generated workloads
 * @throws Error when nothing can be generated (no operation with a positive weight)
 */
export function planOperations(scenario: Scenario, specs: Record<string, OperationSpec>): PlannedOperation[] {
	const { script } = scenario.workload;
	return script === null ? generateOperations(scenario, specs) : scriptedOperations(scenario, script);
}

/** How many clients the plan uses: retired process numbers are counted on in steps of it. */
export function clientCount(scenario: Scenario): number {
	return scenario.workload.script === null ? scenario.workload.clients : scenario.replicas.names.length;
}

/** A script names replicas, not clients: each replica has one client, which keeps to the script's order. */
function scriptedOperations(scenario: Scenario, script: readonly ScriptedOperation[]): PlannedOperation[] {
	const sorted = script
		.map((operation, position) => ({ operation, position }))
		.sort((a, b) => a.operation.atMs - b.operation.atMs || a.position - b.position);
	const sequence = idSequence();
	return sorted.map(({ operation }) => {
		const client = scenario.replicas.names.indexOf(operation.replica);
		return { ...operation, client, id: sequence(client) };
	});
}

function generateOperations(scenario: Scenario, specs: Record<string, OperationSpec>): PlannedOperation[] {
	const { workload, replicas } = scenario;
	const random = randomStream(scenario.seed, "operations");
	const { names, weights } = mixOf(workload.mix, specs);
	const draw = drawOf(random, workload.keys);
	const intervalMs = 1_000 / workload.ratePerSecond;
	const count = workload.operations ?? Math.floor((workload.durationMs ?? 0) / intervalMs);
	const sequence = idSequence();
	const clients = Array.from({ length: workload.clients }, (_, client) => client);
	const planned: PlannedOperation[] = [];
	let round: number[] = [];
	for (let index = 0; index < count; index++) {
		if (round.length === 0) round = shuffle(random, clients);
		const client = round.pop() as number;
		const f = names[pickWeighted(random, weights)] as string;
		planned.push({
			atMs: (index + random.float()) * intervalMs,
			client,
			replica: replicas.names[client % replicas.names.length] as string,
			id: sequence(client),
			f,
			value: (specs[f] as OperationSpec).generate(draw),
		});
	}
	return planned;
}

function mixOf(
	mix: Record<string, number> | null,
	specs: Record<string, OperationSpec>,
): { names: string[]; weights: number[] } {
	const names = Object.keys(mix ?? specs);
	const unknown = names.find((name) => specs[name] === undefined);
	if (unknown !== undefined) {
		throw new Error(
			`workload.mix names the operation '${unknown}', but the replica knows ${Object.keys(specs).join(", ")}`,
		);
	}
	const weights = names.map((name) => mix?.[name] ?? (specs[name] as OperationSpec).weight);
	if (!weights.some((weight) => weight > 0)) {
		throw new Error(
			"no operation can be generated: give workload.mix a positive weight, or a workload.script",
		);
	}
	return { names, weights };
}

function drawOf(random: Random, keys: number): Draw {
	let drawn = 0;
	return {
		integer: (min, max) => random.integer(min, max),
		key: () => `k${random.integer(0, keys - 1)}`,
		unique: () => `v${drawn++}`,
	};
}

function idSequence(): (client: number) => string {
	const used = new Map<number, number>();
	return (client) => {
		const next = used.get(client) ?? 0;
		used.set(client, next + 1);
		return `c${client + 1}-${next}`;
	};
}
