/**
 * The program that the harness starts for a replica of kind `maelstrom`; what follows `--` is the user's own:
 *
 *     node dist/nodes/maelstrom/main.js --type g-set --delivers '{"order":"any","duplicates":false,"durable":false}' -- node gset.js
 *
 * Exit codes: 0 after SIGTERM or SIGINT, 64 for bad arguments or a bad environment, 70 when the node ended or never began.
 */
import { parseArgs } from "node:util";
import { EnvironmentError, type NodeEnvironment } from "../sdk/environment.ts";
import { runProgram } from "../sdk/program.ts";
import type { Manifest } from "../sdk/replica.ts";
import { type BridgeParts, startBridge } from "./bridge.ts";
import { MAELSTROM_DELIVERS, readOptions } from "./workloads.ts";

/** @throws EnvironmentError */
function partsFrom({ options }: NodeEnvironment): BridgeParts {
	const { values, positionals } = parseArgs({
		options: { type: { type: "string" }, delivers: { type: "string" } },
		allowPositionals: true,
	});
	const [program, ...args] = positionals;
	if (program === undefined) throw new EnvironmentError(["expected the node's program after --"]);
	const read = readOptions(values.type ?? null, options);
	if (!read.ok) throw new EnvironmentError([`${read.mistake.path}: ${read.mistake.message}`]);
	const delivers =
		values.delivers === undefined ? MAELSTROM_DELIVERS : (JSON.parse(values.delivers) as Manifest);
	return { ...read.bridge, argv: [program, ...args], delivers, env: process.env };
}

await runProgram(process.env, (environment, calls) =>
	startBridge(partsFrom(environment), environment, calls),
);
