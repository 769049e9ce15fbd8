/**
 * The user's program: started as a child, spoken to by lines on its stdin, heard by lines on its stdout. Its stderr is the
 * bridge's own, and so ends in the replica's log, whose bound holds for it too.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createLineReader, MAX_LINE_BYTES } from "./lines.ts";

/** A child that leaves so much unread is handed nothing more until it has read. */
export const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** From SIGTERM to SIGKILL. */
const STOP_WITHIN_MS = 1_000;
/** It is told what replicas are told, but for the addresses: its only way out is its stdout. */
const NOT_FOR_CHILDREN = ["PAKKA_CONTROL", "PAKKA_LISTEN", "PAKKA_PEERS"];

export interface ChildOptions {
	argv: readonly [program: string, ...args: string[]];
	env: NodeJS.ProcessEnv;
	onLine(line: string): void;
	/** A line was left out. */
	onTooLong(why: string): void;
}

export interface StartedChild {
	/** @returns false when it was not written, because too much waits already or the child is gone */
	write(line: string): boolean;
	/** Too much waits for it to read. */
	readonly congested: boolean;
	/** Resolves with how it ended, in words. */
	ended: Promise<string>;
	stop(): Promise<void>;
}

/** @throws Error when it can't be started */
export async function startChild(options: ChildOptions): Promise<StartedChild> {
	const [program, ...args] = options.argv;
	const env = Object.fromEntries(
		Object.entries(options.env).filter(([name]) => !NOT_FOR_CHILDREN.includes(name)),
	);
	// Of the bridge's process group: signals that crash or pause the replica reach both.
	const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "inherit"] });
	const ended = new Promise<string>((resolve) => {
		child.once("close", (code, signal) =>
			resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
		);
	});
	// A child that ended or closed its stdin: `ended` says so, or its silence does.
	child.stdin.on("error", () => undefined);
	const reader = createLineReader(() =>
		options.onTooLong(`it printed a line of over MAX_LINE_BYTES = ${MAX_LINE_BYTES} bytes`),
	);
	child.stdout.on("data", (chunk: Buffer) => {
		for (const line of reader.push(chunk)) options.onLine(line);
	});
	await once(child, "spawn");
	child.on("error", () => undefined);
	const isCongested = (): boolean => child.stdin.writableLength > MAX_UNREAD_BYTES;
	return {
		ended,
		get congested() {
			return isCongested();
		},
		write(line) {
			if (isCongested() || !child.stdin.writable) return false;
			child.stdin.write(`${line}\n`);
			return true;
		},
		async stop() {
			const killing = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
			child.kill("SIGTERM");
			await ended;
			clearTimeout(killing);
		},
	};
}
