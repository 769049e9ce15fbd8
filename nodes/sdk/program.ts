/**
 * The process round a node, whatever the node is made of: its environment, its signals, its exit codes. `serve` and the bridge to
 * Maelstrom's nodes are programs of this kind.
 *
 * Exit codes: 0 after SIGTERM or SIGINT, 64 for a bad environment, 70 when it can't go on.
 */
import { EnvironmentError, type NodeEnvironment, readEnvironment } from "./environment.ts";

const STOP_TIMEOUT_MS = 2_000;
/** So many lines of warnings go to stderr; a node must not flood its log. */
const MAX_WARNINGS = 200;
const EXIT_USAGE = 64;
const EXIT_FAILURE = 70;

/** How a node speaks to the process that it lives in. */
export interface ProgramCalls {
	/** A line for the log. */
	warn: (line: string) => void;
	/** The node can't go on. */
	onFatal: (error: unknown) => void;
}

/** Ends the node in order. */
type Stop = () => Promise<void>;

/** Resolves when the node answers; it ends by a signal. Never returns where the node can't start. */
export async function runProgram(
	env: NodeJS.ProcessEnv,
	start: (environment: NodeEnvironment, calls: ProgramCalls) => Promise<Stop>,
): Promise<void> {
	ignoreBrokenPipes();
	process.on("uncaughtException", fail);
	try {
		stopOnSignals(await start(readEnvironment(env), { warn: warner(), onFatal: fail }));
	} catch (error) {
		fail(error);
	}
}

/** A failure that is not this program's own, so that a stack would tell nothing. */
export class NodeFailure extends Error {}

function fail(error: unknown): never {
	const usage = error instanceof EnvironmentError;
	const text = usage || error instanceof NodeFailure ? error.message : withStack(error);
	process.stderr.write(`pakka node: ${text}\n`);
	process.exit(usage ? EXIT_USAGE : EXIT_FAILURE);
}

function withStack(error: unknown): string {
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function stopOnSignals(end: Stop): void {
	let stopping = false;
	function stop(): void {
		if (stopping) return;
		stopping = true;
		setTimeout(() => process.exit(0), STOP_TIMEOUT_MS).unref();
		end().then(() => process.exit(0), fail);
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
