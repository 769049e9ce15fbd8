/**
 * Operations for generated schedules: as the replica's definition generates them, but about few things, since it takes two
 * operations on one key to differ. Queries are left out unless the workload's mix names them: every step is observed anyhow.
 */
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import type { Draws } from "./draws.ts";
import type { Step } from "./schedule.ts";

export interface OperationSource {
	/** The replica's next operation. */
	next(replica: number): Extract<Step, { kind: "invoke" }>;
}

export interface OperationMix {
	names: string[];
	/** Cumulative weights, ascending to the last one. */
	upTo: number[];
	specs: ReplicaDefinition["operations"];
}

/**
 * @param mix weights by name; null: the definition's own, of updates only
 * @throws Error when nothing can be generated
 */
export function operationMix(
	definition: ReplicaDefinition,
	mix: Readonly<Record<string, number>> | null,
): OperationMix {
	const specs = definition.operations;
	const names = Object.keys(mix ?? specs).filter((name) => mix !== null || specs[name]?.kind === "update");
	const unknown = names.find((name) => specs[name] === undefined);
	if (unknown !== undefined) {
		throw new Error(
			`workload.mix names the operation '${unknown}', but the replica knows ${Object.keys(specs).join(", ")}`,
		);
	}
	let total = 0;
	const upTo = names.map((name) => {
		total += mix?.[name] ?? specs[name]?.weight ?? 0;
		return total;
	});
	if (total > 0) return { names, upTo, specs };
	throw new Error(
		`no operation can be generated: of ${Object.keys(specs).join(", ") || "no operations"} none is an update with a positive weight`,
	);
}

/** @param keys so many different keys are drawn */
export function operationSource(
	{ names, upTo, specs }: OperationMix,
	draws: Draws,
	keys: number,
): OperationSource {
	let unique = 0;
	const draw = {
		integer: (min: number, max: number) => min + draws.below(max - min + 1),
		key: () => `k${draws.below(keys)}`,
		unique: () => `v${unique++}`,
	};
	return {
		next(replica) {
			const at = draws.float() * (upTo.at(-1) as number);
			const index = upTo.findIndex((bound) => at < bound);
			const f = names[index] as string;
			const spec = specs[f] as ReplicaDefinition["operations"][string];
			return { kind: "invoke", replica, f, value: spec.generate(draw) };
		},
	};
}
