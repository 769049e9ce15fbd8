#!/usr/bin/env node
/** The program `pakka`: runs one command and turns what came of it into an exit code (contracts section 1). */
import { setMaxListeners } from "node:events";
import { CommanderError } from "commander";
import { EXIT, UsageError } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";
import { cleanText } from "./terminal-text.ts";

const interruption = new AbortController();
// Whatever is under way listens; without the call Node warns from the eleventh on.
setMaxListeners(0, interruption.signal);
let interruptedBy: number | null = null;

for (const [signal, code] of [
	["SIGINT", EXIT.interrupted],
	["SIGTERM", EXIT.terminated],
] as const) {
	process.on(signal, () => {
		// A second Ctrl-C: the user will not wait. The watchdog ends what we leave.
		if (interruptedBy !== null) process.exit(code);
		interruptedBy = code;
		process.stderr.write("\nstopping: writing what there is, cleaning up (once more to leave at once)\n");
		interruption.abort();
	});
}

// `pakka run | head`: the reader left; go on without it.
process.stdout.on("error", ignoreBrokenPipe);
process.stderr.on("error", ignoreBrokenPipe);

let exitCode: number = EXIT.met;
try {
	await buildProgram(interruption.signal, (code) => {
		exitCode = code;
	}).parseAsync();
} catch (error) {
	exitCode = explain(error);
}
// Not only set: a handle that something left open must not keep a CI job waiting.
process.exit(interruptedBy ?? exitCode);

/** @returns the exit code */
function explain(error: unknown): number {
	if (error instanceof CommanderError) {
		// Help and version are no mistakes; for those that are, commander has already said which.
		return error.exitCode === 0 ? EXIT.met : EXIT.usage;
	}
	if (error instanceof UsageError) {
		process.stderr.write(`${error.message}\n`);
		return EXIT.usage;
	}
	const text = error instanceof Error ? wordsOf(error) : String(error);
	process.stderr.write(`the harness failed: ${text.split("\n").map(cleanText).join("\n")}\n`);
	return EXIT.harness;
}

/** Nobody needs a stack to learn that there is no Docker engine. */
function wordsOf(error: Error): string {
	return error.name === "EngineError" ? error.message : (error.stack ?? error.message);
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
	if (error.code !== "EPIPE") throw error;
}
