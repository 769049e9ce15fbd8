/** What is started for a replica, by where the scenario says it comes from, and the environment that it is handed. */
import type { Json } from "../../../history/events.ts";
import { MAELSTROM_DELIVERS } from "../../../nodes/maelstrom/workloads.ts";
import { builtEntry } from "../../../nodes/sdk/built-entry.ts";
import type { Scenario } from "../../../scenarios/scenario.ts";
import { subSeed } from "../../plan/random.ts";
import { RUN_VARIABLE } from "../../run-registry.ts";

export interface NodeAddresses {
	/** host:port of the control API. */
	control: string;
	/** host:port on which it accepts peers. */
	listen: string;
}

/** @throws for sources that are no process; refuse.ts has named those before */
export function argvOf(scenario: Scenario): [program: string, ...args: string[]] {
	const { source } = scenario.replicas;
	const host = () => builtEntry("nodes/sdk/host.ts");
	switch (source.kind) {
		case "built-in":
			return [process.execPath, host(), "--type", source.type];
		case "module":
			return [process.execPath, host(), "--module", source.path];
		case "command":
			return source.argv as [string, ...string[]];
		case "maelstrom":
			return [...maelstromBridge(scenario), ...source.argv];
		case "image":
			throw new Error(`replicas of kind '${source.kind}' can't be run as processes`);
		default:
			return source satisfies never;
	}
}

/** Starts the node whose program and arguments follow, and speaks the replica protocol for it. */
export function maelstromBridge({ replicas }: Scenario): [program: string, ...string[]] {
	const delivers = JSON.stringify(replicas.delivers ?? MAELSTROM_DELIVERS);
	const bridge = builtEntry("nodes/maelstrom/main.ts");
	return [process.execPath, bridge, "--type", replicas.type ?? "", "--delivers", delivers, "--"];
}

/** The replica protocol's environment, on top of this process' own. */
export function environmentOf(
	scenario: Scenario,
	runId: string,
	node: {
		replica: string;
		addresses: NodeAddresses;
		peers: Record<string, string[]>;
		dataFolder: string;
		incarnation: number;
	},
): NodeJS.ProcessEnv {
	const { names, options } = scenario.replicas;
	const json = (value: Json) => JSON.stringify(value);
	return {
		...process.env,
		[RUN_VARIABLE]: runId,
		PAKKA_ID: node.replica,
		PAKKA_REPLICAS: json(names),
		PAKKA_CONTROL: node.addresses.control,
		PAKKA_LISTEN: node.addresses.listen,
		PAKKA_PEERS: json(node.peers),
		PAKKA_DATA: node.dataFolder,
		PAKKA_SEED: String(subSeed(scenario.seed, `replica ${node.replica}`)),
		PAKKA_OPTIONS: json(options),
		PAKKA_INCARNATION: String(node.incarnation),
	};
}
