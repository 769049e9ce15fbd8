/**
 * Loads a user's replica: a TypeScript or JavaScript file whose default export is a `ReplicaDefinition`. It may
 * import from "pakka/node" also where Pakka is not installed beside it: it gets the very module that runs here.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createJiti } from "jiti";
import type { ReplicaDefinition } from "./replica.ts";

/** @throws with the file's name and what is wrong with it */
export async function loadModule(path: string): Promise<ReplicaDefinition> {
	const file = resolve(path);
	if (!existsSync(file)) throw new Error(`${path}: no such file (looked at ${file})`);
	let exported: unknown;
	try {
		exported = await importFile(file);
	} catch (error) {
		throw new Error(
			`${path} could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
			{
				cause: error,
			},
		);
	}
	const problem = whyNoDefinition(exported);
	if (problem !== null) {
		throw new Error(
			`${path}: ${problem}. Expected the default export to be a replica definition, made with ` +
				'defineReplica, stateBased, opBased or library of "pakka/node".',
		);
	}
	return exported as ReplicaDefinition;
}

async function importFile(file: string): Promise<unknown> {
	const sdk: unknown = await import("./index.ts");
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
	if (value === undefined) return "it has no default export";
	if (typeof value !== "object" || value === null) return `its default export is a ${typeof value}`;
	const fields = value as Record<string, unknown>;
	const expected = {
		type: "string",
		delivers: "object",
		operations: "object",
		tickMs: "number",
		create: "function",
	};
	for (const [name, type] of Object.entries(expected)) {
		if (typeof fields[name] !== type || fields[name] === null) {
			return `its default export has no ${name} (${type})`;
		}
	}
	if (!((fields["tickMs"] as number) > 0)) return `its tickMs is ${String(fields["tickMs"])}, not above 0`;
	return null;
}
