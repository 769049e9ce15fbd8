/** Both ends of a proxied connection, as tests see them: what came, when, and how it ended. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const WAIT_LIMIT_MS = 5_000;

/** One socket that remembers all that happens to it. It reads from the start, except when told to pause. */
export class Peer implements Disposable {
	readonly socket: Socket;
	readonly chunks: { data: Buffer; atMs: number }[] = [];
	/** `fin` also when the other side closed without one of our reads seeing more. */
	ended: "open" | "fin" | "rst" = "open";
	endedAtMs = 0;

	constructor(socket: Socket) {
		this.socket = socket;
		socket.on("data", (data: Buffer) => this.chunks.push({ data, atMs: performance.now() }));
		socket.on("error", (error: NodeJS.ErrnoException) => {
			if (error.code === "ECONNRESET" || error.code === "EPIPE") this.#end("rst");
		});
		socket.on("end", () => this.#end("fin"));
		socket.on("close", () => this.#end("fin"));
	}

	#end(how: "fin" | "rst"): void {
		if (this.ended !== "open") return;
		this.ended = how;
		this.endedAtMs = performance.now();
	}

	get text(): string {
		return Buffer.concat(this.chunks.map(({ data }) => data)).toString("latin1");
	}

	get sizeBytes(): number {
		return this.chunks.reduce((sum, { data }) => sum + data.length, 0);
	}

	/** When `text` was complete. */
	async received(text: string): Promise<number> {
		await until(() => this.text.includes(text), `${JSON.stringify(text)} (got ${JSON.stringify(this.text)})`);
		return this.chunks.at(-1)?.atMs ?? 0;
	}

	async end(): Promise<"fin" | "rst"> {
		await until(() => this.ended !== "open", "the end of the connection");
		return this.ended as "fin" | "rst";
	}

	[Symbol.dispose](): void {
		this.socket.destroy();
	}
}

/** An upstream that keeps every connection it gets. */
export class Upstream implements AsyncDisposable {
	readonly server: Server;
	readonly peers: Peer[] = [];

	private constructor(server: Server) {
		this.server = server;
	}

	/** @param echo answer everything with itself */
	static async start({ echo = false, read = true } = {}): Promise<Upstream> {
		const server = createServer({ noDelay: true, allowHalfOpen: true });
		const upstream = new Upstream(server);
		server.on("connection", (socket) => {
			upstream.peers.push(new Peer(socket));
			if (echo) socket.on("data", (data) => socket.write(data));
			if (!read) socket.pause();
		});
		await once(server.listen(0, "127.0.0.1"), "listening");
		return upstream;
	}

	get address(): string {
		return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	/** The connection number `index`, once it is there. */
	async peer(index = 0): Promise<Peer> {
		await until(() => this.peers[index] !== undefined, `upstream connection ${index}`);
		return this.peers[index] as Peer;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const peer of this.peers) peer.socket.destroy();
		this.server.close();
		await once(this.server, "close");
	}
}

/** @throws when it is refused */
export async function dial(address: string): Promise<Peer> {
	const port = Number(address.slice(address.lastIndexOf(":") + 1));
	const socket = connect({ host: "127.0.0.1", port, noDelay: true, allowHalfOpen: true });
	await once(socket, "connect");
	return new Peer(socket);
}

export async function until(holds: () => boolean, what: string): Promise<void> {
	const limitMs = performance.now() + WAIT_LIMIT_MS;
	while (!holds()) {
		if (performance.now() > limitMs) throw new Error(`waited ${WAIT_LIMIT_MS} ms for ${what}`);
		await pass(1);
	}
}

export function pass(timeMs: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, timeMs);
	});
}
