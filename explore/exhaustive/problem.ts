/** What the exhaustive search is asked, and the words that its parts share. */
import type { Json, ReplicaDefinition } from "../../controller/runtimes/sim/cluster.ts";

export interface ScopedOperation {
	f: string;
	value: Json;
}

export interface ExhaustiveProblem {
	/** Its `load` is done. */
	definition: ReplicaDefinition;
	/** Judges by this type's specification. */
	type: string;
	/** By replica, in the order in which each invokes its own. */
	operations: readonly (readonly ScopedOperation[])[];
	/** Handed to the replicas. */
	options?: Record<string, Json>;
	/** What a replica draws is the same for the same operation or message, whatever came before. */
	seed?: number;
	/** So often does each message come once more, where the manifest allows it; 0 by default. */
	duplicates?: number;
	/** Beyond, the search ends, and says that it is not complete. */
	maximumConfigurations?: number;
	/**
	 * `false` visits every configuration on the way, not one order for all that commute: slow, for comparison, and for
	 * replicas that answer messages with messages (the search finds that out by itself).
	 */
	reduce?: boolean;
}

/** What happens to one replica. */
export type LocalEvent = { kind: "invoke"; index: number } | { kind: "receive"; message: number };

/** Each message arrives once, and so many times more. */
export function copiesOf({ definition, duplicates = 0 }: ExhaustiveProblem): number {
	const { order, duplicates: allowed } = definition.delivers;
	return allowed && order === "any" ? 1 + duplicates : 1;
}
