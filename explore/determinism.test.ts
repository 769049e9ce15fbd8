import { afterEach, describe, expect, it } from "vitest";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import { opBased } from "../nodes/sdk/op-based.ts";
import type { OpBasedType } from "../nodes/sdk/op-based-type.ts";
import type { Json, ReplicaDefinition } from "../nodes/sdk/replica.ts";
import { checkDeterminism, type Determinism, isPlayedTwice, type PlayOnce } from "./determinism.ts";
import { playAtRandom } from "./testing/play-at-random.ts";

const SEED = 11;
/** Calls of bytecode take milliseconds, and these are thousands: 22 s for the two of them. */
const QUICK = builtInNames().filter((name) => !name.includes("-solidity"));
const play: PlayOnce = (definition) => playAtRandom(definition, { seed: SEED });

/** A log of texts; `stamp` is what a wrong one adds to each. */
function logOf(stamp: () => Json, overrides: Partial<OpBasedType<Json[], Json>> = {}): ReplicaDefinition {
	return opBased<Json[], Json>({
		type: "log",
		operations: { add: { kind: "update", weight: 1, generate: (draw) => draw.unique() } },
		initial: () => [],
		prepare: (_, { value }) => ({ effect: [value, stamp()] }),
		apply: (state, effect) => [...state, effect],
		view: (state) => state,
		...overrides,
	});
}

function different(found: Determinism): Extract<Determinism, { kind: "different" }> {
	if (found.kind === "same") throw new Error("expected a difference, found none");
	return found;
}

afterEach(() => {
	// Whatever was replaced is the runtime's own again.
	expect(String(Math.random)).toContain("native code");
	expect(String(Date)).toContain("native code");
	expect(String(Date.now)).toContain("native code");
	expect(Object.hasOwn(performance, "now")).toBe(false);
	expect(Object.hasOwn(globalThis.crypto, "randomUUID")).toBe(false);
});

describe("checkDeterminism", () => {
	it.each(QUICK)(`finds %s the same twice (seed ${SEED})`, async (name) => {
		const definition = builtIn(name) as ReplicaDefinition;
		await definition.load?.();
		const found = checkDeterminism(definition, play);
		expect(found).toMatchObject({ kind: "same" });
		expect((found as { entries: number }).entries).toBeGreaterThan(50);
	});

	it.each([
		["Math.random", () => Math.random()],
		["crypto.randomUUID", () => globalThis.crypto.randomUUID()],
		["crypto.getRandomValues", () => [...globalThis.crypto.getRandomValues(new Uint8Array(4))]],
	])("names randomness: %s", (name, stamp) => {
		const { whose, causes, reason } = different(checkDeterminism(logOf(stamp), play));
		expect({ whose, causes }).toEqual({ whose: "replica", causes: ["randomness"] });
		expect(reason).toMatch(
			/^log is not deterministic \(randomness\): played twice, r\d, when it was to add "v0",/,
		);
		expect(reason).toMatch(
			new RegExp(`${name} was called \\d+ times within the replicas, first when r\\d was to add "v0"`),
		);
		expect(reason).toContain("use random() of the replica's context instead");
	});

	it.each([
		["Date.now", () => Date.now()],
		["new Date", () => new Date().toISOString()],
		["performance.now", () => performance.now()],
		["hrtime.bigint", () => String(process.hrtime.bigint())],
		["process.hrtime", () => process.hrtime()],
	])("names the clock: %s", (name, stamp) => {
		const { whose, causes, reason } = different(checkDeterminism(logOf(stamp), play));
		expect({ whose, causes }).toEqual({ whose: "replica", causes: ["clock"] });
		expect(reason).toContain(`${name} was called`);
	});

	it("names both where both are to blame, and only one where the other is harmless", () => {
		const both = different(
			checkDeterminism(
				logOf(() => [Date.now(), Math.random()]),
				play,
			),
		);
		expect(both.causes).toEqual(["clock", "randomness"]);
		const harmless = different(
			checkDeterminism(
				logOf(() => [Date.now() > 0, Math.random()]),
				play,
			),
		);
		expect(harmless.causes).toEqual(["randomness"]);
	});

	it("names iteration order: a Map of the module keeps the order of an earlier play", () => {
		const order = new Map<Json, true>();
		const set = logOf(() => null, {
			initial() {
				// A cache that each new replica turns a little.
				const [oldest] = order.keys();
				if (oldest !== undefined && order.delete(oldest)) order.set(oldest, true);
				return [];
			},
			apply(state, effect) {
				const [element] = effect as [Json];
				order.set(element, true);
				return [...state, element];
			},
			view: (state) => [...order.keys()].filter((element) => state.includes(element)),
		});
		const { whose, causes, reason } = different(checkDeterminism(set, play));
		expect({ whose, causes }).toEqual({ whose: "replica", causes: ["iteration order"] });
		expect(reason).toMatch(/Neither a clock nor a random source was called: the same comes in another order/);
	});

	it("names state that is shared between plays, also where it shows only once", () => {
		let calls = 0;
		const counts = different(
			checkDeterminism(
				logOf(() => calls++),
				play,
			),
		);
		expect(counts.causes).toEqual(["shared state"]);
		const seen = new Map<string, number>();
		const cache = (): Json => {
			const first = !seen.has("cache");
			seen.set("cache", Date.now());
			return first;
		};
		const once = different(checkDeterminism(logOf(cache), play));
		expect(once.causes).toEqual(["shared state"]);
		expect(once.reason).toContain("not to blame");
	});

	it("blames the harness where a deterministic replica differs too", () => {
		let plays = 0;
		const uneven: PlayOnce = (definition) => playAtRandom(definition, { seed: SEED + plays++ });
		const { whose, reason } = different(checkDeterminism(builtIn("or-set") as ReplicaDefinition, uneven));
		expect(whose).toBe("harness");
		expect(reason).toContain("a mistake of Pakka");
	});

	it("leaves clocks and random sources of everyone else alone", () => {
		const before = Date.now();
		let during = 0;
		checkDeterminism(
			logOf(() => null),
			(definition) => {
				play(definition);
				during = Math.max(during, Date.now());
			},
		);
		expect(during - before).toBeLessThan(60_000);
	});
});

describe("isPlayedTwice", () => {
	it("takes one schedule in twenty, the first among them", () => {
		const numbers = Array.from({ length: 1000 }, (_, index) => index).filter(isPlayedTwice);
		expect(numbers).toHaveLength(50);
		expect(numbers[0]).toBe(0);
	});
});
