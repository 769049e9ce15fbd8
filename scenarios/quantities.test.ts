import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	formatBandwidth,
	formatDuration,
	formatLink,
	formatRate,
	parseBandwidth,
	parseDuration,
	parseLink,
	parseOffset,
	parseRate,
} from "./quantities.ts";

const SEED = 42;
const DAY_MS = 86_400_000;
const microseconds = fc.integer({ min: 0, max: DAY_MS * 1000 }).map((micro) => micro / 1000);

describe("durations", () => {
	it.each([
		["500ms", 500],
		["10s", 10_000],
		["1.5s", 1500],
		["1.1s", 1100],
		["5m", 300_000],
		["24h", DAY_MS],
		["0ms", 0],
	])("reads %s as %d ms", (text, ms) => {
		expect(parseDuration(text)).toBe(ms);
	});

	it.each(["", "5", "s", "5 s", "-5s", "+5s", "5S", "1e3ms", ".5s", "5.s", "25h", "5s ", "5sec", "∞s"])(
		"refuses %j",
		(text) => {
			expect(parseDuration(text)).toBeNull();
		},
	);

	it(`reads back what it prints, to the microsecond (seed ${SEED})`, () => {
		fc.assert(
			fc.property(microseconds, (ms) => {
				expect(parseDuration(formatDuration(ms))).toBe(ms);
				expect(parseOffset(formatDuration(ms === 0 ? 0 : -ms))).toBe(ms === 0 ? 0 : -ms);
			}),
			{ seed: SEED, numRuns: 1000 },
		);
	});

	it("reads offsets with a sign, and zero without one", () => {
		expect(parseOffset("-5m")).toBe(-300_000);
		expect(parseOffset("+2s")).toBe(2000);
		expect(Object.is(parseOffset("-0s"), 0)).toBe(true);
		expect(parseOffset("--5m")).toBeNull();
	});

	it("prints whole units where there are some", () => {
		expect([1500, 2000, 120_000, 7_200_000, -300_000].map(formatDuration)).toEqual([
			"1500ms",
			"2s",
			"2m",
			"2h",
			"-5m",
		]);
	});
});

describe("rates, bandwidths and links", () => {
	it(`reads back the rates that it prints (seed ${SEED})`, () => {
		const rates = fc.oneof(
			fc.integer({ min: 1, max: 1_000_000 }),
			fc.integer({ min: 1, max: 9999 }).map((n) => n / 100),
		);
		fc.assert(
			fc.property(rates, (rate) => {
				expect(parseRate(formatRate(rate))).toBe(rate);
			}),
			{ seed: SEED },
		);
	});

	it(`reads back the bandwidths that it prints (seed ${SEED})`, () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
				expect(parseBandwidth(formatBandwidth(bytes))).toBe(bytes);
			}),
			{ seed: SEED },
		);
	});

	it("counts a kilobyte as 1000 bytes", () => {
		expect(["10KB/s", "1.5MB/s", "500B/s"].map(parseBandwidth)).toEqual([10_000, 1_500_000, 500]);
	});

	it.each(["0/s", "200", "200/m", "-1/s", "/s"])("refuses the rate %j", (text) => {
		expect(parseRate(text)).toBeNull();
	});

	it.each(["0B/s", "10kB/s", "10KB", "0.1B/s"])("refuses the bandwidth %j", (text) => {
		expect(parseBandwidth(text)).toBeNull();
	});

	it("reads links between names that have dashes", () => {
		expect(parseLink("a-->-b")).toEqual({ from: "a-", to: "-b" });
		expect(formatLink({ from: "r1", to: "r2" })).toBe("r1->r2");
		expect(parseLink("r1>r2")).toBeNull();
		expect(parseLink("r1->r2->r3")).toBeNull();
	});
});
