import { describe, expect, it } from "vitest";
import type { PartitionShape } from "../../scenarios/scenario.ts";
import { allLinks, cutLinks } from "./shapes.ts";
import { seededRandom } from "./testing/seeded.ts";

const SEEDS_PER_CASE = 50;
const SIZES = [2, 3, 4, 5, 6, 7];

const replicasOf = (count: number) => Array.from({ length: count }, (_, index) => `r${index + 1}`);

/** Whom each replica sees, itself included, where both directions are open. */
function views(shape: PartitionShape, replicas: string[], seed: number): Map<string, string[]> {
	const cut = new Set(cutLinks(shape, replicas, seededRandom(seed)).map(({ from, to }) => `${from}->${to}`));
	for (const { from, to } of allLinks(replicas)) {
		expect(cut.has(`${from}->${to}`), `${from} and ${to} symmetric, seed ${seed}`).toBe(
			cut.has(`${to}->${from}`),
		);
	}
	return new Map(
		replicas.map((id) => [id, replicas.filter((other) => other === id || !cut.has(`${id}->${other}`))]),
	);
}

const distinct = (seen: Map<string, string[]>) => new Set([...seen.values()].map((ids) => ids.join()));

describe.each(SIZES.filter((size) => size > 2))("with %i replicas", (size) => {
	const replicas = replicasOf(size);
	const seeds = Array.from({ length: SEEDS_PER_CASE }, (_, seed) => seed);

	it("halves: two sides that differ by at most one, whole within, cut between", () => {
		for (const seed of seeds) {
			const sides = [...distinct(views("halves", replicas, seed))].map((side) => side.split(","));
			expect(sides.map((side) => side.length).sort((left, right) => left - right)).toEqual([
				Math.floor(size / 2),
				Math.ceil(size / 2),
			]);
			expect(sides.flat().sort()).toEqual(replicas);
		}
	});

	it("majority: a majority on one side, the rest on the other, and every possible size is drawn", () => {
		const sizes = new Set<number>();
		for (const seed of seeds) {
			const sides = [...distinct(views("majority", replicas, seed))].map((side) => side.split(","));
			expect(sides).toHaveLength(2);
			expect(sides.flat().sort()).toEqual(replicas);
			const larger = Math.max(...sides.map((side) => side.length));
			expect(larger).toBeGreaterThan(size / 2);
			sizes.add(larger);
		}
		expect(sizes.size).toBe(size - 1 - Math.floor(size / 2));
	});

	it("ring: every replica sees a majority, no two see the same", () => {
		for (const seed of seeds) {
			const seen = views("ring", replicas, seed);
			for (const ids of seen.values()) expect(ids.length).toBeGreaterThan(size / 2);
			expect(distinct(seen).size).toBe(size);
		}
	});

	it("bridge: one replica sees all, the others only it and their own half", () => {
		for (const seed of seeds) {
			const seen = views("bridge", replicas, seed);
			const bridges = [...seen].filter(([, ids]) => ids.length === size).map(([id]) => id);
			expect(bridges).toHaveLength(1);
			const halves = new Set(
				[...seen]
					.filter(([id]) => id !== bridges[0])
					.map(([, ids]) => ids.filter((id) => id !== bridges[0]).join()),
			);
			expect([...halves].map((half) => half.split(",").length).sort((left, right) => left - right)).toEqual([
				Math.floor((size - 1) / 2),
				Math.ceil((size - 1) / 2),
			]);
		}
	});

	it("draws other members with another seed, the same with the same", () => {
		for (const shape of ["halves", "majority", "ring", "bridge"] as const) {
			const drawn = seeds.map((seed) => JSON.stringify(cutLinks(shape, replicas, seededRandom(seed))));
			expect(new Set(drawn).size).toBeGreaterThan(1);
			expect(seeds.map((seed) => JSON.stringify(cutLinks(shape, replicas, seededRandom(seed))))).toEqual(
				drawn,
			);
		}
	});
});

describe.each(SIZES)("named members of %i replicas", (size) => {
	const replicas = replicasOf(size);

	it("isolate cuts exactly the links to and from one", () => {
		for (const isolate of replicas) {
			const seen = views({ isolate }, replicas, 1);
			expect(seen.get(isolate)).toEqual([isolate]);
			const others = replicas.filter((id) => id !== isolate);
			for (const other of others) expect(seen.get(other)).toEqual(others);
		}
	});

	it("one way cuts one direction and leaves the other", () => {
		const shape = { from: ["r1"], to: replicas };
		expect(cutLinks(shape, replicas, seededRandom(1))).toEqual(
			replicas.slice(1).map((to) => ({ from: "r1", to })),
		);
	});
});

it("cuts both directions between two replicas, whatever the shape", () => {
	for (const shape of ["halves", "majority", "ring", "bridge"] as const) {
		expect(cutLinks(shape, ["r1", "r2"], seededRandom(3))).toHaveLength(2);
	}
});

it("cuts between groups only, leaves who is in none, and lets who is in two bridge them", () => {
	const groups = [
		["r1", "r2", "r5"],
		["r3", "r5"],
	];
	const seen = views({ groups }, replicasOf(5), 1);
	expect(seen.get("r1")).toEqual(["r1", "r2", "r4", "r5"]);
	expect(seen.get("r3")).toEqual(["r3", "r4", "r5"]);
	expect(seen.get("r4")).toEqual(replicasOf(5));
	expect(seen.get("r5")).toEqual(replicasOf(5));
});

it("names a replica that there is not", () => {
	expect(() => cutLinks({ isolate: "r9" }, ["r1", "r2"], seededRandom(1))).toThrow(/'r9'.*r1, r2/);
});
