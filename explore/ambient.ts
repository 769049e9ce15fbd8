/**
 * The clocks and random sources that a replica could reach behind the back of its context: counted, and, where wanted,
 * clocks shifted, or sources pinned to values that are the same in every play. They are replaced only during
 * `withAmbient`, and what is called outside `inside` gets the original.
 *
 * It misses what a module took hold of before (`const { now } = Date`), and WebAssembly's own.
 */
import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { type Random, randomStream } from "../controller/plan/random.ts";

export type AmbientKind = "clock" | "randomness";

export interface AmbientOptions {
	/** Kinds whose sources give the same values in every play. */
	pinned: readonly AmbientKind[];
	/** What is not pinned of the clocks is later by this much. */
	shiftMs: number;
}

export interface Ambient {
	/** Calls from within the replicas, by name. */
	readonly calls: Map<string, AmbientCalls>;
	/** Runs a step of a replica; `where` describes it in case something is called. */
	inside<T>(where: () => string, work: () => T): T;
}

export interface AmbientCalls {
	kind: AmbientKind;
	count: number;
	/** Where it was called first. */
	first: string;
}

interface Source {
	kind: AmbientKind;
	name: string;
	owner: object;
	key: string;
	pinned: (pins: Pins, args: unknown[]) => unknown;
	/** What the original gave, so much later. */
	shifted: (value: unknown, shiftMs: number) => unknown;
}

interface Pins {
	random: Random;
	/** A clock that only its readings move. */
	tick: () => number;
}

const PIN_SEED = 7;
const PINNED_EPOCH_MS = 1_000_000;
const NANOSECONDS_PER_MS = 1_000_000n;
const MS_PER_SECOND = 1_000;

/** Built anew each time: what is there depends on the runtime. */
function sources(): Source[] {
	const all = [
		random(Math, "Math", "random", (pins) => pins.random.float()),
		...[globalThis.crypto, nodeCrypto].flatMap((owner) => [
			random(owner, "crypto", "getRandomValues", (pins, [array]) => fill(pins.random, array)),
			random(owner, "crypto", "randomUUID", (pins) => uuid(pins.random)),
		]),
		random(nodeCrypto, "crypto", "randomBytes", (pins, [size]) =>
			fill(pins.random, Buffer.alloc(Number(size))),
		),
		random(nodeCrypto, "crypto", "randomFillSync", (pins, [array]) => fill(pins.random, array)),
		random(nodeCrypto, "crypto", "randomInt", (pins, [a, b]) => {
			const [low, high] = typeof b === "number" ? [Number(a), b] : [0, Number(a)];
			return pins.random.integer(low, high - 1);
		}),
		clock(Date, "Date", "now", (pins) => pins.tick()),
		clock(performance, "performance", "now", (pins) => pins.tick()),
		// Before hrtime itself, which is replaced with all that it carries by then.
		{
			...clock(process.hrtime, "hrtime", "bigint", (pins) => BigInt(pins.tick()) * NANOSECONDS_PER_MS),
			shifted: (value: unknown, shiftMs: number) => (value as bigint) + BigInt(shiftMs) * NANOSECONDS_PER_MS,
		},
		{
			...clock(process, "process", "hrtime", (pins) => [0, pins.tick()]),
			shifted: (value: unknown, shiftMs: number) => {
				const [seconds, nanoseconds] = value as [number, number];
				return [seconds + Math.round(shiftMs / MS_PER_SECOND), nanoseconds];
			},
		},
	];
	return all.filter(isReplaceable);
}

function isReplaceable({ owner, key }: Source): boolean {
	if (Object.getOwnPropertyDescriptor(owner, key)?.configurable === false) return false;
	return typeof (owner as Record<string, unknown>)[key] === "function";
}

function random(owner: object, ownerName: string, key: string, pinned: Source["pinned"]): Source {
	const name = `${ownerName}.${key}`;
	return { kind: "randomness", name, owner, key, pinned, shifted: (value) => value };
}

