/** The servers that the shared suites run against: a fresh embedded one, and a real one where there is one. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { requirement } from "../../test/requirements.ts";
import { startToxiproxy } from "../index.ts";

export interface ServerUnderTest extends AsyncDisposable {
	url: string;
}

export interface Flavour {
	/** For test titles; tells why it is skipped. */
	name: string;
	available: boolean;
	start: () => Promise<ServerUnderTest>;
}

const START_ATTEMPTS = 100;
const ATTEMPT_GAP_MS = 50;

export function flavours(): Flavour[] {
	const real = requirement("toxiproxy");
	return [
		{ name: "the embedded server", available: true, start: () => startToxiproxy({ port: 0, seed: 1 }) },
		{ name: `the real server${real.note}`, available: real.met, start: () => startReal(real.path) },
	];
}

async function startReal(program: string): Promise<ServerUnderTest> {
	const port = await freePort();
	const child = spawn(program, ["-host", "127.0.0.1", "-port", String(port)], { stdio: "ignore" });
	const url = `http://127.0.0.1:${port}`;
	for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
		if (await answers(url)) return { url, [Symbol.asyncDispose]: () => end(child) };
		await new Promise((resolve) => {
			setTimeout(resolve, ATTEMPT_GAP_MS);
		});
	}
	child.kill("SIGKILL");
	throw new Error(`${program} did not answer at ${url} within ${START_ATTEMPTS * ATTEMPT_GAP_MS} ms`);
}

async function answers(url: string): Promise<boolean> {
	try {
		return (await fetch(`${url}/version`)).ok;
	} catch {
		return false;
	}
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null) return;
	const exited = once(child, "exit");
	child.kill("SIGKILL");
	await exited;
}

/** A port of 127.0.0.1 that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
	const probe = createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const { port } = probe.address() as AddressInfo;
	probe.close();
	await once(probe, "close");
	return port;
}
