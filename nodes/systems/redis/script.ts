/**
 * Redis commands as a conversation: a script yields batches of commands and is handed their replies. Whoever runs it decides where
 * the data is: a real Redis server (`redis-store.ts`), or the same semantics in memory (`memory-store.ts`), which is what the
 * simulator searches. The text of a system is thus written once, and both see the same commands.
 *
 * Left out: pipelining. A batch is one round trip.
 */
export type CommandName =
	| "HDEL"
	| "HGET"
	| "HGETALL"
	| "HINCRBY"
	| "HMGET"
	| "HSET"
	| "HSETNX"
	| "HVALS"
	| "KEYS"
	| "SADD"
	| "SMEMBERS"
	| "SREM";

export type Command = readonly [name: CommandName, ...args: string[]];

/** HGETALL answers field, value, field, value, … */
export type RedisReply = string | number | null | (string | null)[];

/** More than one command: a transaction (MULTI … EXEC), which happens whole or not at all. */
export type Batch = readonly Command[];

export type Script<T> = Generator<Batch, T, RedisReply[]>;

const WRITES: ReadonlySet<CommandName> = new Set(["HDEL", "HINCRBY", "HSET", "HSETNX", "SADD", "SREM"]);

export function writesIn(batch: Batch): Command[] {
	return batch.filter(([name]) => WRITES.has(name));
}

/** A key, field or tag of several parts. No two lists of parts make the same one, whatever characters they hold. */
export function nameOf(...parts: readonly (string | number)[]): string {
	return JSON.stringify(parts);
}

/** One command by itself. */
export function* ask(...command: Command): Script<RedisReply> {
	const [reply = null] = yield [command];
	return reply;
}

export function* askList(...command: Command): Script<string[]> {
	const reply = yield* ask(...command);
	return Array.isArray(reply) ? reply.filter((item) => item !== null) : [];
}

export function* askHash(key: string): Script<Map<string, string>> {
	const flat = yield* askList("HGETALL", key);
	const hash = new Map<string, string>();
	for (let i = 0; i < flat.length; i += 2) hash.set(flat[i] as string, flat[i + 1] as string);
	return hash;
}

/** Runs it to its end, against a store that answers at once. */
export function runScript<T>(script: Script<T>, execute: (batch: Batch) => RedisReply[]): T {
	let step = script.next();
	while (step.done !== true) step = script.next(execute(step.value));
	return step.value;
}
