/** What a movable list means, on replicas that exchange everything only when the test says so. */
import { describe, expect, it } from "vitest";
import type { Json, Reply } from "../sdk/replica.ts";
import { CALM, createNetwork, invoke, type Network, settle } from "../sdk/testing/network.ts";
import { listMoveByCopy } from "../specimens/list-move-by-copy.ts";
import { movableList } from "./movable-list.ts";

function boards(letters: string, definition = movableList) {
	const network = createNetwork(definition, { ...CALM, replicas: 2, seed: 1 });
	const ask = (replica: number, f: string, value: Json): Reply =>
		invoke(network, network.nodes[replica - 1] as Network["nodes"][0], { f, value });
	for (const [index, value] of letters.split("").entries()) ask(1, "insert", { index, value });
	expect(settle(network)).toBe(true);
	return {
		ask,
		move: (replica: number, from: number, to: number) => ask(replica, "move", { from, to }),
		both: (expected: string): void => {
			expect(settle(network)).toBe(true);
			const views = network.nodes.map(({ replica }) => ((replica?.view() ?? []) as string[]).join(""));
			expect(views).toEqual([expected, expected]);
		},
	};
}

describe("movable-list", () => {
	it.each([
		[0, 2, "bcad"],
		[3, 0, "dabc"],
		[1, 1, "abcd"],
		[2, 3, "abdc"],
	])("moves from %i to the index %i", (from, to, expected) => {
		const { move, both } = boards("abcd");
		expect(move(1, from, to)).toMatchObject({ ok: true });
		both(expected);
	});

	it("has an element that two move at once in one place: where the later one put it", () => {
		const { move, both } = boards("abcd");
		move(1, 0, 1);
		move(2, 0, 3);
		both("bcda");
	});

	it("which a list that moves by copying has twice", () => {
		const { move, both } = boards("abcd", listMoveByCopy);
		move(1, 0, 1);
		move(2, 0, 3);
		both("bacda");
	});

	it("sets an element anew wherever it is moved meanwhile", () => {
		const { ask, move, both } = boards("abc");
		ask(1, "set", { index: 0, value: "A" });
		move(2, 0, 2);
		both("bcA");
	});

	it("doesn't bring back what is deleted by moving or setting it meanwhile", () => {
		const { ask, move, both } = boards("abc");
		expect(ask(1, "delete", { index: 0, count: 2 })).toMatchObject({ ok: true, value: ["a", "b"] });
		move(2, 0, 2);
		ask(2, "set", { index: 0, value: "B" });
		both("c");
	});

	it.each<[string, Json, string]>([
		["move", { from: 0, to: 2 }, "out-of-range"],
		["move", { from: 2, to: 0 }, "out-of-range"],
		["move", { from: 0 }, "bad-value"],
		["set", { index: 2, value: 1 }, "out-of-range"],
		["set", { index: 0 }, "bad-value"],
		["insert", { index: 3, value: 1 }, "out-of-range"],
		["insert", { index: 0, value: -0 }, "bad-value"],
		["delete", { index: 1, count: 2 }, "out-of-range"],
		["delete", null, "bad-value"],
	])("refuses %s %j: %s", (f, value, code) => {
		const { ask, both } = boards("ab");
		expect(ask(1, f, value)).toMatchObject({ ok: false, code });
		both("ab");
	});
});
