/**
 * Redis as a replicated counter (`pn-counter`): the scenario's first replica is the primary, which takes writes; the others
 * follow it (REPLICAOF), each over its link to the primary, and serve reads. Redis is as its makers ship it.
 *
 * A write adds to the counter and takes the next number in one transaction. Redis replicates transactions whole and in order, so
 * the last number that a replica has *is* its delivered set, of the same moment as the counter.
 *
 * Options: `appendonly` (true) keeps what is acknowledged over a crash of the process. Left out: failover, which is a decision
 * of whoever runs Redis (Sentinel, an orchestrator), not of the server.
 */
import { defineAdapter } from "pakka/node";
import { RedisClient, RedisError, type RedisReply } from "./redis-client.ts";

const PORT = 6379;
const UPDATES_PER_INCARNATION = 1_000_000;
/** Seconds after which a follower gives a silent primary up and connects again; ten times less than Redis' own. */
const REPLICATION_TIMEOUT_S = 6;

const COUNTER = "counter";
/** The last update's number, and the number before the first one that this data set has. */
const NUMBER = "pakka:number";
const BASE = "pakka:base";

export default defineAdapter({
	ports: { client: PORT, peers: PORT },

	checkOptions(options) {
		for (const [name, value] of Object.entries(options)) {
			if (name !== "appendonly") return `there is no option '${name}', only appendonly`;
			if (typeof value !== "boolean") return `appendonly is true or false, found ${JSON.stringify(value)}`;
		}
		return null;
	},

	start({ id, replicas, peers, options, dataFolder }) {
		const primary = replicas[0] as string;
		// Redis speaks to its primary over one connection, so it takes the link's first lane only.
		const [lane = ""] = peers[primary] ?? [];
		const [host = "", port = ""] = lane.split(":");
		const network = ["--port", String(PORT), "--bind", "0.0.0.0", "--protected-mode", "no"];
		const keeps = options["appendonly"] === false ? "no" : "yes";
		const disk = ["--dir", dataFolder, "--save", "", "--appendonly", keeps];
		const replication = [
			"--repl-timeout",
			String(REPLICATION_TIMEOUT_S),
			"--repl-ping-replica-period",
			"1",
			"--repl-diskless-sync-delay",
			"0",
		];
		const follow = id === primary ? [] : ["--replicaof", host, port];
		return { command: [...network, ...disk, ...replication, ...follow] };
	},

	connect(address, { id, replicas, incarnation }) {
		const redis = new RedisClient(address);
		const primary = replicas[0] as string;

		/** Where numbers start that no earlier life of the primary can have given away: contains no lost ones. */
		async function prepareNumbers(signal: AbortSignal): Promise<boolean> {
			const start = String(incarnation * UPDATES_PER_INCARNATION);
			const set = await redis.transaction(
				[
					["SET", BASE, start, "NX"],
					["SET", NUMBER, start, "NX"],
				],
				signal,
			);
			return !(set instanceof RedisError);
		}

		return {
			async ready(signal) {
				// A follower also serves reads while its primary is out of reach; one that is still loading its data does not.
				const [pong] = await redis.send([["PING"]], signal);
				return pong === "PONG" && (id !== primary || (await prepareNumbers(signal)));
			},

			async invoke({ f, value }, signal) {
				if (f === "read") {
					const { view, delivered } = await read(redis, primary, signal);
					return { ok: true, value: view, delivered };
				}
				if (f !== "add" || typeof value !== "number" || !Number.isSafeInteger(value)) {
					return {
						ok: false,
						code: "bad-operation",
						message: `expected add of an integer, or read; found ${f}`,
					};
				}
				const replies = await redis.transaction(
					[
						["INCRBY", COUNTER, String(value)],
						["INCR", NUMBER],
						["GET", BASE],
					],
					signal,
				);
				// `READONLY You can't write against a read only replica.`: nothing was done.
				if (replies instanceof RedisError) return { ok: false, code: "refused", message: replies.message };
				const [, number, base] = replies.map(numberOf);
				return { ok: true, update: number, delivered: deliveredUpTo(primary, base, number) };
			},

			state: (signal) => read(redis, primary, signal),
			close: () => redis.close(),
		};
	},
});

async function read(redis: RedisClient, primary: string, signal: AbortSignal) {
	const replies = await redis.transaction(
		[
			["GET", COUNTER],
			["GET", NUMBER],
			["GET", BASE],
		],
		signal,
	);
	if (replies instanceof RedisError) throw new Error(replies.message);
	const [counter = 0, number, base] = replies.map(numberOf);
	return { view: counter, delivered: deliveredUpTo(primary, base, number) };
}

/** After the primary lost its data, numbers below the new base are not delivered: they are gone. */
function deliveredUpTo(primary: string, base = 0, number = 0) {
	if (base === 0) return { [primary]: number };
	const runs: [number, number][] = number > base ? [[base + 1, number]] : [];
	return { [primary]: runs };
}

function numberOf(reply: RedisReply): number {
	if (reply === null) return 0;
	const number = typeof reply === "string" || typeof reply === "number" ? Number(reply) : Number.NaN;
	if (Number.isSafeInteger(number)) return number;
	throw new Error(`expected a number from Redis, found ${JSON.stringify(reply)}`);
}
