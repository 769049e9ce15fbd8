/**
 * One connection to a peer, through one of its addresses. It reconnects for as long as it lives; what was written
 * to a connection that broke may or may not have arrived, which is the link's business.
 */
import { createConnection, type Socket } from "node:net";
import type { Address } from "../environment.ts";
import { createFrameReader, encodeFrame, type Frame } from "../wire.ts";
import { backoffMs } from "./backoff.ts";

const CONNECT_TIMEOUT_MS = 2_000;
/**
 * A proxy accepts also when nobody is behind it, and closes at once; messages written to it would be attempts
 * wasted. A connection that lives for so long without a welcome may be one whose way back is cut.
 */
const WELCOME_WAIT_MS = 100;
/** A lane with more unsent bytes takes no further message: its peer does not read. */
const LANE_BUFFER_BYTES = 1024 * 1024;

export interface LaneOptions {
	number: number;
	address: Address;
	/** Who we are. */
	from: string;
	incarnation: number;
	/**
	 * Send nothing at all before the peer has said which incarnation it is. Needed where duplicates must not reach
	 * a restarted peer; elsewhere a short wait is enough, and a link whose way back is cut still carries messages.
	 */
	welcomeRequired: boolean;
	random: () => number;
	onWelcome(incarnation: number): void;
	onAck(sequence: number): void;
	/** Messages can be written (again). */
	onReady(): void;
	onBroken(lane: Lane): void;
}

export class Lane {
	readonly number: number;
	readonly #options: LaneOptions;
	#socket: Socket | null = null;
	#open = false;
	#failures = 0;
	/** Waits for a welcome, or until the next attempt to connect. */
	#timer: NodeJS.Timeout | null = null;
	#closed = false;

	constructor(options: LaneOptions) {
		this.number = options.number;
		this.#options = options;
		this.#connect();
	}

	get ready(): boolean {
		return this.#open && this.#socket !== null && this.#socket.writableLength < LANE_BUFFER_BYTES;
	}

	/** Only on a lane that is ready. */
	write(bytes: Uint8Array): void {
		this.#socket?.write(bytes);
	}

	/** Breaks the connection; a new one follows. */
	reset(): void {
		this.#socket?.destroy();
	}

	close(): void {
		this.#closed = true;
		this.#clearTimer();
		this.#socket?.destroy();
	}

	#connect(): void {
		const { address, from, incarnation, welcomeRequired } = this.#options;
		const socket = createConnection({ host: address.host, port: address.port, noDelay: true });
		const reader = createFrameReader();
		this.#socket = socket;
		socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy());
		socket.on("connect", () => {
			socket.setTimeout(0);
			socket.write(encodeFrame({ kind: "hello", from, incarnation, lane: this.number }));
			if (!welcomeRequired) this.#timer = setTimeout(() => this.#opened(), WELCOME_WAIT_MS);
		});
		socket.on("data", (chunk) => {
			try {
				for (const frame of reader.push(chunk)) this.#handle(frame);
			} catch {
				socket.destroy();
			}
		});
		socket.on("drain", () => this.#options.onReady());
		// "close" always follows, and says all that matters.
		socket.on("error", () => {});
		socket.on("close", () => this.#broken());
	}

	#handle(frame: Frame): void {
		if (frame.kind === "ack") this.#options.onAck(frame.sequence);
		if (frame.kind !== "welcome") return;
		// A connection alone proves nothing: a proxy accepts also when nobody is behind it.
		this.#failures = 0;
		this.#options.onWelcome(frame.incarnation);
		this.#opened();
	}

	#opened(): void {
		this.#clearTimer();
		if (this.#open) return;
		this.#open = true;
		this.#options.onReady();
	}

	#broken(): void {
		this.#open = false;
		this.#socket = null;
		this.#clearTimer();
		if (this.#closed) return;
		this.#failures += 1;
		this.#timer = setTimeout(() => this.#connect(), backoffMs(this.#failures, this.#options.random));
		this.#options.onBroken(this);
	}

	#clearTimer(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}
