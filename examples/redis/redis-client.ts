/**
 * As much of Redis' protocol (RESP 2) as an adapter needs: commands with text arguments, one connection, replies in the order
 * of the commands. A connection that broke fails what is under way, and the next command makes a new one.
 */
import { connect, type Socket } from "node:net";

/** Errors that Redis answers are values: the command was refused. */
export type RedisReply = string | number | null | RedisError | RedisReply[];

export class RedisError {
	readonly message: string;

	constructor(message: string) {
		this.message = message;
	}
}

interface Waiting {
	resolve: (reply: RedisReply) => void;
	reject: (error: Error) => void;
}

interface Connection {
	socket: Socket;
	waiting: Waiting[];
}

export class RedisClient {
	readonly #address: { host: string; port: number };
	#connection: Connection | null = null;

	constructor(address: { host: string; port: number }) {
		this.#address = address;
	}

	/**
	 * All commands as one transaction (MULTI … EXEC): they take effect at one moment, or none does.
	 * @returns a reply for each, or the error with which Redis refused the whole
	 */
	async transaction(commands: string[][], signal: AbortSignal): Promise<RedisReply[] | RedisError> {
		const replies = await this.send([["MULTI"], ...commands, ["EXEC"]], signal);
		const done = replies.at(-1);
		if (Array.isArray(done)) return done;
		return replies.find((reply) => reply instanceof RedisError) ?? new RedisError("EXEC did nothing");
	}

	/** @throws when the connection can't be made or breaks before the last reply, or at the signal */
	async send(commands: string[][], signal: AbortSignal): Promise<RedisReply[]> {
		signal.throwIfAborted();
		const connection = (this.#connection ??= this.#open());
		const replies = commands.map(
			() => new Promise<RedisReply>((resolve, reject) => connection.waiting.push({ resolve, reject })),
		);
		const all = Promise.all(replies);
		// A reply that nobody waits for any more would be taken for the next command's: the connection goes.
		const abort = () => connection.socket.destroy(signal.reason as Error);
		signal.addEventListener("abort", abort, { once: true });
		connection.socket.write(commands.map(encode).join(""));
		try {
			return await all;
		} finally {
			signal.removeEventListener("abort", abort);
		}
	}

	close(): void {
		this.#connection?.socket.destroy();
	}

	#open(): Connection {
		const socket = connect({ ...this.#address, noDelay: true });
		const connection: Connection = { socket, waiting: [] };
		let received = "";
		let failure = new Error("the connection was closed");
		// Bytes as characters, so that lengths count bytes; values here are numbers and short texts.
		socket.setEncoding("latin1");
		socket.on("data", (chunk: string) => {
			received += chunk;
			try {
				for (let parsed = parse(received, 0); parsed !== null; parsed = parse(received, 0)) {
					received = received.slice(parsed.end);
					connection.waiting.shift()?.resolve(parsed.reply);
				}
			} catch (error) {
				socket.destroy(error as Error);
			}
		});
		socket.on("error", (error) => {
			failure = error;
		});
		socket.on("close", () => {
			if (this.#connection === connection) this.#connection = null;
			for (const { reject } of connection.waiting) reject(failure);
		});
		return connection;
	}
}

function encode(command: string[]): string {
	return [`*${command.length}`, ...command.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ""].join(
		"\r\n",
	);
}

/** @returns null when the reply is not whole yet */
function parse(text: string, at: number): { reply: RedisReply; end: number } | null {
	const lineEnd = text.indexOf("\r\n", at);
	if (lineEnd === -1) return null;
	const line = text.slice(at + 1, lineEnd);
	const next = lineEnd + 2;
	switch (text[at]) {
		case "+":
			return { reply: line, end: next };
		case "-":
			return { reply: new RedisError(line), end: next };
		case ":":
			return { reply: Number(line), end: next };
		case "$": {
			const length = Number(line);
			if (length < 0) return { reply: null, end: next };
			const end = next + length + 2;
			return text.length < end ? null : { reply: text.slice(next, end - 2), end };
		}
		case "*": {
			if (Number(line) < 0) return { reply: null, end: next };
			const replies: RedisReply[] = [];
			let end = next;
			for (let index = 0; index < Number(line); index++) {
				const item = parse(text, end);
				if (item === null) return null;
				replies.push(item.reply);
				end = item.end;
			}
			return { reply: replies, end };
		}
		default:
			throw new Error(`not a reply of Redis: ${text.slice(at, at + 40)}`);
	}
}
