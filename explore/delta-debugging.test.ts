import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minimise } from "./delta-debugging.ts";

const SEED = 4_101;

describe("minimise", () => {
	it(`finds exactly the items that failing needs, in order (seed ${SEED})`, () => {
		const lists = fc
			.integer({ min: 1, max: 60 })
			.chain((length) => fc.tuple(fc.constant(length), fc.uniqueArray(fc.nat({ max: length - 1 }))));
		fc.assert(
			fc.property(lists, ([length, needed]) => {
				const items = Array.from({ length }, (_, index) => index);
				const left = minimise(items, (part) => needed.every((item) => part.includes(item)));
				expect(left).toEqual([...needed].sort((a, b) => a - b));
			}),
			{ seed: SEED },
		);
	});

	it("leaves no single item that could go, where failing is not monotone", () => {
		// Fails with an even number of items of which one is 7.
		const fails = (part: number[]) => part.length % 2 === 0 && part.includes(7);
		const left = minimise(
			Array.from({ length: 20 }, (_, index) => index),
			fails,
		);
		expect(fails(left)).toBe(true);
		for (const item of left) expect(fails(left.filter((other) => other !== item))).toBe(false);
	});

	it("gives the list back when nothing of it can go", () => {
		expect(minimise([1, 2, 3], () => false)).toEqual([1, 2, 3]);
	});

	it("asks about few parts of a long list of which little matters", () => {
		let asked = 0;
		const items = Array.from({ length: 1_000 }, (_, index) => index);
		const left = minimise(items, (part) => {
			asked += 1;
			return part.includes(13) && part.includes(700);
		});
		expect(left).toEqual([13, 700]);
		expect(asked).toBeLessThan(100);
	});
});