function clock(owner: object, ownerName: string, key: string, pinned: Source["pinned"]): Source {
	const shifted = (value: unknown, shiftMs: number) => (value as number) + shiftMs;
	return { kind: "clock", name: `${ownerName}.${key}`, owner, key, pinned, shifted };
}

export function withAmbient<T>({ pinned, shiftMs }: AmbientOptions, work: (ambient: Ambient) => T): T {
	const calls = new Map<string, AmbientCalls>();
	let where: (() => string) | null = null;
	let readings = 0;
	const pins: Pins = { random: randomStream(PIN_SEED, "pinned"), tick: () => PINNED_EPOCH_MS + readings++ };
	const answerTo: Answering = (kind, name) => {
		if (where === null) return "original";
		const known = calls.get(name);
		if (known === undefined) calls.set(name, { kind, count: 1, first: where() });
		else known.count += 1;
		return pinned.includes(kind) ? "pinned" : "shifted";
	};
	const undo = [
		...sources().map((source) => replace(source, pins, shiftMs, answerTo)),
		replaceDate(pins, shiftMs, answerTo),
	];
	syncBuiltinESMExports();
	try {
		return work({
			calls,
			inside(describe, step) {
				const outer = where;
				where = describe;
				try {
					return step();
				} finally {
					where = outer;
				}
			},
		});
	} finally {
		for (const restore of undo.reverse()) restore();
		syncBuiltinESMExports();
	}
}

/** Counts a call, and says what it gets. */
type Answering = (kind: AmbientKind, name: string) => "original" | "pinned" | "shifted";

function replace(source: Source, pins: Pins, shiftMs: number, answerTo: Answering): () => void {
	const { kind, name, owner, key } = source;
	const before = Object.getOwnPropertyDescriptor(owner, key);
	const original = (owner as Record<string, (...args: unknown[]) => unknown>)[key];
	const watched = (...args: unknown[]): unknown => {
		const answer = answerTo(kind, name);
		if (answer === "pinned") return source.pinned(pins, args);
		const value = original?.apply(owner, args);
		return answer === "shifted" ? source.shifted(value, shiftMs) : value;
	};
	// What the function carries itself, as hrtime does its variant.
	Object.assign(watched, original);
	const enumerable = before?.enumerable ?? false;
	Object.defineProperty(owner, key, { value: watched, writable: true, configurable: true, enumerable });
	return () => {
		if (before === undefined) Reflect.deleteProperty(owner, key);
		else Object.defineProperty(owner, key, before);
	};
}

/** Without arguments the constructor reads the clock too. */
function replaceDate(pins: Pins, shiftMs: number, answerTo: Answering): () => void {
	const original = globalThis.Date;
	const now = (): number => {
		const answer = answerTo("clock", "new Date");
		if (answer === "pinned") return pins.tick();
		return new original().getTime() + (answer === "shifted" ? shiftMs : 0);
	};
	const replaced: DateConstructor = new Proxy(original, {
		construct(target, args: unknown[], newTarget) {
			const constructor = newTarget === replaced ? target : newTarget;
			return Reflect.construct(target, args.length === 0 ? [now()] : args, constructor) as object;
		},
		apply: (target) => new target(now()).toString(),
	});
	globalThis.Date = replaced;
	return () => {
		globalThis.Date = original;
	};
}

function fill(random: Random, array: unknown): unknown {
	const { buffer, byteOffset, byteLength } = array as Uint8Array;
	const bytes = new Uint8Array(buffer, byteOffset, byteLength);
	for (let index = 0; index < bytes.length; index++) bytes[index] = random.integer(0, 255);
	return array;
}

function uuid(random: Random): string {
	const hex = (length: number): string => {
		return Array.from({ length }, () => random.integer(0, 15).toString(16)).join("");
	};
	return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
