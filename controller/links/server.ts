/**
 * Which Toxiproxy server a run uses, and its lifetime. In this order: an external one named by `TOXIPROXY_URL`,
 * `toxiproxy-server` on PATH as a child process, the embedded server as a child process. `which`, or
 * `PAKKA_TOXIPROXY=external|binary|embedded`, forces one.
 *
 * An external server is never reset and never ended: others may use it. A child gets a process group of its own, so
 * that Ctrl-C in a terminal does not take the links from under a run that is about to write its results.
 */
import { accessSync, constants } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { builtEntry } from "../../nodes/sdk/built-entry.ts";
import { type Child, endChild, lastWords, startChild } from "./server-process.ts";
import { connectToxiproxy } from "./toxiproxy-adapter.ts";

const PROGRAM = "toxiproxy-server";
const ENTRY = "toxiproxy/main.ts";
const READY_TIMEOUT_MS = 10_000;
const READY_POLL_MS = 25;
/** The control port is chosen free, but somebody may be quicker. */
const MAX_PORT_ATTEMPTS = 5;
/** How long to look for our own request in the child's log before taking the answer for another server's. */
const OWN_REQUEST_TIMEOUT_MS = 1_000;
const PROBE_TIMEOUT_MS = 2_000;

export type ToxiproxyKind = "external" | "binary" | "embedded";

export interface ToxiproxyServerOptions {
	/** Looked at for TOXIPROXY_URL, PAKKA_TOXIPROXY and PATH; handed to the child. */
	env: Record<string, string | undefined>;
	which?: ToxiproxyKind;
	/** Ends the start, not the started server. */
	signal?: AbortSignal;
	/** Told of each process that is started, also by a restart, so that it can be cleaned up after the controller. */
	spawned?: (pid: number) => void;
}

export interface StartedToxiproxy extends AsyncDisposable {
	/** Of the HTTP API. Changes with `restart`. */
	readonly url: string;
	readonly kind: ToxiproxyKind | "container";
	readonly version: string;
	/** Null for one that is no process of ours. Changes with `restart`. */
	readonly pid: number | null;
	/** Calls back whenever a server that we started ends by itself (2.12.0 can panic while toxics are added). */
	whenEnded(report: (error: Error) => void): void;
	/** Replaces a server that hangs or has ended by a fresh one without proxies; null for an external one. */
	readonly restart: (() => Promise<void>) | null;
}

/** @throws when the server that is wanted is not there or does not answer in time; nothing is left running */
export async function startToxiproxyServer(options: ToxiproxyServerOptions): Promise<StartedToxiproxy> {
	const which = options.which ?? forced(options.env["PAKKA_TOXIPROXY"]);
	const externalUrl = options.env["TOXIPROXY_URL"] ?? "";
	if (which === "external" || (which === null && externalUrl !== "")) return useExternal(externalUrl);
	const program = findOnPath(PROGRAM, options.env["PATH"] ?? "");
	if (which === "binary" || (which === null && program !== null)) {
		if (program === null)
			throw new Error(`no ${PROGRAM} on PATH, but it was asked for. Install it, or ask for embedded.`);
		return ownServer("binary", options, () => startBinary(program, options));
	}
	const entry = builtEntry(ENTRY);
	return ownServer("embedded", options, () => startEmbedded(entry, options));
}

function forced(value: string | undefined): ToxiproxyKind | null {
	if (value === undefined || value === "") return null;
	if (value === "external" || value === "binary" || value === "embedded") return value;
	throw new Error(`PAKKA_TOXIPROXY must be external, binary or embedded, got '${value}'.`);
}

async function useExternal(url: string): Promise<StartedToxiproxy> {
	if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
		throw new Error(`TOXIPROXY_URL must be a URL such as http://127.0.0.1:8474, got '${url}'.`);
	}
	const version = await connectToxiproxy(url).version();
	return {
		url,
		kind: "external",
		version,
		pid: null,
		whenEnded: () => {},
		restart: null,
		[Symbol.asyncDispose]: async () => {},
	};
}

interface Running {
	child: Child;
	url: string;
}

async function ownServer(
	kind: ToxiproxyKind,
	options: ToxiproxyServerOptions,
	start: () => Promise<Running>,
): Promise<StartedToxiproxy> {
	let running = await start();
	let report: (error: Error) => void = () => {};
	let wanted: Child | null = running.child;
	const watch = ({ child }: Running) =>
		void child.ended.then((how) => {
			if (wanted === child)
				report(new Error(`Toxiproxy (${kind}, process ${child.pid}) ${how}${lastWords(child)}`));
		});
	watch(running);
	let version: string;
	try {
		version = await connectToxiproxy(running.url).version();
		options.signal?.throwIfAborted();
	} catch (error) {
		wanted = null;
		await endChild(running.child, "SIGTERM");
		throw error;
	}
	return {
		get url() {
			return running.url;
		},
		kind,
		version,
		get pid() {
			return running.child.pid;
		},
		whenEnded(callback) {
			report = callback;
		},
		async restart() {
			wanted = null;
			// It hangs, or is gone: asking politely first would only wait.
			await endChild(running.child, "SIGKILL");
			running = await start();
			wanted = running.child;
			watch(running);
		},
		async [Symbol.asyncDispose]() {
			wanted = null;
			await endChild(running.child, "SIGTERM");
		},
	};
}

