/** Runs the compiled program `pakka` as a user's shell would. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtEntry } from "../nodes/sdk/built-entry.ts";

export interface Finished {
	code: number | null;
	stdout: string;
	stderr: string;
}

export interface Started {
	child: ChildProcess;
	/** What stdout holds so far. */
	stdout(): string;
	finished: Promise<Finished>;
}

const DEFAULT_TIMEOUT_MS = 60_000;

export function startPakka(
	args: readonly string[],
	options: { cwd: string; env?: NodeJS.ProcessEnv },
): Started {
	const child = spawn(process.execPath, [builtEntry("cli/main.ts"), ...args], {
		cwd: options.cwd,
		env: { ...process.env, NO_COLOR: "1", ...options.env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let stdout = "";
	let stderr = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	const deadline = setTimeout(() => child.kill("SIGKILL"), DEFAULT_TIMEOUT_MS);
	const finished = new Promise<Finished>((resolve) => {
		child.once("close", (code) => {
			clearTimeout(deadline);
			resolve({ code, stdout, stderr });
		});
	});
	return { child, stdout: () => stdout, finished };
}

export function runPakka(
	args: readonly string[],
	options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Finished> {
	return startPakka(args, options).finished;
}

/** A folder of the test's own, removed when it is disposed of. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
	const path = await mkdtemp(join(tmpdir(), "pakka-test-"));
	return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
