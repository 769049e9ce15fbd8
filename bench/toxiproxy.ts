/**
 * The embedded Toxiproxy server against the real one, side by side, in alternating rounds.
 *
 *     npm run build && node --import jiti/register bench/toxiproxy.ts [rounds]
 *
 * Both servers and the peers behind them are processes of their own; this one is the client. "direct" is the same load
 * with no proxy between. Absolute figures depend on what else the machine does, so compare the ratios.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import { requirement } from "../test/requirements.ts";

const ROUNDS = 5;
const ROUND_TRIPS = 3_000;
const ROUND_TRIP_BYTES = 64;
const BULK_BYTES = 192 * 1024 * 1024;
const BULK_WRITE_BYTES = 64 * 1024;
const LINKS = 20;
const MESSAGE_BYTES = 1024;
const WINDOW = 16;
const LINKS_MS = 1_000;
const LATENCY_MS = 50;
const LATENCY_MESSAGES = 150;
const LATENCY_GAP_MS = 5;

interface Target {
	name: string;
	echoPort: number;
	sinkPort: number;
	/** Of the HTTP API; null where there is no server between. */
	api: string | null;
}

// The peers: an echo, and a sink that answers one byte once it has got a bulk transfer.

async function runPeers(): Promise<void> {
	const echo = createServer({ noDelay: true }, (socket) => {
		socket.on("error", () => {});
		socket.on("data", (data) => socket.write(data));
	});
	const sink = createServer({ noDelay: true }, (socket) => {
		let leftBytes = BULK_BYTES;
		socket.on("error", () => {});
		socket.on("data", (data) => {
			leftBytes -= data.length;
			if (leftBytes === 0) socket.write("!");
		});
	});
	const ports: number[] = [];
	for (const server of [echo, sink]) {
		await once(server.listen(0, "127.0.0.1"), "listening");
		ports.push((server.address() as AddressInfo).port);
	}
	process.send?.(ports);
	process.once("disconnect", () => process.exit(0));
}

// What is measured.

async function open(port: number): Promise<Socket> {
	const socket = connect({ port, host: "127.0.0.1", noDelay: true });
	await once(socket, "connect");
	return socket;
}

async function roundTripMicroseconds({ echoPort }: Target): Promise<number> {
	const socket = await open(echoPort);
	const message = Buffer.alloc(ROUND_TRIP_BYTES, 1);
	const times: number[] = [];
	await new Promise<void>((resolve) => {
		let gotBytes = 0;
		let sentAtMs = performance.now();
		socket.on("data", (data) => {
			gotBytes += data.length;
			if (gotBytes < ROUND_TRIP_BYTES) return;
			gotBytes = 0;
			times.push((performance.now() - sentAtMs) * 1000);
			if (times.length === ROUND_TRIPS) return resolve();
			sentAtMs = performance.now();
			socket.write(message);
		});
		socket.write(message);
	});
	socket.destroy();
	return quantile(times, 0.5);
}

async function megabytesPerSecond({ sinkPort }: Target): Promise<number> {
	const socket = await open(sinkPort);
	const block = Buffer.alloc(BULK_WRITE_BYTES, 1);
	const done = once(socket, "data");
	const startMs = performance.now();
	for (let sentBytes = 0; sentBytes < BULK_BYTES; sentBytes += BULK_WRITE_BYTES) {
		if (!socket.write(block)) await once(socket, "drain");
	}
	await done;
	const elapsedMs = performance.now() - startMs;
	socket.destroy();
	return BULK_BYTES / 1000 / elapsedMs;
}

async function thousandMessagesPerSecond({ echoPort }: Target): Promise<number> {
	const sockets = await Promise.all(Array.from({ length: LINKS }, () => open(echoPort)));
	const message = Buffer.alloc(MESSAGE_BYTES, 1);
	let echoedBytes = 0;
	for (const socket of sockets) {
		let restBytes = 0;
		socket.on("data", (data) => {
			echoedBytes += data.length;
			restBytes += data.length;
			for (; restBytes >= MESSAGE_BYTES; restBytes -= MESSAGE_BYTES) socket.write(message);
		});
	}
	const startMs = performance.now();
	for (const socket of sockets) for (let sent = 0; sent < WINDOW; sent++) socket.write(message);
	await sleep(LINKS_MS);
	const elapsedMs = performance.now() - startMs;
	for (const socket of sockets) socket.destroy();
	return echoedBytes / MESSAGE_BYTES / elapsedMs;
}

/** How much later than 50 ms the echo comes, beyond the round trip without a toxic. */
async function latencyErrorsMs({ api, echoPort }: Target): Promise<number[]> {
	if (api === null) return [];
	const toxic = { name: "late", type: "latency", attributes: { latency: LATENCY_MS } };
	await post(`${api}/proxies/echo/toxics`, toxic);
	const socket = await open(echoPort);
	const errors: number[] = [];
	socket.on("data", (data) => {
		const now = performance.now();
		for (let at = 0; at + 8 <= data.length; at += 8) errors.push(now - data.readDoubleLE(at) - LATENCY_MS);
	});
	for (let sent = 0; sent < LATENCY_MESSAGES; sent++) {
		const message = Buffer.alloc(8);
		message.writeDoubleLE(performance.now());
		socket.write(message);
		await sleep(LATENCY_GAP_MS);
	}
	await sleep(LATENCY_MS * 3);
	socket.destroy();
	await fetch(`${api}/proxies/echo/toxics/late`, { method: "DELETE" });
	if (errors.length !== LATENCY_MESSAGES)
		throw new Error(`${errors.length} of ${LATENCY_MESSAGES} came back`);
	return errors;
}

