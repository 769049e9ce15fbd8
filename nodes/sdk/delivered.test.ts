import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
	addAll,
	addUpdate,
	covers,
	deliveredFromJson,
	deliveredToJson,
	emptyDelivered,
	equalDelivered,
	firstMissing,
	forEachMissing,
	hasUpdate,
	isDeliveredJson,
} from "./delivered.ts";
import type { DeliveredJson } from "./replica.ts";

const SEED = 20_240_901;
/** Small numbers, so that runs touch and overlap, and those of a second life. */
const update = fc.tuple(
	fc.constantFrom("r1", "r2"),
	fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1_000_001, max: 1_000_005 })),
);
const updates = fc.array(update, { maxLength: 25 });

describe(`a delivered set is a set of updates (seed ${SEED})`, () => {
	test.prop([updates], { seed: SEED })("has what was added, and nothing else", (added) => {
		const set = emptyDelivered();
		const model = new Set<string>();
		for (const [replica, number] of added) {
			expect(addUpdate(set, replica, number)).toBe(!model.has(`${replica}:${number}`));
			model.add(`${replica}:${number}`);
		}
		expect(members(deliveredToJson(set))).toEqual([...model].sort());
		for (const replica of ["r1", "r2", "r3"]) {
			for (const number of [0, 1, 5, 12, 13, 1_000_000, 1_000_001, 1_000_006]) {
				expect(hasUpdate(set, replica, number)).toBe(model.has(`${replica}:${number}`));
			}
		}
	});

	test.prop([updates, updates], { seed: SEED })("joins, covers and compares as sets do", (left, right) => {
		const a = setOf(left);
		const b = setOf(right);
		const lacking = members(deliveredToJson(b)).filter((id) => !members(deliveredToJson(a)).includes(id));
		const visited: string[] = [];
		forEachMissing(a, deliveredToJson(b), (replica, number) => visited.push(`${replica}:${number}`));
		expect(visited.sort()).toEqual(lacking);
		expect(covers(a, deliveredToJson(b))).toBe(lacking.length === 0);
		const missing = firstMissing(a, deliveredToJson(b));
		if (missing === null) expect(lacking).toEqual([]);
		else expect(lacking).toContain(`${missing.replica}:${missing.number}`);
		const joined = setOf(left);
		expect(addAll(joined, deliveredToJson(b))).toBe(lacking.length > 0);
		expect(equalDelivered(joined, setOf([...right, ...left]))).toBe(true);
		expect(equalDelivered(a, b)).toBe(
			members(deliveredToJson(a)).join() === members(deliveredToJson(b)).join(),
		);
	});

	test.prop([updates], { seed: SEED })("is the same after a way through JSON", (added) => {
		const json = deliveredToJson(setOf(added));
		expect(isDeliveredJson(json)).toBe(true);
		const again = deliveredFromJson(JSON.parse(JSON.stringify(json)) as DeliveredJson);
		expect(equalDelivered(again, setOf(added))).toBe(true);
	});
});

describe("the JSON form", () => {
	it("is a number for a run from 1, and pairs otherwise", () => {
		const set = deliveredFromJson({ r1: 3, r2: [[2, 3]], r3: [[1, 1], [3, 4]] }); // biome-ignore format: short
		addUpdate(set, "r4", 1_000_001);
		expect(deliveredToJson(set)).toEqual({ r1: 3, r2: [[2, 3]], r3: [[1, 1], [3, 4]], r4: [[1_000_001, 1_000_001]] }); // biome-ignore format: short
	});

	it("does not change after it was handed out", () => {
		const set = deliveredFromJson({ r1: 3 });
		const before = deliveredToJson(set);
		addUpdate(set, "r1", 4);
		expect(before).toEqual({ r1: 3 });
		expect(deliveredToJson(set)).toEqual({ r1: 4 });
	});

	it("names replicas in the order that was asked for, and none without updates", () => {
		const set = emptyDelivered(["r1", "r2", "r3"]);
		addUpdate(set, "r3", 1);
		addUpdate(set, "r1", 1);
		expect(Object.keys(deliveredToJson(set))).toEqual(["r1", "r3"]);
	});

	it.each([null, 5, "r1", [], { r1: -1 }, { r1: 1.5 }, { r1: [[3, 1]] }, { r1: [[0, 1]] }, { r1: [1, 2] }])(
		"is not mistaken for garbage: %j",
		(garbage) => {
			expect(isDeliveredJson(garbage)).toBe(false);
		},
	);
});

function setOf(list: [string, number][]): ReturnType<typeof emptyDelivered> {
	const set = emptyDelivered();
	for (const [replica, number] of list) addUpdate(set, replica, number);
	return set;
}

/** By brute force. */
function members(json: DeliveredJson): string[] {
	return Object.entries(json)
		.flatMap(([replica, entry]) =>
			(typeof entry === "number" ? [[1, entry] as const] : entry).flatMap(([first, last]) =>
				Array.from({ length: last - first + 1 }, (_, index) => `${replica}:${first + index}`),
			),
		)
		.sort();
}
