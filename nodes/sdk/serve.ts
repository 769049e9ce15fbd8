/**
 * Makes a program of a replica: it speaks the replica protocol (docs/replica-protocol.md) to whoever started it.
 *
 *     import { serve } from "pakka/node";
 *     await serve(myDefinition);
 *
 * Exit codes: 0 after SIGTERM or SIGINT, 64 for a bad environment, 70 when it can't go on.
 */
import { EnvironmentError, readEnvironment } from "./environment.ts";
import { type StartedNode, startNode } from "./node.ts";
import type { ReplicaDefinition } from "./replica.ts";

const STOP_TIMEOUT_MS = 2_000;
/** So many lines of warnings go to stderr; a node must not flood its log. */
const MAX_WARNINGS = 200;
const EXIT_USAGE = 64;
const EXIT_FAILURE = 70;

/** Resolves when the node answers; it ends by a signal. Never returns where the node can't start. */
export async function serve(
	definition: ReplicaDefinition,
	env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
	ignoreBrokenPipes();
	process.on("uncaughtException", fail);
	try {
		const environment = readEnvironment(env);
		const node = await startNode(definition, environment, { warn: warner(), onFatal: fail });
		stopOnSignals(node);
	} catch (error) {
		fail(error);
	}
}

function fail(error: unknown): never {
	const usage = error instanceof EnvironmentError;
	const text = error instanceof Error && !usage ? (error.stack ?? error.message) : String(error);
	process.stderr.write(`pakka node: ${text}\n`);
	process.exit(usage ? EXIT_USAGE : EXIT_FAILURE);
}

function stopOnSignals(node: StartedNode): void {
	let stopping = false;
	function stop(): void {
		if (stopping) return;
		stopping = true;
		setTimeout(() => process.exit(0), STOP_TIMEOUT_MS).unref();
		node.stop().then(() => process.exit(0), fail);
	}
	process.on("SIGTERM", stop);
	process.on("SIGINT", stop);
}

function warner(): (line: string) => void {
	let lines = 0;
	return (line) => {
		lines += 1;
		if (lines <= MAX_WARNINGS) process.stderr.write(`pakka node: ${line}\n`);
		if (lines === MAX_WARNINGS) process.stderr.write(`pakka node: MAX_WARNINGS = ${MAX_WARNINGS}: no more\n`);
	};
}

/** Whoever read our output may be gone; that is no reason to stop. */
function ignoreBrokenPipes(): void {
	for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}
