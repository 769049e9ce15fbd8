/** A TCP proxy that tests put on one lane: it can delay, swallow one direction, cut, and count what it forwards. */
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface LaneProxy extends AsyncDisposable {
	/** host:port */
	address: string;
	/** Where it leads; may be set after it was started. */
	target: number;
	delayMs: number;
	/** Drops what the accepting end sends (acknowledgements). */
	swallowBack: boolean;
	/** Accepts and closes at once. */
	refuse: boolean;
	/** Breaks all connections. */
	cut(): void;
}

export async function startLaneProxy(target = 0): Promise<LaneProxy> {
	const sockets = new Set<Socket>();
	const server: Server = createServer({ noDelay: true }, (near) => {
		if (proxy.refuse || proxy.target === 0) {
			near.destroy();
			return;
		}
		const far = createConnection({ host: "127.0.0.1", port: proxy.target, noDelay: true });
		for (const [one, other, back] of [
			[near, far, false],
			[far, near, true],
		] as const) {
			sockets.add(one);
			let previous = Promise.resolve();
			one.on("error", () => {});
			one.on("close", () => {
				sockets.delete(one);
				other.destroy();
			});
			one.on("data", (chunk: Buffer) => {
				if (back && proxy.swallowBack) return;
				const due = proxy.delayMs === 0 ? Promise.resolve() : sleep(proxy.delayMs);
				previous = previous.then(() => due).then(() => void other.write(chunk));
			});
		}
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const bound = server.address();
	const port = bound !== null && typeof bound === "object" ? bound.port : 0;
	const cut = (): void => {
		for (const socket of sockets) socket.destroy();
	};
	const proxy: LaneProxy = {
		address: `127.0.0.1:${port}`,
		target,
		delayMs: 0,
		swallowBack: false,
		refuse: false,
		cut,
		async [Symbol.asyncDispose]() {
			cut();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return proxy;
}
