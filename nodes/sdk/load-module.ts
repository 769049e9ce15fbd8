/**
 * Loads a user's replica, or a user's adapter to a server: a TypeScript or JavaScript file whose default export is a
 * `ReplicaDefinition` or an `AdapterDefinition`. It may import from "pakka/node" also where Pakka is not installed
 * beside it: it gets the very module that runs here.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { AdapterDefinition } from "./adapter.ts";
import type { ReplicaDefinition } from "./replica.ts";

/** @throws with the file's name and what is wrong with it */
export async function loadModule(path: string): Promise<ReplicaDefinition> {
	const exported = await importDefault(path);
	const problem = whyNoDefinition(exported);
	if (problem !== null) {
		throw new Error(
			`${path}: ${problem}. Expected the default export to be a replica definition, made with ` +
				'defineReplica, stateBased, opBased or library of "pakka/node".',
		);
	}
	return exported as ReplicaDefinition;
}

/** @throws with the file's name and what is wrong with it */
export async function loadAdapter(path: string): Promise<AdapterDefinition> {
	const exported = await importDefault(path);
	const problem = whyNoAdapter(exported);
	if (problem === null) return exported as AdapterDefinition;
	throw new Error(
		`${path}: ${problem}. Expected the default export to be an adapter, made with defineAdapter of "pakka/node".`,
	);
}

async function importDefault(path: string): Promise<unknown> {
	const file = resolve(path);
	if (!existsSync(file)) throw new Error(`${path}: no such file (looked at ${file})`);
	try {
		return await importFile(file);
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new Error(`${path} could not be loaded: ${why}`, { cause: error });
	}
}

async function importFile(file: string): Promise<unknown> {
	// Only here: who loads no file does not wait for the compiler.
	const [sdk, { createJiti }] = await Promise.all([import("./index.ts"), import("jiti")]);
	const jiti = createJiti(import.meta.url, {
		// Many replicas load the same file at once, and nothing is to be left behind.
		fsCache: false,
		interopDefault: false,
		virtualModules: { "pakka/node": sdk },
	});
	const module = await jiti.import<{ default?: unknown }>(file);
	return module.default;
}

function whyNoDefinition(value: unknown): string | null {
	const lack = whatLacks(value, {
		type: "string",
		delivers: "object",
		operations: "object",
		tickMs: "number",
		create: "function",
	});
	if (lack !== null) return lack;
	const { tickMs } = value as ReplicaDefinition;
	return tickMs > 0 ? null : `its tickMs is ${String(tickMs)}, not above 0`;
}

const LARGEST_PORT = 65_535;

function whyNoAdapter(value: unknown): string | null {
	const lack = whatLacks(value, { ports: "object", start: "function", connect: "function" });
	if (lack !== null) return lack;
	const { ports } = value as AdapterDefinition;
	for (const use of ["client", "peers"] as const) {
		const port: unknown = ports[use];
		if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > LARGEST_PORT) {
			return `its ports.${use} is ${String(port)}, not a port from 1 to ${LARGEST_PORT}`;
		}
	}
	return null;
}

/** @param expected `typeof` by name */
function whatLacks(value: unknown, expected: Record<string, string>): string | null {
	if (value === undefined) return "it has no default export";
	if (typeof value !== "object" || value === null) return `its default export is a ${typeof value}`;
	const fields = value as Record<string, unknown>;
	for (const [name, type] of Object.entries(expected)) {
		if (typeof fields[name] !== type || fields[name] === null) {
			return `its default export has no ${name} (${type})`;
		}
	}
	return null;
}
