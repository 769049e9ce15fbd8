/**
 * The program that the harness starts for a replica in JavaScript or TypeScript:
 *
 *     node dist/nodes/sdk/host.js --type or-set
 *     node dist/nodes/sdk/host.js --module /absolute/path/my-replica.ts
 */
import { parseArgs } from "node:util";
import type { ReplicaDefinition } from "./replica.ts";
import { serve } from "./serve.ts";

const EXIT_USAGE = 64;

async function definitionFromArguments(): Promise<ReplicaDefinition> {
	const { values } = parseArgs({ options: { type: { type: "string" }, module: { type: "string" } } });
	// Each loaded only when it is asked for: many replicas start at once.
	if (values.module !== undefined && values.type === undefined) {
		const { loadModule } = await import("./load-module.ts");
		return await loadModule(values.module);
	}
	if (values.type === undefined || values.module !== undefined) {
		throw new Error("expected either --type NAME or --module FILE");
	}
	const { OWN_TYPES } = await import("../own-types.ts");
	const [, own] = OWN_TYPES.find(([name]) => name === values.type) ?? [];
	if (own !== undefined) return own;
	const { builtIn, builtInNames } = await import("../registry.ts");
	const definition = builtIn(values.type);
	if (definition === undefined) {
		throw new Error(`no built-in type ${values.type}; there are ${builtInNames().join(", ")}`);
	}
	return definition;
}

try {
	await serve(await definitionFromArguments());
} catch (error) {
	process.stderr.write(`pakka node: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exit(EXIT_USAGE);
}
