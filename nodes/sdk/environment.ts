/**
 * What a replica program is told by whoever starts it: `PAKKA_*` variables (docs/replica-protocol.md). All
 * mistakes are reported at once.
 */
import type { Json } from "./replica.ts";

export interface Address {
	host: string;
	port: number;
}

export interface NodeEnvironment {
	id: string;
	replicas: string[];
	control: Address;
	listen: Address;
	/** Several addresses a peer: one per lane. */
	peers: Map<string, Address[]>;
	dataFolder: string;
	seed: number;
	options: Record<string, Json>;
	/** Starts of this node before this one. */
	incarnation: number;
}

/** @throws EnvironmentError that names every bad variable */
export function readEnvironment(env: NodeJS.ProcessEnv): NodeEnvironment {
	const problems: string[] = [];
	function read<T>(name: string, expected: string, parse: (text: string) => T | null, byDefault?: string): T {
		const text = env[name] ?? byDefault;
		const value = text === undefined ? null : attempt(() => parse(text));
		if (value === null) {
			const found = text === undefined ? "it is not set" : `found ${JSON.stringify(text.slice(0, 200))}`;
			problems.push(`${name}: expected ${expected}, ${found}`);
		}
		return value as T;
	}
	const id = read("PAKKA_ID", "the replica's id, e.g. r1", (text) => (text === "" ? null : text));
	const environment: NodeEnvironment = {
		id,
		replicas: read("PAKKA_REPLICAS", 'a JSON array of ids that contains PAKKA_ID, e.g. ["r1","r2"]', (text) =>
			replicasFrom(text, id),
		),
		control: read("PAKKA_CONTROL", "host:port to serve the control API on", parseAddress),
		listen: read("PAKKA_LISTEN", "host:port to accept peers on", parseAddress),
		peers: read("PAKKA_PEERS", 'JSON, id to addresses, e.g. {"r2":["127.0.0.1:7001"]}', peersFrom, "{}"),
		dataFolder: read("PAKKA_DATA", "a folder that survives a crash", (text) => (text === "" ? null : text)),
		seed: read("PAKKA_SEED", "an integer", (text) => integer(text, Number.MIN_SAFE_INTEGER), "0"),
		options: read("PAKKA_OPTIONS", "a JSON object", objectFrom, "{}"),
		incarnation: read("PAKKA_INCARNATION", "an integer from 0", (text) => integer(text, 0), "0"),
	};
	if (problems.length > 0) throw new EnvironmentError(problems);
	return environment;
}

export class EnvironmentError extends Error {
	constructor(problems: readonly string[]) {
		super(`${problems.join("\n")}\nSee docs/replica-protocol.md, "How a replica is started".`);
	}
}

function attempt<T>(parse: () => T): T | null {
	try {
		return parse();
	} catch {
		return null;
	}
}

/** @returns null when it is not `host:port`; an IPv6 host stands in brackets */
export function parseAddress(text: string): Address | null {
	const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
	const host = match?.[1] ?? match?.[2];
	const port = Number(match?.[3]);
	return host === undefined || !(port <= 65_535) ? null : { host, port };
}

function integer(text: string, min: number): number | null {
	const value = Number(text);
	return text.trim() !== "" && Number.isSafeInteger(value) && value >= min ? value : null;
}

function replicasFrom(text: string, id: string): string[] | null {
	const value: unknown = JSON.parse(text);
	const areIds = Array.isArray(value) && value.every((item) => typeof item === "string");
	return areIds && value.includes(id) ? value : null;
}

function objectFrom(text: string): Record<string, Json> | null {
	const value: unknown = JSON.parse(text);
	const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
	return isObject ? (value as Record<string, Json>) : null;
}

function peersFrom(text: string): Map<string, Address[]> | null {
	const peers = new Map<string, Address[]>();
	for (const [id, lanes] of Object.entries(objectFrom(text) ?? { "": null })) {
		if (!Array.isArray(lanes)) return null;
		const addresses = lanes.map((lane) => (typeof lane === "string" ? parseAddress(lane) : null));
		if (addresses.length === 0 || addresses.includes(null)) return null;
		peers.set(id, addresses as Address[]);
	}
	return peers;
}
