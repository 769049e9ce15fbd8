/**
 * A Redis server of one replica: started from the machine's `redis-server`, reached by a Unix socket in the replica's folder, with
 * every write synced before its reply. It ends with this process, however that ends: a shell between the two waits for its
 * standard input to close, and kills the server then.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { peerLibrary } from "../../adapters/peer-library.ts";
import type { Batch, RedisReply } from "./script.ts";

const ioredis = peerLibrary("ioredis", "5.11.1", () => import("ioredis"));

const READY_WITHIN_MS = 10_000;
const CONNECT_EVERY_MS = 20;
/** A sync can take long on a busy disk; clients give up earlier by themselves. */
const COMMAND_TIMEOUT_MS = 60_000;
/** In the server's folder. Paths of sockets are limited to about 100 bytes, folders are not: hence relative ones. */
const SOCKET = "redis.sock";
const GUARD =
	'redis-server "$@" & server=$!; while read -r _; do :; done; exec 2>/dev/null; kill -KILL "$server"; wait "$server"';
const SETTINGS = [
	`--port 0 --unixsocket ${SOCKET} --daemonize no --loglevel warning`.split(" "),
	["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"],
].flat();

export interface StartedRedis extends AsyncDisposable {
	/** @throws what Redis refuses; a transaction of which one command was refused may have happened in part */
	execute(batch: Batch): Promise<RedisReply[]>;
}

/**
 * Changes this process' working directory to the folder, so that the socket's path is short.
 * @param onEnd the server ended, or can't be reached any more, without being asked to
 * @throws when ioredis is not installed, or the server does not answer within {@link READY_WITHIN_MS}
 */
export async function startRedis(folder: string, onEnd: (why: Error) => void): Promise<StartedRedis> {
	await ioredis.load();
	process.chdir(folder);
	const guard = spawn("sh", ["-c", GUARD, "redis-server", ...SETTINGS], {
		stdio: ["pipe", "inherit", "inherit"],
	});
	let stopping = false;
	const ended = (why: string): void => {
		if (!stopping) onEnd(new Error(`redis-server: ${why}`));
	};
	guard.on("error", (error) => ended(error.message));
	guard.on("exit", (code, signal) => ended(`ended by itself, ${signal ?? `exit code ${code}`}`));
	const redis = await connect();
	redis.on("error", () => undefined);
	redis.on("end", () => ended("the connection is closed"));
	return {
		execute: (batch) => execute(redis, batch),
		async [Symbol.asyncDispose]() {
			stopping = true;
			redis.disconnect();
			await endOf(guard);
		},
	};
}

async function connect(): Promise<Redis> {
	const { Redis } = ioredis.get();
	let last: unknown = null;
	for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += CONNECT_EVERY_MS) {
		const redis = new Redis({
			path: SOCKET,
			lazyConnect: true,
			retryStrategy: () => null,
			maxRetriesPerRequest: 0,
			commandTimeout: COMMAND_TIMEOUT_MS,
		});
		redis.on("error", (error) => {
			last = error;
		});
		try {
			// Resolves when the server has loaded its data, too.
			await redis.connect();
			return redis;
		} catch (error) {
			last ??= error;
			redis.disconnect();
		}
		await sleep(CONNECT_EVERY_MS);
	}
	throw new Error(
		`redis-server does not answer within READY_WITHIN_MS = ${READY_WITHIN_MS} ms: ${String(last)}; is it on PATH?`,
	);
}

async function execute(redis: Redis, batch: Batch): Promise<RedisReply[]> {
	const [only, ...others] = batch;
	if (only === undefined) return [];
	if (others.length === 0) return [(await redis.call(...only)) as RedisReply];
	const transaction = redis.multi();
	for (const command of batch) transaction.call(...command);
	const replies = await transaction.exec();
	if (replies === null) throw new Error("redis-server: EXEC did nothing");
	return replies.map(([error, reply]) => {
		if (error !== null) throw error;
		return reply as RedisReply;
	});
}

async function endOf(guard: ChildProcess): Promise<void> {
	if (guard.exitCode !== null || guard.signalCode !== null) return;
	const exit = new Promise<void>((resolve) => guard.once("exit", () => resolve()));
	guard.stdin?.end();
	await exit;
}
