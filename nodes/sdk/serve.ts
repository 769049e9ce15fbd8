/**
 * Makes a program of a replica: it speaks the replica protocol (docs/replica-protocol.md) to whoever started it.
 *
 *     import { serve } from "pakka/node";
 *     await serve(myDefinition);
 *
 * Exit codes: 0 after SIGTERM or SIGINT, 64 for a bad environment, 70 when it can't go on.
 */
import { startNode } from "./node.ts";
import { runProgram } from "./program.ts";
import type { ReplicaDefinition } from "./replica.ts";

/** Resolves when the node answers; it ends by a signal. Never returns where the node can't start. */
export async function serve(
	definition: ReplicaDefinition,
	env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
	await runProgram(env, async (environment, calls) => {
		const node = await startNode(definition, environment, calls);
		return () => node.stop();
	});
}
