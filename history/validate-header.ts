/** The first line of a history, checked by hand: what is wrong is said with the field's name. */
import type { HistoryHeader } from "./events.ts";
import { type JsonObject, shorten } from "./parse-line.ts";

const ORDERS = ["any", "fifo", "causal"];

/** @throws with `place` (file and line number), the field, what was expected and what was found */
export function validHeader(object: JsonObject, place: string): HistoryHeader {
	const expect = (good: boolean, field: string, expected: string) => {
		if (good) return;
		const found = field in object ? shorten(JSON.stringify(object[field])) : "nothing";
		throw new Error(`${place}: header: ${field}: expected ${expected}, found ${found}`);
	};
	const { pakka, scenario, seed, type, replicas, runtime, startedAt, delivers } = object;
	expect(pakka === 1, "pakka", "1, the version of the format that this Pakka reads");
	expect(typeof scenario === "string", "scenario", "a name");
	expect(typeof seed === "number", "seed", "a number");
	expect(typeof type === "string" || type === null || type === undefined, "type", "a type's name or null");
	expect(isNames(replicas), "replicas", "an array of at least one replica id, each different");
	expect(typeof runtime === "string", "runtime", '"sim", "process", "docker" or another name');
	expect(typeof startedAt === "string", "startedAt", "a time in ISO 8601");
	expect(delivers === undefined || isManifest(delivers), "delivers", '{"order","duplicates","durable"}');
	return { ...object, type: type ?? null } as unknown as HistoryHeader;
}

function isNames(value: unknown): boolean {
	if (!Array.isArray(value) || value.length === 0) return false;
	return (
		value.every((name) => typeof name === "string" && name !== "") && new Set(value).size === value.length
	);
}

function isManifest(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return false;
	const { order, duplicates, durable } = value as Record<string, unknown>;
	return ORDERS.includes(order as string) && typeof duplicates === "boolean" && typeof durable === "boolean";
}
