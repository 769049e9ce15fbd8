import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../history/events.ts";
import { byCodePoint, canonical } from "./canonical.ts";
import {
	covers,
	deliveredKey,
	hasDelivered,
	listUpdates,
	parseDelivered,
	sizeOf,
	subtract,
	union,
} from "./delivered.ts";
import { firstDifference } from "./difference.ts";

const SEED = 3;

describe("the canonical form", () => {
	const different: Json[] = [
		null,
		0,
		{ $number: "-0" },
		{ $number: "NaN" },
		{ $bigint: "0" },
		{ $undefined: true },
		{ $bytes: "" },
		{ $date: "1970" },
		{ $set: [] },
		{ $map: [] },
		"0",
		"",
		false,
		[],
		{},
		[null],
		{ $$number: "NaN" },
		{ a: 1 },
		"bigint(0)",
	];
	it("tells apart whatever looks alike", () => {
		expect(new Set(different.map((view) => canonical(view))).size).toBe(different.length);
	});

	it.each<[Json, Json, boolean]>([
		[{ a: 1, b: 2 }, { b: 2, a: 1 }, false],
		[-0, { $number: "-0" }, false],
		[1, { $number: "1" }, false],
		[{ $set: [1, 2] }, { $set: [2, 1] }, false],
		[
			{
				$map: [
					["a", 1],
					["b", 2],
				],
			},
			{
				$map: [
					["b", 2],
					["a", 1],
				],
			},
			false,
		],
		[["a", "b"], ["b", "a"], true],
	])("holds %j and %j for equal", (left, right, setLike) => {
		expect(canonical(left, setLike)).toBe(canonical(right, setLike));
	});

	it("keeps arrays ordered but for the top of set-like views, where it counts", () => {
		expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
		expect(canonical([[1, 2]], true)).not.toBe(canonical([[2, 1]], true));
		expect(canonical([1, 1], true)).not.toBe(canonical([1], true));
	});

	it("sorts by code point, not by UTF-16 unit", () => {
		expect(["\u{1F600}", "\uFF5E", "a"].sort(byCodePoint)).toEqual(["a", "\uFF5E", "\u{1F600}"]);
	});
});

describe("the first difference", () => {
	const words = (left: Json, right: Json, type: string | null = null) =>
		firstDifference({ name: "r1", view: left }, { name: "r2", view: right }, type);

	it.each<[Json, Json, string | null, string, string]>([
		[
			{ items: { milk: 1 } },
			{ items: { milk: 2 } },
			null,
			"items.milk",
			"at items.milk r1 shows 1 and r2 shows 2",
		],
		[{ items: {} }, { items: { milk: 2 } }, null, "items.milk", "only r2 has items.milk (2)"],
		[[1, 2, 3], [1, 2, 4], null, "[2]", "at [2] r1 shows 3 and r2 shows 4"],
		[["a", "b"], ["b"], "or-set", "", 'only r1 has "a"'],
		[["a"], ["a", "a"], "or-set", "", 'r2 has "a" more often than r1'],
		["abc", "abx", "text", "[2]", 'from [2] on r1 shows "c" and r2 shows "x"'],
		["v12", "v13", "lww-register", "", 'r1 shows "v12" and r2 shows "v13"'],
		[1, "1", null, "", 'r1 shows 1 and r2 shows "1"'],
	])("of %j and %j", (left, right, type, path, sentence) => {
		expect(words(left, right, type)).toMatchObject({ path, words: sentence });
	});

	it("is none for equal views", () => {
		expect(words({ a: [1] }, { a: [1] })).toBeNull();
	});
});

describe(`delivered sets (seed ${SEED})`, () => {
	const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 });
	const model = fc.record({ r1: numbers, r2: numbers });
	type Model = { r1: number[]; r2: number[] };
	const set = (from: Model) =>
		parseDelivered({ r1: from.r1.map((n) => [n, n]), r2: from.r2.map((n) => [n, n]) });
	const ids = (from: Model) => [...from.r1.map((n) => `r1:${n}`), ...from.r2.map((n) => `r2:${n}`)].sort();

	it("have one normal form", () => {
		expect(
			deliveredKey(
				parseDelivered({
					r2: 0,
					r1: [
						[3, 5],
						[1, 2],
					],
				}),
			),
		).toBe(deliveredKey(parseDelivered({ r1: 5 })));
		expect(
			deliveredKey(
				parseDelivered({
					r1: [
						[1, 2],
						[4, 5],
					],
				}),
			),
		).not.toBe(deliveredKey(parseDelivered({ r1: 5 })));
	});

	it("behave as sets do", () => {
		fc.assert(
			fc.property(model, model, (a, b) => {
				const [left, right] = [ids(a), ids(b)];
				const list = (of: ReturnType<typeof set>) => listUpdates(of, 100).sort();
				expect(list(set(a))).toEqual(left);
				expect(sizeOf(set(a))).toBe(left.length);
				expect(list(union(set(a), set(b)))).toEqual([...new Set([...left, ...right])].sort());
				expect(list(subtract(set(a), set(b)))).toEqual(left.filter((id) => !right.includes(id)));
				expect(covers(set(a), set(b))).toBe(right.every((id) => left.includes(id)));
				for (let n = 0; n < 14; n++) expect(hasDelivered(set(a), "r1", n)).toBe(a.r1.includes(n));
			}),
			{ seed: SEED },
		);
	});

	it("cost nothing for absurd claims", () => {
		const huge = parseDelivered({ r1: Number.MAX_SAFE_INTEGER });
		expect(hasDelivered(huge, "r1", 1_000_000_000)).toBe(true);
		expect(listUpdates(huge, 3)).toEqual(["r1:1", "r1:2", "r1:3"]);
	});
});
