/** The scope that a scenario gives an exhaustive search: its replicas, with the operations of its script or of its mix. */
import type { ReplicaDefinition } from "../../controller/runtimes/sim/cluster.ts";
import type { Scenario } from "../../scenarios/scenario.ts";
import { drawsOf } from "../draws.ts";
import { operationMix, operationSource } from "../operations.ts";
import type { ExhaustiveProblem, ScopedOperation } from "./problem.ts";

/** In a small scope more would seldom meet. */
const MAXIMUM_KEYS = 2;

export interface ScopeOptions {
	/** Of each replica. Of a script, those beyond are left out. */
	operations: number;
	/** Other operations of the same mix, from the scenario's seed. */
	index?: number;
	/** How often each message comes once more, where the manifest allows it. */
	duplicates?: number;
	maximumConfigurations?: number;
}

/**
 * @param definition its `load` is done
 * @throws Error when nothing can be generated
 */
export function problemOf(
	scenario: Scenario,
	definition: ReplicaDefinition,
	{ operations, index = 0, ...bounds }: ScopeOptions,
): ExhaustiveProblem {
	const { replicas, workload, seed } = scenario;
	const { names } = replicas;
	const listed: ScopedOperation[][] = names.map(() => []);
	if (workload.script !== null) {
		for (const { replica, f, value } of [...workload.script].sort((a, b) => a.atMs - b.atMs)) {
			const own = listed[names.indexOf(replica)];
			if (own !== undefined && own.length < operations) own.push({ f, value });
		}
	} else {
		const mix = operationMix(definition, workload.mix === null ? null : updatesOf(workload.mix, definition));
		const source = operationSource(mix, drawsOf(seed, index), Math.min(workload.keys, MAXIMUM_KEYS));
		for (let round = 0; round < operations; round++) {
			for (const [replica, own] of listed.entries()) {
				const { f, value } = source.next(replica);
				own.push({ f, value });
			}
		}
	}
	const type = replicas.type ?? definition.type;
	return { definition, type, operations: listed, options: replicas.options, seed, ...bounds };
}

/** Every view is looked at anyhow. */
function updatesOf(mix: Record<string, number>, { operations }: ReplicaDefinition): Record<string, number> {
	return Object.fromEntries(Object.entries(mix).filter(([name]) => operations[name]?.kind !== "query"));
}
