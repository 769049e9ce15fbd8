/**
 * Small real TCP peers for the tests of links: a sender that numbers its messages, spreads them over lanes and
 * sends again what is not acknowledged in time, and a receiver that acknowledges and remembers what came when.
 */
import { createServer, type Socket, connect as tcpConnect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const RESEND_AFTER_MS = 250;
const RECONNECT_AFTER_MS = 20;

export interface Arrival {
	number: number;
	atMs: number;
	lane: number;
}

export interface Receiver extends AsyncDisposable {
	address: string;
	arrivals: Arrival[];
	/** What ended its connections, `end` or an error's code. */
	endings: string[];
}

export async function startReceiver(): Promise<Receiver> {
	const arrivals: Arrival[] = [];
	const endings: string[] = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.setNoDelay(true);
		lines(socket, (line) => {
			const { number, lane } = JSON.parse(line) as { number: number; lane: number };
			arrivals.push({ number, lane, atMs: performance.now() });
			if (socket.writable) socket.write(`${number}\n`);
		});
		socket.on("error", (error: NodeJS.ErrnoException) => endings.push(error.code ?? error.message));
		socket.on("end", () => endings.push("end"));
		socket.on("close", () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("the receiver has no address");
	return {
		address: `127.0.0.1:${address.port}`,
		arrivals,
		endings,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

export interface Sender extends AsyncDisposable {
	/** Numbers sent so far, from 1. */
	sent: number;
	acknowledged: Set<number>;
	/** Numbers given up after `attempts`. */
	lost: Set<number>;
	/** What ended its connections: `end` or an error's code. */
	endings: string[];
	/** Sends the next number, on lane `number mod lanes`. */
	send(padding?: string): void;
	connected(): number;
}

export function startSender(addresses: string[], attempts = Number.POSITIVE_INFINITY): Sender {
	const sockets = addresses.map((): Socket | null => null);
	const acknowledged = new Set<number>();
	const lost = new Set<number>();
	const endings: string[] = [];
	const timers = new Set<NodeJS.Timeout>();
	let open = true;

	const later = (ms: number, action: () => void) => {
		const timer = setTimeout(() => {
			timers.delete(timer);
			if (open) action();
		}, ms);
		timers.add(timer);
	};
	const dial = (lane: number) => {
		const [host, port] = (addresses[lane] as string).split(":");
		const socket = tcpConnect(Number(port), host);
		socket.setNoDelay(true);
		socket.on("connect", () => {
			sockets[lane] = socket;
		});
		lines(socket, (line) => acknowledged.add(Number(line)));
		socket.on("end", () => endings.push("end"));
		socket.on("error", (error: NodeJS.ErrnoException) => endings.push(error.code ?? error.message));
		socket.on("close", () => {
			sockets[lane] = null;
			if (open) later(RECONNECT_AFTER_MS, () => dial(lane));
		});
	};
	const attempt = (number: number, padding: string, left: number) => {
		if (acknowledged.has(number)) return;
		if (left === 0) {
			lost.add(number);
			return;
		}
		const lane = number % addresses.length;
		const socket = sockets[lane];
		if (socket?.writable) socket.write(`${JSON.stringify({ number, lane, padding })}\n`);
		later(RESEND_AFTER_MS, () => attempt(number, padding, left - 1));
	};
	addresses.forEach((_, lane) => {
		dial(lane);
	});

	const sender: Sender = {
		sent: 0,
		acknowledged,
		lost,
		endings,
		send(padding = "") {
			attempt(++sender.sent, padding, attempts);
		},
		connected: () => sockets.filter((socket) => socket !== null).length,
		async [Symbol.asyncDispose]() {
			open = false;
			for (const timer of timers) clearTimeout(timer);
			for (const socket of sockets) socket?.destroy();
		},
	};
	return sender;
}

/** Sends `count` messages `everyMs` apart. */
export async function sendMany(sender: Sender, count: number, everyMs: number): Promise<void> {
	for (let sent = 0; sent < count; sent++) {
		sender.send();
		await sleep(everyMs);
	}
}

/** @throws when it has not become true within `withinMs` */
export async function until(
	what: string,
	isTrue: () => boolean | Promise<boolean>,
	withinMs = 5_000,
): Promise<void> {
	const deadline = performance.now() + withinMs;
	while (!(await isTrue())) {
		if (performance.now() > deadline) throw new Error(`${what} did not come true within ${withinMs} ms`);
		await sleep(5);
	}
}

/** Arrivals of a number below one that had come before. */
export function overtaken(arrivals: readonly Arrival[]): number {
	let highest = 0;
	let count = 0;
	for (const { number } of arrivals) {
		if (number < highest) count++;
		highest = Math.max(highest, number);
	}
	return count;
}

export function duplicates(arrivals: readonly Arrival[]): number {
	return arrivals.length - new Set(arrivals.map(({ number }) => number)).size;
}

function lines(socket: Socket, onLine: (line: string) => void): void {
	let rest = "";
	socket.setEncoding("utf8");
	socket.on("data", (text: string) => {
		const parts = (rest + text).split("\n");
		rest = parts.pop() ?? "";
		for (const part of parts) onLine(part);
	});
}
