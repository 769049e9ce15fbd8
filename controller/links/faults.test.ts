import { describe, expect, it } from "vitest";
import type { LaneEffects } from "./effects.ts";
import { DROP_WINDOW_MS, type Lane, type LinkAction, planFault, REDEAL_MS } from "./faults.ts";
import { allLinks } from "./shapes.ts";
import { seededRandom } from "./testing/seeded.ts";
import { wantedState } from "./wanted.ts";

const REPLICAS = ["r1", "r2", "r3"];
const SEED = 7;

const lanesPerLink = (count: number): Lane[] =>
	allLinks(REPLICAS).flatMap((link) =>
		Array.from({ length: count }, (_, lane) => ({ ...link, lane, name: `${link.from}-${link.to}-${lane}` })),
	);
const plan = (action: LinkAction, lanes = 3, seed = SEED) =>
	planFault(action, REPLICAS, lanesPerLink(lanes), seededRandom(seed));
const hit = (effects: LaneEffects) =>
	[...effects].filter(([, list]) => list.length > 0).map(([name]) => name);

describe(`plans of link faults, seed ${SEED}`, () => {
	it("cuts what flows back only where the opposite link is cut too", () => {
		const oneWay = plan({ kind: "partition", shape: { from: ["r1"], to: ["r3"] }, mode: "hold" }).draw();
		expect(oneWay.get("r1-r3-0")).toEqual([{ kind: "hold", direction: "messages" }]);
		expect(hit(oneWay)).toHaveLength(3);
		const isolated = plan({ kind: "partition", shape: { isolate: "r1" }, mode: "drop" }).draw();
		expect(isolated.get("r1-r3-0")?.map((effect) => "direction" in effect && effect.direction)).toEqual([
			"messages",
			"answers",
		]);
	});

	it("reorder deals each link's lanes every delay from none to the spread, anew each time", () => {
		const reorder = plan({ kind: "reorder", spreadMs: 200, links: null });
		const deals = new Set<string>();
		for (let deal = 0; deal < 20; deal++) {
			const effects = reorder.draw();
			for (const { from, to } of allLinks(REPLICAS)) {
				const delays = [0, 1, 2].map((lane) => effects.get(`${from}-${to}-${lane}`)?.[0]);
				const sorted = delays.map((effect) => (effect?.kind === "delay" ? effect.delayMs : -1));
				expect(sorted.toSorted((left, right) => left - right)).toEqual([0, 100, 200]);
			}
			deals.add(JSON.stringify([...effects]));
		}
		expect(deals.size).toBeGreaterThan(10);
		expect(reorder.everyMs).toBe(REDEAL_MS);
	});

	it("latency stays within the jitter, differs between lanes and never falls below zero", () => {
		const latency = plan({ kind: "latency", meanMs: 50, jitterMs: 100, links: null });
		const delays = [...latency.draw().values()]
			.flat()
			.map((effect) => (effect.kind === "delay" ? effect.delayMs : -1));
		expect(delays).toHaveLength(18);
		expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
		expect(Math.max(...delays)).toBeLessThanOrEqual(150);
		expect(new Set(delays).size).toBeGreaterThan(5);
	});

	it.each([0.05, 0.1, 0.5, 1])(
		"drop hits a share of %d of the links over time, and one in the first window",
		(share) => {
			const drop = plan({ kind: "drop", share, links: null });
			const windows = Array.from({ length: 200 }, () => hit(drop.draw()).length / 3);
			expect(windows[0]).toBeGreaterThanOrEqual(1);
			const mean = windows.reduce((sum, links) => sum + links, 0) / windows.length / 6;
			expect(mean).toBeGreaterThan(share - 0.01);
			expect(mean).toBeLessThan(share + 0.01);
			expect(drop.everyMs).toBe(DROP_WINDOW_MS);
		},
	);

	it("few links and a small share: each is hit in its turn, none is passed over", () => {
		const links = allLinks(["r1", "r2"]);
		const drop = plan({ kind: "drop", share: 0.1, links });
		const windows = Array.from({ length: 40 }, () => hit(drop.draw())[0]?.slice(0, 5) ?? "");
		const order = windows.filter((link) => link !== "");
		expect(windows[0]).not.toBe("");
		expect(order).toHaveLength(8);
		for (let turn = 0; turn < order.length; turn += 2) expect(order[turn]).not.toBe(order[turn + 1]);
	});

	it("duplicate hits single lanes, a share of them over time", () => {
		const duplicate = plan({ kind: "duplicate", share: 0.1, links: null });
		const windows = Array.from({ length: 100 }, () => hit(duplicate.draw()).length);
		expect(windows.reduce((sum, hits) => sum + hits, 0)).toBe(180);
		expect(Math.max(...windows)).toBe(2);
	});

	it("a share of nothing hits nothing", () => {
		const nothing = plan({ kind: "duplicate", share: 0, links: null });
		for (let window = 0; window < 20; window++) expect(hit(nothing.draw())).toEqual([]);
	});

	it("draws the same from the same seed, and something else from another", () => {
		const draws = (seed: number) => {
			const drop = plan({ kind: "drop", share: 0.3, links: null }, 3, seed);
			return JSON.stringify(Array.from({ length: 5 }, () => [...drop.draw()]));
		};
		expect(draws(1)).toBe(draws(1));
		expect(draws(1)).not.toBe(draws(2));
	});

	it("names a link that there is not", () => {
		const links = [{ from: "r1", to: "r9" }];
		expect(() => plan({ kind: "reset", links })).toThrow(/no link r1->r9/);
	});
});

describe("what a lane should be", () => {
	it("adds delays up by fault, and holds once however many hold", () => {
		const state = wantedState([
			[1, [{ kind: "hold", direction: "messages" }]],
			[2, [{ kind: "delay", direction: "messages", delayMs: 5 }]],
			[3, [{ kind: "delay", direction: "messages", delayMs: 7 }]],
			[4, [{ kind: "hold", direction: "messages" }]],
		]);
		expect([...state.effects.keys()]).toEqual(["hold-messages", "f2-delay-messages", "f3-delay-messages"]);
		expect(state.enabled).toBe(true);
	});

	it("refuses while any fault refuses, and resets no connection that nothing comes through", () => {
		const state = wantedState([
			[1, [{ kind: "refuse" }]],
			[2, [{ kind: "hold", direction: "messages" }]],
			[
				3,
				[
					{ kind: "reset", direction: "messages" },
					{ kind: "reset", direction: "answers" },
				],
			],
		]);
		expect(state.enabled).toBe(false);
		expect([...state.effects.keys()]).toEqual(["hold-messages", "reset-answers"]);
	});
});
