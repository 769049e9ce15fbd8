/**
 * A Toxiproxy server as a child process: its output is kept for error messages, its end is noticed, and it is ended by
 * the process that we started, never by name.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const TERMINATE_TIMEOUT_MS = 2_000;
const KILL_TIMEOUT_MS = 5_000;
/** Of the child's output, for error messages. */
const KEPT_OUTPUT_CHARACTERS = 32_768;
const SHOWN_OUTPUT_CHARACTERS = 1_000;

export interface ChildOptions {
	env: Record<string, string | undefined>;
	spawned?: (pid: number) => void;
}

export interface Child {
	process: ChildProcess;
	pid: number;
	/** The end of what it printed on stdout and stderr. */
	output(): string;
	ended: Promise<string>;
	/** Null while it runs. */
	endedBecause(): string | null;
}

/** In a process group of its own: Ctrl-C in a terminal is not for it. */
export function startChild(program: string, argv: string[], { env, spawned }: ChildOptions): Child {
	const child = spawn(program, argv, { env: { ...env }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
	if (child.pid !== undefined) spawned?.(child.pid);
	let output = "";
	let endedBecause: string | null = null;
	const keep = (chunk: Buffer) => {
		output = (output + chunk.toString("utf8")).slice(-KEPT_OUTPUT_CHARACTERS);
	};
	child.stdout.on("data", keep);
	child.stderr.on("data", keep);
	const ended = new Promise<string>((resolve) => {
		const end = (how: string) => {
			endedBecause = how;
			resolve(how);
		};
		child.once("error", (error) => end(`could not be started: ${error.message}`));
		child.once("exit", (code, signal) =>
			end(code === null ? `ended by ${signal}` : `exited with code ${code}`),
		);
	});
	return {
		process: child,
		pid: child.pid ?? -1,
		output: () => output,
		ended,
		endedBecause: () => endedBecause,
	};
}

/** By the process we started, never by name. @throws when it outlives SIGKILL */
export async function endChild(child: Child, first: "SIGTERM" | "SIGKILL"): Promise<void> {
	if (child.endedBecause() !== null) return;
	child.process.kill(first);
	if (await endsWithin(child, first === "SIGTERM" ? TERMINATE_TIMEOUT_MS : KILL_TIMEOUT_MS)) return;
	child.process.kill("SIGKILL");
	if (await endsWithin(child, KILL_TIMEOUT_MS)) return;
	throw new Error(`Toxiproxy (process ${child.pid}) has not ended ${KILL_TIMEOUT_MS} ms after SIGKILL.`);
}

async function endsWithin(child: Child, boundMs: number): Promise<boolean> {
	const bound = new AbortController();
	const tooLate = sleep(boundMs, false, { signal: bound.signal }).catch(() => false);
	const ended = await Promise.race([child.ended.then(() => true), tooLate]);
	bound.abort();
	return ended;
}

export function lastWords(child: Child): string {
	const shown = child.output().trim().slice(-SHOWN_OUTPUT_CHARACTERS);
	return shown === "" ? ", and printed nothing." : `. It last printed:\n${shown}`;
}
