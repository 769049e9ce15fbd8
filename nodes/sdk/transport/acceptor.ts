/**
 * The listening end of the peer protocol: accepts the lanes of other nodes, checks that they speak it, and hands
 * their messages on. Whoever sends anything else loses the connection, and nothing more happens.
 */
import { createServer, type Socket } from "node:net";
import type { Address } from "../environment.ts";
import { listenOn } from "../listen.ts";
import { createFrameReader, encodeFrame, type Frame, type MessageFrame } from "../wire.ts";

/** Long, because a proxy may hold a connection's first bytes for as long as a partition lasts. */
const HELLO_TIMEOUT_MS = 120_000;
const MAX_CONNECTIONS = 1_024;
/** A peer that does not read its acknowledgements gets no more of them. */
const ACK_BUFFER_BYTES = 256 * 1024;

export interface Sender {
	from: string;
	incarnation: number;
	lane: number;
}

export interface AcceptorOptions {
	listen: Address;
	incarnation: number;
	/** Who may connect. */
	peers: readonly string[];
	/** `acknowledge` may be called later, or never. */
	onMessage(sender: Sender, message: MessageFrame, acknowledge: () => void): void;
	/** A connection was closed because of what it sent. */
	onGarbage: (reason: string) => void;
}

export interface Acceptor {
	address: Address;
	close(): Promise<void>;
}

/** @throws when the address can't be bound */
export async function startAcceptor(options: AcceptorOptions): Promise<Acceptor> {
	const sockets = new Set<Socket>();
	const server = createServer({ noDelay: true }, (socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
		serveConnection(socket, options);
	});
	server.maxConnections = MAX_CONNECTIONS;
	const address = await listenOn(server, options.listen, "PAKKA_LISTEN");
	return {
		address,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	};
}

function serveConnection(socket: Socket, options: AcceptorOptions): void {
	const reader = createFrameReader();
	let sender: Sender | null = null;
	function reject(reason: string): void {
		options.onGarbage(reason);
		socket.destroy();
	}
	function handle(frame: Frame): void {
		if (socket.destroyed) return;
		if (sender === null) {
			if (frame.kind !== "hello" || !options.peers.includes(frame.from)) {
				reject(frame.kind === "hello" ? `nobody is called ${frame.from}` : `${frame.kind} before hello`);
				return;
			}
			sender = { from: frame.from, incarnation: frame.incarnation, lane: frame.lane };
			socket.setTimeout(0);
			socket.write(encodeFrame({ kind: "welcome", incarnation: options.incarnation }));
			return;
		}
		if (frame.kind !== "message") {
			reject(`${frame.kind} from ${sender.from} after its hello`);
			return;
		}
		const { sequence } = frame;
		options.onMessage(sender, frame, () => {
			if (socket.destroyed || socket.writableLength > ACK_BUFFER_BYTES) return;
			socket.write(encodeFrame({ kind: "ack", sequence }));
		});
	}
	socket.setTimeout(HELLO_TIMEOUT_MS, () => socket.destroy());
	socket.on("error", () => {});
	socket.on("data", (chunk) => {
		let frames: Frame[];
		try {
			frames = reader.push(chunk);
		} catch (error) {
			reject(error instanceof Error ? error.message : String(error));
			return;
		}
		for (const frame of frames) handle(frame);
	});
}
