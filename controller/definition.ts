/**
 * What the harness knows of the replicas of a scenario before any of them runs: which operations a workload may invoke, by
 * whose specification they are judged, what they claim to withstand.
 */
import type { HistoryHeader, Manifest } from "../history/events.ts";
import { generatedOperations, MAELSTROM_DELIVERS } from "../nodes/maelstrom/workloads.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import { loadAdapter, loadModule } from "../nodes/sdk/load-module.ts";
import type { OperationSpec, ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { encodeView } from "../nodes/sdk/view-encoding.ts";
import type { ReplicaSource, Scenario } from "../scenarios/scenario.ts";

export { builtEntry, encodeView };

export interface KnownReplica {
	/** Empty for a program of unknown type: only a script can drive it. */
	operations: Record<string, OperationSpec>;
	type: HistoryHeader["type"];
	/** Null: it claims nothing. */
	delivers: Manifest | null;
}

/** @throws Error when the type is not built in, the module can't be loaded, or it dislikes the scenario's options */
export async function knowReplica(scenario: Scenario): Promise<KnownReplica> {
	const { source, type, delivers, options } = scenario.replicas;
	if (source.kind === "built-in" || source.kind === "module") {
		const definition = await loadDefinition(source);
		// A library that is not installed is found here, before anything starts.
		await definition.load?.();
		const mistake = definition.checkOptions?.(options) ?? null;
		if (mistake !== null) throw new Error(`replicas.options of '${scenario.name}': ${mistake}`);
		return {
			operations: definition.operations,
			type: type ?? definition.type,
			delivers: delivers ?? definition.delivers,
		};
	}
	if (source.kind === "image" && source.adapter !== null) {
		const adapter = await loadAdapter(source.adapter);
		const mistake = adapter.checkOptions?.(options) ?? null;
		if (mistake !== null) throw new Error(`replicas.options of '${scenario.name}': ${mistake}`);
	}
	const operations = (type === null ? undefined : builtIn(type)?.operations) ?? {};
	if (source.kind !== "maelstrom") return { operations, type, delivers };
	return {
		operations: generatedOperations(type, operations),
		type,
		delivers: delivers ?? MAELSTROM_DELIVERS,
	};
}

/** @throws Error when the type is not built in or the module can't be loaded */
export async function loadDefinition(
	source: Extract<ReplicaSource, { kind: "built-in" | "module" }>,
): Promise<ReplicaDefinition> {
	return source.kind === "module" ? loadModule(source.path) : requireBuiltIn(source.type);
}

function requireBuiltIn(type: string): ReplicaDefinition {
	const definition = builtIn(type);
	if (definition !== undefined) return definition;
	throw new Error(`replicas.type: '${type}' is not built in (built in are ${builtInNames().join(", ")})`);
}

export type { AppliedUpdate, EffectLaws, Effects, JoinLaws } from "../nodes/sdk/replica.ts";

/** Types whose view is an array in any order: two orders of it are one view. */
const UNORDERED_TYPES = ["g-set", "two-phase-set", "or-set", "rw-set", "mv-register"];

export function isUnordered(type: string | null): boolean {
	return type !== null && UNORDERED_TYPES.includes(type);
}