/** A busy control port does not end the real server, so the answer might be another server's. */
async function startBinary(program: string, options: ToxiproxyServerOptions): Promise<Running> {
	for (let attempt = 1; ; attempt++) {
		const port = await freePort();
		// At this level it logs the id of every request.
		const env = { ...options.env, LOG_LEVEL: "debug" };
		const child = startChild(program, ["-host", "127.0.0.1", "-port", String(port)], { ...options, env });
		const url = `http://127.0.0.1:${port}`;
		try {
			if (await isOurs(child, url, options.signal)) return { child, url };
		} catch (error) {
			await endChild(child, "SIGKILL");
			throw error;
		}
		await endChild(child, "SIGKILL");
		if (attempt === MAX_PORT_ATTEMPTS) {
			throw new Error(
				`${program} found its control port taken ${MAX_PORT_ATTEMPTS} times, last ${port}${lastWords(child)}`,
			);
		}
	}
}

/** False: the port is somebody else's. @throws when nothing answers in time */
async function isOurs(child: Child, url: string, signal: AbortSignal | undefined): Promise<boolean> {
	const taken = () => /address already in use/.test(child.output());
	const deadline = performance.now() + READY_TIMEOUT_MS;
	while (performance.now() < deadline) {
		signal?.throwIfAborted();
		if (taken()) return false;
		const ended = child.endedBecause();
		if (ended !== null) throw new Error(`${PROGRAM} ${ended} before it answered${lastWords(child)}`);
		const answer = await probe(url);
		if (answer === null) await sleep(READY_POLL_MS);
		// Versions before 2.6 number no requests; they have logged the busy port by now.
		else if (answer.requestId === null) return !taken();
		else return logged(child, answer.requestId);
	}
	throw new Error(`${PROGRAM} did not answer at ${url} within ${READY_TIMEOUT_MS} ms${lastWords(child)}`);
}

async function probe(url: string): Promise<{ requestId: string | null } | null> {
	try {
		const response = await fetch(`${url}/version`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
		await response.text();
		return response.ok ? { requestId: response.headers.get("x-toxiproxy-request-id") } : null;
	} catch {
		return null;
	}
}

async function logged(child: Child, requestId: string): Promise<boolean> {
	const deadline = performance.now() + OWN_REQUEST_TIMEOUT_MS;
	while (!child.output().includes(requestId)) {
		if (performance.now() > deadline) return false;
		await sleep(READY_POLL_MS);
	}
	return true;
}

/** It binds a port of the system's choice and prints its URL as one line of JSON. */
async function startEmbedded(entry: string, options: ToxiproxyServerOptions): Promise<Running> {
	const argv = [entry, "--host", "127.0.0.1", "--port", "0", "--with-parent"];
	const child = startChild(process.execPath, argv, options);
	const deadline = performance.now() + READY_TIMEOUT_MS;
	try {
		while (performance.now() < deadline) {
			options.signal?.throwIfAborted();
			const url = /^\{"url":"(http:[^"]+)"/m.exec(child.output())?.[1];
			if (url !== undefined) return { child, url };
			const ended = child.endedBecause();
			if (ended !== null)
				throw new Error(`the embedded Toxiproxy ${ended} before it listened${lastWords(child)}`);
			await sleep(READY_POLL_MS);
		}
		throw new Error(`the embedded Toxiproxy printed no URL within ${READY_TIMEOUT_MS} ms${lastWords(child)}`);
	} catch (error) {
		await endChild(child, "SIGKILL");
		throw error;
	}
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer();
		probe.once("error", reject);
		probe.listen({ host: "127.0.0.1", port: 0 }, () => {
			const address = probe.address();
			const port = typeof address === "object" && address !== null ? address.port : 0;
			probe.close(() => resolve(port));
		});
	});
}

function findOnPath(program: string, path: string): string | null {
	for (const folder of path.split(delimiter).filter((entry) => entry !== "")) {
		const candidate = join(folder, program);
		try {
			accessSync(candidate, constants.X_OK);
			return candidate;
		} catch {
			// Not in this folder.
		}
	}
	return null;
}