// The servers.

async function startPeers(): Promise<{ child: ChildProcess; ports: [number, number] }> {
	const child = fork(fileURLToPath(import.meta.url), ["peers"]);
	const [ports] = (await once(child, "message")) as [[number, number]];
	return { child, ports };
}

async function startEmbedded(): Promise<{ child: ChildProcess; url: string }> {
	const child = spawn(process.execPath, [builtEntry("toxiproxy/main.ts"), "--port", "0", "--with-parent"], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	for await (const line of createInterface({ input: child.stdout })) {
		return { child, url: (JSON.parse(line) as { url: string }).url };
	}
	throw new Error("the embedded server printed no URL");
}

async function startReal(): Promise<{ child: ChildProcess; url: string }> {
	const probe = createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const { port } = probe.address() as AddressInfo;
	probe.close();
	const { path, note } = requirement("toxiproxy");
	if (path === "") throw new Error(`the comparison needs the real server${note}`);
	const child = spawn(path, ["-host", "127.0.0.1", "-port", String(port)], { stdio: "ignore" });
	const url = `http://127.0.0.1:${port}`;
	for (let attempt = 0; attempt < 100 && child.exitCode === null; attempt++) {
		if (
			await fetch(`${url}/version`).then(
				() => true,
				() => false,
			)
		)
			break;
		await sleep(50);
	}
	return { child, url };
}

async function targetOf(name: string, api: string, [echo, sink]: [number, number]): Promise<Target> {
	const make = async (proxy: string, upstream: number): Promise<number> => {
		const reply = await post(`${api}/proxies`, {
			name: proxy,
			listen: "127.0.0.1:0",
			upstream: `127.0.0.1:${upstream}`,
		});
		return Number((reply as { listen: string }).listen.split(":")[1]);
	};
	return { name, api, echoPort: await make("echo", echo), sinkPort: await make("sink", sink) };
}

// Rounds and the table.

async function main(rounds: number): Promise<void> {
	const peers = await startPeers();
	const embedded = await startEmbedded();
	const real = await startReal();
	try {
		const targets: Target[] = [
			{ name: "direct", echoPort: peers.ports[0], sinkPort: peers.ports[1], api: null },
			await targetOf("real", real.url, peers.ports),
			await targetOf("embedded", embedded.url, peers.ports),
		];
		const measures: [string, (target: Target) => Promise<number>][] = [
			["round trip 64 B p50, µs", roundTripMicroseconds],
			["one connection, MB/s", megabytesPerSecond],
			["20 links × 1 KB, window 16, thousand messages/s", thousandMessagesPerSecond],
		];
		const results = new Map<string, number[]>();
		const add = (key: string, ...values: number[]): void => {
			results.set(key, [...(results.get(key) ?? []), ...values]);
		};
		for (let round = 0; round <= rounds; round++) {
			// A different one goes first each time; round 0 only warms up.
			const order = targets.map((_, index) => targets[(index + round) % targets.length] as Target);
			for (const target of order) {
				for (const [label, measure] of measures) {
					const value = await measure(target);
					if (round > 0) add(`${label}/${target.name}`, value);
				}
				const errors = await latencyErrorsMs(target);
				if (round > 0) add(`latency/${target.name}`, ...errors);
			}
		}
		print(
			results,
			measures.map(([label]) => label),
		);
	} finally {
		for (const { child } of [peers, embedded, real]) child.kill();
	}
}

function print(results: Map<string, number[]>, labels: string[]): void {
	console.log("| | direct | real server | embedded | embedded / real |\n|---|---|---|---|---|");
	const row = (label: string, values: (number | null)[], digits: number): void => {
		const [direct, real, embedded] = values.map((value) => value?.toFixed(digits) ?? "");
		const ratio = ((values[2] ?? Number.NaN) / (values[1] ?? Number.NaN)).toFixed(2);
		console.log(`| ${label} | ${direct} | ${real} | ${embedded} | ${ratio} |`);
	};
	const of = (key: string, fraction: number): number => quantile(results.get(key) ?? [], fraction);
	for (const label of labels) {
		row(
			label,
			["direct", "real", "embedded"].map((name) => of(`${label}/${name}`, 0.5)),
			1,
		);
	}
	for (const fraction of [0.5, 0.95]) {
		const values = ["real", "embedded"].map((name) => of(`latency/${name}`, fraction));
		row(`latency toxic 50 ms, overshoot p${fraction * 100}, ms`, [null, ...values], 2);
	}
}

function quantile(values: readonly number[], fraction: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

function sleep(timeMs: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, timeMs);
	});
}

async function post(url: string, body: unknown): Promise<unknown> {
	const reply = await fetch(url, { method: "POST", body: JSON.stringify(body) });
	if (!reply.ok) throw new Error(`POST ${url}: ${reply.status} ${await reply.text()}`);
	return reply.json();
}

if (process.argv[2] === "peers") await runPeers();
else await main(Number(process.argv[2] ?? ROUNDS));
