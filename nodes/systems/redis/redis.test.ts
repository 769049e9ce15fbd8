import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterAll, describe, expect, it } from "vitest";
import { requirement } from "../../../test/requirements.ts";
import { builtEntry } from "../../sdk/built-entry.ts";
import { MemoryStore } from "./memory-store.ts";
import { startRedis } from "./redis-server.ts";
import type { Batch, Command, RedisReply } from "./script.ts";

const redis = requirement("redis");
const WITHIN_MS = 8_000;
const POLL_MS = 50;

const folders: string[] = [];
async function newFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "pakka-redis-"));
	folders.push(folder);
	return folder;
}

afterAll(async () => {
	for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Of lists whose order Redis does not promise, and numbers that the client rounds, what can be compared. */
function inAnyOrder([name]: Command, reply: RedisReply): unknown {
	if (typeof reply === "number" && !Number.isSafeInteger(reply)) return "beyond 2^53";
	if (!Array.isArray(reply) || name === "HMGET") return reply;
	if (name !== "HGETALL") return reply.map(String).sort((a, b) => (a < b ? -1 : 1));
	return Object.fromEntries(
		Array.from({ length: reply.length / 2 }, (_, i) => [reply[2 * i], reply[2 * i + 1]]),
	);
}

function randomBatches(seed: number, count: number): Batch[] {
	const random = xoroshiro128plus(seed);
	const pick = <T>(list: readonly T[]): T => list[uniformInt(random, 0, list.length - 1)] as T;
	const key = () => pick(["cart:a:added:b", "cart:a:items", "cart:[a]:added:*", '["cart","ä?"]', "x\\y"]);
	const word = () => pick(["tea", "", "a:b", "7", "-3", "2**", "é\u{1f600}"]);
	const amount = () => pick(["1", "-5", "4611686018427387904"]);
	const make: (() => Command)[] = [
		() => ["HSET", key(), word(), word()],
		() => ["HSETNX", key(), word(), word()],
		() => ["HGET", key(), word()],
		() => ["HMGET", key(), word(), word()],
		() => ["HGETALL", key()],
		() => ["HVALS", key()],
		() => ["HDEL", key(), word(), word()],
		() => ["HINCRBY", key(), pick(["n", "m"]), amount()],
		() => ["SADD", key(), word(), word()],
		() => ["SREM", key(), word(), word()],
		() => ["SMEMBERS", key()],
		() => [
			"KEYS",
			pick(["*", "cart:a:*", "cart:[a]:added:*", "cart:?:i*", "x\\\\y", "cart:[^b-z]*", "nothing"]),
		],
	];
	return Array.from({ length: count }, () => Array.from({ length: pick([1, 1, 1, 3]) }, () => pick(make)()));
}

describe.skipIf(!redis.met)(`a real Redis server${redis.note}`, () => {
	it("answers random commands as the store in memory does, errors included, and has the same data after a restart (seed 7)", async () => {
		const folder = await newFolder();
		const before = process.cwd();
		const memory = new MemoryStore();
		try {
			const failures: Error[] = [];
			{
				await using real = await startRedis(folder, (why) => failures.push(why));
				for (const batch of randomBatches(7, 1_200)) {
					const expected = await outcome(batch, async () => memory.execute(batch));
					expect({ batch, got: await outcome(batch, () => real.execute(batch)) }).toEqual({
						batch,
						got: expected,
					});
				}
			}
			await using restarted = await startRedis(folder, (why) => failures.push(why));
			for (const [key, value] of memory.dump()) {
				const ask: Command = [Array.isArray(value) ? "SMEMBERS" : "HGETALL", key];
				const [reply = null] = await restarted.execute([ask]);
				expect(inAnyOrder(ask, reply)).toEqual(value);
			}
			expect(memory.dump().length).toBeGreaterThan(2);
			expect(failures).toEqual([]);
		} finally {
			process.chdir(before);
		}
	});

	it("ends when the replica that it belongs to is killed, and the next one has what was acknowledged", async () => {
		const folder = await newFolder();
		const first = await startReplica(folder);
		const added = await first.post({ id: "c1-0", f: "add", value: 5 });
		expect(added).toEqual({ update: 1, delivered: { r1: [[1, 1]] } });
		const server = await redisOf(first.child);
		first.child.kill("SIGKILL");
		await until(async () => !(await isRunning(server)));
		const second = await startReplica(folder);
		expect(await second.state()).toEqual({ view: 5, delivered: { r1: [[1, 1]] }, pending: 0 });
		second.child.kill("SIGTERM");
		expect(await once(second.child, "exit")).toEqual([0, null]);
	}, 20_000);
});

/** Where a transaction fails in part, its other commands have happened all the same; only that it failed is compared. */
async function outcome(batch: Batch, execute: () => Promise<RedisReply[]>): Promise<unknown> {
	try {
		return (await execute()).map((reply, i) => inAnyOrder(batch[i] as Command, reply));
	} catch (error) {
		return String(error).replace(/^\w*Error: /, "");
	}
}

interface StartedReplica {
	child: ChildProcess;
	post(operation: object): Promise<unknown>;
	state(): Promise<unknown>;
}

async function startReplica(folder: string): Promise<StartedReplica> {
	const control = `127.0.0.1:${await freePort()}`;
	const child = spawn(process.execPath, [builtEntry("nodes/systems/redis/main.ts"), "--system", "balance"], {
		env: {
			...process.env,
			PAKKA_ID: "r1",
			PAKKA_REPLICAS: '["r1"]',
			PAKKA_CONTROL: control,
			PAKKA_LISTEN: "127.0.0.1:0",
			PAKKA_DATA: folder,
		},
		stdio: ["ignore", "inherit", "inherit"],
	});
	const ask = async (path: string, init: RequestInit = {}): Promise<unknown> =>
		await (
			await fetch(`http://${control}${path}`, { ...init, signal: AbortSignal.timeout(WITHIN_MS) })
		).json();
	await until(() =>
		ask("/health").then(
			() => true,
			() => false,
		),
	);
	return {
		child,
		post: (operation) => ask("/operation", { method: "POST", body: JSON.stringify(operation) }),
		state: () => ask("/state"),
	};
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	return typeof address === "object" && address !== null ? address.port : 0;
}

/** @returns the process of the server: the guard's child that is no `cat` */
async function redisOf(replica: ChildProcess): Promise<string> {
	const [guard = ""] = await childrenOf(String(replica.pid));
	for (const pid of await childrenOf(guard)) {
		if ((await readFile(`/proc/${pid}/comm`, "utf8")).startsWith("redis-server")) return pid;
	}
	throw new Error("the replica has no redis-server");
}

async function childrenOf(pid: string): Promise<string[]> {
	return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
}

/** A process that nobody has collected yet does not run any more. */
async function isRunning(pid: string): Promise<boolean> {
	const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
	return stat !== "" && !/\) [ZX] /.test(stat);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
	for (let waitedMs = 0; waitedMs < WITHIN_MS; waitedMs += POLL_MS) {
		if (await condition()) return;
		await sleep(POLL_MS);
	}
	throw new Error(`not within WITHIN_MS = ${WITHIN_MS} ms`);
}
