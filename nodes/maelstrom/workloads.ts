/**
 * Which of Maelstrom's requests an operation of Pakka's becomes, and what of its reply is the view. One entry a workload;
 * everything else follows from it: the check of a scenario, the bridge, the generated operations. Pure.
 * Source: Maelstrom's documentation, doc/workloads.md, sections "Broadcast", "G-set", "G-counter", "Pn-counter".
 *
 * Left out on purpose: `echo` and `unique-ids`, which replicate nothing; `lin-kv`, `kafka` and the transactions, which promise
 * more than convergence, and by other means.
 */
import type { Json, Manifest, OperationSpec } from "../sdk/replica.ts";
import type { Body } from "./messages.ts";
import { TOPOLOGIES, type Topology } from "./topology.ts";

/** Pakka's types that the nodes are judged as. */
type JudgedType = "g-set" | "g-counter" | "pn-counter";

interface Workload {
	type: JudgedType;
	/** Whether nodes wait for a message `topology` after `init`. */
	topology: boolean;
	/** The request that adds. */
	add(value: Json): Body;
	/** The key in `read_ok` that holds what the node shows. */
	shownAs: "messages" | "value";
}

const delta = (value: Json): Body => ({ type: "add", delta: value });

const WORKLOADS = new Map<string, Workload>([
	[
		"broadcast",
		{
			type: "g-set",
			topology: true,
			add: (value) => ({ type: "broadcast", message: value }),
			shownAs: "messages",
		},
	],
	[
		"g-set",
		{ type: "g-set", topology: false, add: (value) => ({ type: "add", element: value }), shownAs: "value" },
	],
	["g-counter", { type: "g-counter", topology: false, add: delta, shownAs: "value" }],
	["pn-counter", { type: "pn-counter", topology: false, add: delta, shownAs: "value" }],
]);

/**
 * What is claimed for a node if the scenario doesn't say: Maelstrom's network loses and reorders messages, and doubles none; and
 * its nodes keep everything in memory.
 */
export const MAELSTROM_DELIVERS: Manifest = { order: "any", duplicates: false, durable: false };

export interface BridgeOptions {
	workload: Workload;
	topology: Topology;
}

/**
 * `replicas.type` and `replicas.options` of a scenario.
 * @returns the first mistake as text, or what the bridge is to do
 */
export function readOptions(type: string | null, options: Record<string, Json>): BridgeOptions | string {
	const { workload: name = type, topology = "grid", ...others } = options;
	const [unknown] = Object.keys(others);
	if (unknown !== undefined) {
		return `replicas.options: no option '${unknown}' for a Maelstrom node (there are workload and topology)`;
	}
	const workload = typeof name === "string" ? WORKLOADS.get(name) : undefined;
	if (workload === undefined) {
		const found = options["workload"] === undefined ? "replicas.type is" : "replicas.options.workload is";
		return `no workload of Maelstrom's is ${JSON.stringify(name)} here (${found} that; there are ${[...WORKLOADS.keys()].join(", ")})`;
	}
	if (workload.type !== type) {
		return `replicas.type: Maelstrom's workload ${JSON.stringify(name)} is judged as ${workload.type}, found ${JSON.stringify(type)}`;
	}
	const known = TOPOLOGIES.find((one) => one === topology);
	if (known === undefined) {
		return `replicas.options.topology: expected one of ${TOPOLOGIES.join(", ")}, found ${JSON.stringify(topology)}`;
	}
	return { workload, topology: known };
}

/**
 * As Maelstrom generates them: elements are integers, each added once. Programs often rely on the former, and the latter makes
 * every lost update visible.
 * @param operations of the built-in type
 */
export function generatedOperations(
	type: string | null,
	operations: Record<string, OperationSpec>,
): Record<string, OperationSpec> {
	const { add } = operations;
	if (type !== "g-set" || add === undefined) return operations;
	// `v17` is drawn once in a run, and so is 17.
	return { ...operations, add: { ...add, generate: (draw) => Number(draw.unique().slice(1)) } };
}

/** @returns null for an operation that the workload doesn't have */
export function requestFor(workload: Workload, f: string, value: Json): Body | null {
	if (f === "add") return workload.add(value);
	return f === "read" ? { type: "read" } : null;
}
