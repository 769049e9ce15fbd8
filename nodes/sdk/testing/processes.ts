/** Replica programs of a test, as real processes that speak the replica protocol, directly wired. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Called, request, until } from "./cluster.ts";

export interface Started extends AsyncDisposable {
	folder: string;
	call(id: string, method: string, path: string, body?: unknown): Promise<Called>;
	add(id: string, value: unknown): Promise<Called>;
	/** Resolves once it is healthy. */
	start(id: string): Promise<void>;
	/** Resolves to the exit code once it is gone. */
	end(id: string, signal: NodeJS.Signals): Promise<number | null>;
	/** Where it accepts peers. */
	peerPort(id: string): number;
	/** What it wrote to stderr. */
	log(id: string): string;
}

interface Running {
	child: ChildProcess;
	log: string;
}

/** @param command the program and its arguments */
export async function startProcesses(command: string[], ids: string[], lanes = 2): Promise<Started> {
	const folder = await mkdtemp(join(tmpdir(), "pakka-process-test-"));
	const ports = new Map<string, { control: number; listen: number }>();
	for (const id of ids) ports.set(id, { control: await freePort(), listen: await freePort() });
	const running = new Map<string, Running>();
	const incarnations = new Map<string, number>();
	let operations = 0;
	const started: Started = {
		folder,
		call: (id, method, path, body) =>
			request(`http://127.0.0.1:${ports.get(id)?.control}${path}`, method, body),
		add(id, value) {
			operations += 1;
			return started.call(id, "POST", "/operation", { id: `c-${operations}`, f: "add", value });
		},
		async start(id) {
			const incarnation = incarnations.get(id) ?? 0;
			incarnations.set(id, incarnation + 1);
			const peers = ids.filter((other) => other !== id);
			const lanesOf = (peer: string): string[] =>
				Array.from({ length: lanes }, () => `127.0.0.1:${ports.get(peer)?.listen}`);
			running.set(
				id,
				run(command, {
					PAKKA_ID: id,
					PAKKA_REPLICAS: JSON.stringify(ids),
					PAKKA_CONTROL: `127.0.0.1:${ports.get(id)?.control}`,
					PAKKA_LISTEN: `127.0.0.1:${ports.get(id)?.listen}`,
					PAKKA_PEERS: JSON.stringify(Object.fromEntries(peers.map((peer) => [peer, lanesOf(peer)]))),
					PAKKA_DATA: join(folder, id),
					PAKKA_SEED: "42",
					PAKKA_OPTIONS: "{}",
					PAKKA_INCARNATION: String(incarnation),
				}),
			);
			await until(`${id} is healthy`, async () => {
				const { child, log } = running.get(id) as Running;
				if (child.exitCode !== null) throw new Error(`${id} ended with ${child.exitCode}: ${log}`);
				return (await started.call(id, "GET", "/health")).status === 200;
			});
		},
		async end(id, signal) {
			const { child } = running.get(id) as Running;
			child.kill(signal);
			if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
			return child.exitCode;
		},
		peerPort: (id) => ports.get(id)?.listen ?? 0,
		log: (id) => running.get(id)?.log ?? "",
		async [Symbol.asyncDispose]() {
			for (const id of running.keys()) await started.end(id, "SIGKILL");
			await rm(folder, { recursive: true, force: true });
		},
	};
	await Promise.all(ids.map((id) => started.start(id)));
	return started;
}

/** Runs it to its end. */
export async function runToEnd(
	command: string[],
	env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; log: string }> {
	const { child } = run(command, env);
	let log = "";
	child.stderr?.on("data", (chunk) => {
		log += String(chunk);
	});
	await once(child, "close");
	return { code: child.exitCode, log };
}

function run([program = "", ...args]: string[], env: NodeJS.ProcessEnv): Running {
	const child = spawn(program, args, {
		env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
		stdio: ["ignore", "ignore", "pipe"],
	});
	const running: Running = { child, log: "" };
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		running.log += text;
	});
	return running;
}

/** Free at the moment; good enough on one machine. */
async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const bound = server.address();
	await new Promise((resolve) => server.close(resolve));
	return bound !== null && typeof bound === "object" ? bound.port : 0;
}
