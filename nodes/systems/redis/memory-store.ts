/**
 * As much of Redis as the systems use, in memory and at once: hashes and sets of strings, under keys; keys that become empty
 * are gone; a command on a key of another kind is an error. A test drives it and a real server by the same commands.
 *
 * Errors are thrown. As in Redis, the other commands of the transaction have happened all the same.
 */
import type { Batch, Command, RedisReply } from "./script.ts";

type Value = { kind: "hash"; fields: Map<string, string> } | { kind: "set"; members: Set<string> };

/** As plain data. */
export type Dump = [key: string, value: string[] | Record<string, string>][];

const INTEGER = /^(0|-?[1-9]\d*)$/;
const LARGEST_INTEGER = 2n ** 63n - 1n;
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

export class MemoryStore {
	readonly #values = new Map<string, Value>();

	constructor(dump: Dump = []) {
		for (const [key, value] of dump) {
			if (Array.isArray(value)) this.#values.set(key, { kind: "set", members: new Set(value) });
			else this.#values.set(key, { kind: "hash", fields: new Map(Object.entries(value)) });
		}
	}

	/** In an order that does not depend on how it came about. */
	dump(): Dump {
		return Array.from(this.#values, ([key, value]): Dump[number] => [
			key,
			value.kind === "set"
				? [...value.members].sort()
				: Object.fromEntries([...value.fields].sort(([a], [b]) => (a < b ? -1 : 1))),
		]).sort(([a], [b]) => (a < b ? -1 : 1));
	}

	/** @throws as Redis refuses the first that it refuses */
	execute(batch: Batch): RedisReply[] {
		const errors: unknown[] = [];
		const replies = batch.map((command) => {
			try {
				return this.#one(command);
			} catch (error) {
				errors.push(error);
				return null;
			}
		});
		if (errors.length > 0) throw errors[0];
		return replies;
	}

	#one([name, key = "", ...rest]: Command): RedisReply {
		const [first = "", second = ""] = rest;
		switch (name) {
			case "HGET":
				return this.#fields(key).get(first) ?? null;
			case "HMGET":
				return rest.map((field) => this.#fields(key).get(field) ?? null);
			case "HGETALL":
				return [...this.#fields(key)].flat();
			case "HVALS":
				return [...this.#fields(key).values()];
			case "HSET":
				return this.#setFields(key, rest);
			case "HSETNX":
				return this.#fields(key).has(first) ? 0 : this.#setFields(key, [first, second]);
			case "HINCRBY":
				return this.#increment(key, first, second);
			case "HDEL":
				return this.#drop(key, this.#fields(key), rest);
			case "SMEMBERS":
				return [...this.#members(key)];
			case "SADD":
				return this.#addMembers(key, rest);
			case "SREM":
				return this.#drop(key, this.#members(key), rest);
			case "KEYS": {
				const pattern = globPattern(key);
				return [...this.#values.keys()].filter((candidate) => pattern.test(candidate));
			}
			default:
				return name satisfies never;
		}
	}

	#fields(key: string): Map<string, string> {
		const value = this.#values.get(key);
		if (value?.kind === "set") throw new Error(WRONG_TYPE);
		return value?.fields ?? new Map<string, string>();
	}

	#members(key: string): Set<string> {
		const value = this.#values.get(key);
		if (value?.kind === "hash") throw new Error(WRONG_TYPE);
		return value?.members ?? new Set<string>();
	}

	#setFields(key: string, pairs: readonly string[]): number {
		const fields = this.#fields(key);
		const before = fields.size;
		for (let i = 0; i < pairs.length; i += 2) fields.set(pairs[i] as string, pairs[i + 1] as string);
		this.#values.set(key, { kind: "hash", fields });
		return fields.size - before;
	}

	#increment(key: string, field: string, by: string): number {
		const current = this.#fields(key).get(field) ?? "0";
		if (!INTEGER.test(current)) throw new Error("ERR hash value is not an integer");
		const sum = BigInt(current) + BigInt(by);
		if (sum > LARGEST_INTEGER || sum < -LARGEST_INTEGER - 1n) {
			throw new Error("ERR increment or decrement would overflow");
		}
		this.#setFields(key, [field, String(sum)]);
		return Number(sum);
	}

	#addMembers(key: string, added: readonly string[]): number {
		const members = this.#members(key);
		const before = members.size;
		for (const member of added) members.add(member);
		this.#values.set(key, { kind: "set", members });
		return members.size - before;
	}

	#drop(key: string, from: Map<string, string> | Set<string>, names: readonly string[]): number {
		const dropped = names.filter((name) => from.delete(name)).length;
		if (from.size === 0) this.#values.delete(key);
		return dropped;
	}
}

/** `*`, `?`, `[abc]`, `[^a]`, `[a-z]` and `\` of Redis' KEYS, as a regular expression. */
function globPattern(glob: string): RegExp {
	let source = "";
	for (let i = 0; i < glob.length; i += 1) {
		const character = glob[i] as string;
		const end = character === "[" ? glob.indexOf("]", i + 1) : -1;
		if (character === "*") source += "[^]*";
		else if (character === "?") source += "[^]";
		else if (end !== -1) {
			source += charactersOf(glob.slice(i + 1, end));
			i = end;
		} else if (character === "\\" && i + 1 < glob.length) {
			i += 1;
			source += literal(glob[i] as string);
		} else source += literal(character);
	}
	return new RegExp(`^${source}$`);
}

function charactersOf(inside: string): string {
	const isNegative = inside.startsWith("^");
	const characters = (isNegative ? inside.slice(1) : inside).replaceAll(/[\\\]^]/g, "\\$&");
	return `[${isNegative ? "^" : ""}${characters}]`;
}

function literal(character: string): string {
	return character.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
