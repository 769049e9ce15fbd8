/** Exact sums and their rounding, the model in every order, and each flaw of the one as written by the smallest case. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../../registry.ts";
import type { Json, VisibleUpdate } from "../../sdk/replica.ts";
import { invoke, settle } from "../../sdk/testing/network.ts";
import { finalViews, networkOf } from "../../specimens/testing/two-replicas.ts";
import { FLAWS, federatedAsWritten } from "./as-written.ts";
import { nearest, toUnits } from "./exact.ts";
import { federated } from "./federated.ts";
import { expectedModel } from "./specification.ts";
import { trained } from "./submission.ts";

const ONE = toUnits(1);

function updatesOf(values: Json[]): VisibleUpdate[] {
	return values.map((value, index) => ({
		replica: "r1",
		number: index + 1,
		f: Array.isArray(value) ? "upload" : "submit",
		value,
		seen: { r1: index + 1 },
	}));
}

const specified = (values: Json[]) =>
	expectedModel(updatesOf(values), { replicas: ["r1", "r2"], options: {} });

/** What two replicas show in the end that were told these, in this order, by turns. */
function shown(type: string, values: Json[]): unknown[] {
	const two = networkOf(type);
	for (const [index, value] of values.entries()) {
		const f = Array.isArray(value) ? "upload" : "submit";
		expect(invoke(two.network, index % 2 === 0 ? two.r1 : two.r2, { f, value })).toMatchObject({ ok: true });
		settle(two.network);
	}
	return finalViews(two);
}

const submission = (client: string, samples: number, gradient: number): Json => ({
	client,
	round: 1,
	samples,
	gradients: [gradient, 0, 0],
});

describe("exact sums", () => {
	it.each([0, 1, -1, 0.1, 5e-324, -2.2250738585072014e-308, 1e-310, Number.MAX_VALUE, 1 / 3])(
		"brings %d back as it was",
		(value) => {
			expect(nearest(toUnits(value), 1n)).toBe(value);
		},
	);

	it("loses nothing that floats lose", () => {
		expect(nearest(toUnits(1e100) + ONE - toUnits(1e100), 1n)).toBe(1);
		expect(1e100 + 1 - 1e100).toBe(0);
	});

	it("rounds once, what lies halfway to the even one", () => {
		expect(nearest(ONE, 3n)).toBe(1 / 3);
		expect(nearest(toUnits(2 ** 53) + ONE, 1n)).toBe(2 ** 53);
		expect(nearest(toUnits(2 ** 53) + 3n * ONE, 1n)).toBe(2 ** 53 + 4);
		expect(nearest(-toUnits(2 ** 53) - 3n * ONE, 1n)).toBe(-(2 ** 53) - 4);
		expect(nearest(1n, 2n)).toBe(0);
		expect(nearest(3n, 2n)).toBe(2 * 5e-324);
	});
});

describe("systems/federated", () => {
	const values: Json[] = ["a", "b", "c", "d", "e", "a", "b"].map((client, index) => ({
		...trained(client, 1 + (index % 2), index < 5 ? 1 : 2),
	}));

	it("shows what the specification computes by another way, in every order and with duplicates", () => {
		const expected = specified(values);
		const orders = [values, values.toReversed(), [...values.slice(3), ...values.slice(0, 3), ...values]];
		for (const order of orders) {
			expect(specified(order)).toEqual(expected);
			expect(shown("systems/federated", order)).toEqual([expected, expected]);
		}
	});

	it("doesn't mind how submissions are grouped", () => {
		const first = values.filter((_, index) => index < 5 && index % 2 === 0);
		expect(shown("systems/federated", [first])[0]).toEqual(shown("systems/federated", first)[1]);
	});

	it("weighs by samples of the round, and counts a client once", () => {
		const told = [submission("a", 1, 1), submission("b", 3, 5), submission("b", 3, 5)];
		expect(shown("systems/federated", told)[0]).toEqual({
			version: 1,
			clients: 2,
			updates: 2,
			samples: 4,
			weights: [-2, 0, 0],
		});
	});

	it("refuses what is no submission", () => {
		const two = networkOf("systems/federated");
		const refuses = (f: string, value: Json) =>
			expect(invoke(two.network, two.r1, { f, value })).toMatchObject({ ok: false, code: "bad-value" });
		refuses("submit", null);
		refuses("submit", { ...(submission("a", 1, 1) as object), samples: 0 });
		refuses("submit", { ...(submission("a", 1, 1) as object), gradients: [1, 2] });
		refuses("upload", []);
		refuses("upload", [submission("a", 1, 1), submission("a", 1, 1)]);
	});
});

describe("systems/federated-as-written", () => {
	it("averages averages, and counts what both have twice", () => {
		const told = [submission("a", 1, 8), submission("b", 1, 8), submission("c", 1, 8)];
		const [one, other] = shown("systems/federated-as-written", told) as { updates: number }[];
		expect(one?.updates).toBeGreaterThan(3);
		expect(other).not.toEqual(specified(told));
	});

	it("adds floats one by one", () => {
		const batch = [submission("a", 1, 1_000_000), submission("b", 2, 0.3), submission("c", 1, -1_000_000)];
		const weights = (view: unknown) => (view as { weights: number[] }).weights[0];
		expect(weights(specified([batch]))).toBe(-0.075);
		expect(weights(shown("systems/federated-as-written", [batch])[0])).toBeCloseTo(-0.075, 6);
		expect(weights(shown("systems/federated-as-written", [batch])[0])).not.toBe(-0.075);
	});

	it("has a merge that isn't idempotent", () => {
		const { laws } = federatedAsWritten;
		const state = { aggregation: { weights: [1, 2, 3], version: 1, clients: ["a"], updates: 1, samples: 5 } };
		expect(laws?.kind === "join" && laws.merge(state, state)).not.toEqual(state);
	});

	it("claims the right one's type, operations and invariants, and names properties that exist", () => {
		expect(builtIn("systems/federated")).toBe(federated);
		expect(builtIn("systems/federated-as-written")).toBe(federatedAsWritten);
		expect(federatedAsWritten.type).toBe(federated.type);
		for (const { property } of FLAWS.filter(({ property: name }) => name.startsWith("invariant:"))) {
			expect(federated.invariants).toHaveProperty(property.slice("invariant:".length));
		}
	});
});
