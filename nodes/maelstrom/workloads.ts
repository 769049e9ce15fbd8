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

const NAMES = [...WORKLOADS.keys()].join(", ");

/**
 * What is claimed for a node if the scenario doesn't say: Maelstrom's network loses and reorders messages, and doubles none; and
 * its nodes keep everything in memory.
 */
export const MAELSTROM_DELIVERS: Manifest = { order: "any", duplicates: false, durable: false };

export interface BridgeOptions {
	workload: Workload;
	topology: Topology;
}

/** A mistake in a scenario, and where it stands. */
interface Mistake {
	/** `replicas.type`, `replicas.options.topology` … */
	path: string;
	message: string;
}

type ReadOptions = { ok: true; bridge: BridgeOptions } | { ok: false; mistake: Mistake };

/** What `replicas.type` and `replicas.options` of a scenario ask of the bridge, or the first mistake in them. */
export function readOptions(type: string | null, options: Record<string, Json>): ReadOptions {
	const { workload: name = type, topology = "grid", ...others } = options;
	const [unknown] = Object.keys(others);
	if (unknown !== undefined) {
		return mistake("options", `no option '${unknown}' for a Maelstrom node; there are workload and topology`);
	}
	const named = JSON.stringify(name);
	const workload = typeof name === "string" ? WORKLOADS.get(name) : undefined;
	if (workload === undefined) {
		const where = options["workload"] === undefined ? "type" : "options.workload";
		return mistake(where, `no workload of Maelstrom's, ${named}, is run here; there are ${NAMES}`);
	}
	if (workload.type !== type) {
		const found = type === null ? "none" : `'${type}'`;
		return mistake("type", `Maelstrom's workload ${named} is judged as '${workload.type}', found ${found}`);
	}
	const known = TOPOLOGIES.find((one) => one === topology);
	if (known === undefined) {
		const found = JSON.stringify(topology);
		return mistake("options.topology", `expected one of ${TOPOLOGIES.join(", ")}, found ${found}`);
	}
	return { ok: true, bridge: { workload, topology: known } };
}

function mistake(where: string, message: string): ReadOptions {
	return { ok: false, mistake: { path: `replicas.${where}`, message } };
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
