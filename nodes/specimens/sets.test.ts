/** Each wrong set goes wrong for the reason that its header gives, and the right one doesn't. */
import { describe, expect, it } from "vitest";
import { crash, invoke, settle, start, tick } from "../sdk/testing/network.ts";
import { finalViews, networkOf, type Two } from "./testing/two-replicas.ts";

function bothKnowMilk(type: string): Two {
	const two = networkOf(type);
	invoke(two.network, two.r1, { f: "add", value: "milk" });
	settle(two.network);
	// Once more, for the acknowledgements.
	settle(two.network);
	return two;
}

describe.each(["or-set", "delta-or-set"])("%s", (right) => {
	it("or-set-remove-unobserved loses an add that is concurrent with a remove, where it came first", () => {
		const play = (type: string) => {
			const two = bothKnowMilk(type);
			invoke(two.network, two.r1, { f: "remove", value: "milk" });
			invoke(two.network, two.r2, { f: "add", value: "milk" });
			return finalViews(two);
		};
		expect(play(right)).toEqual([["milk"], ["milk"]]);
		expect(play("specimen/or-set-remove-unobserved")).toEqual([["milk"], []]);
	});

	it("or-set-merge-keeps-removed brings back what a concurrent state still has", () => {
		const play = (type: string) => {
			const two = bothKnowMilk(type);
			invoke(two.network, two.r2, { f: "add", value: "bread" });
			invoke(two.network, two.r1, { f: "remove", value: "milk" });
			expect(two.r1.replica?.view()).toEqual([]);
			return finalViews(two).map((view) => (view as string[]).sort());
		};
		expect(play(right)).toEqual([["bread"], ["bread"]]);
		expect(play("specimen/or-set-merge-keeps-removed")).toEqual([["bread", "milk"], ["bread", "milk"]]); // biome-ignore format: short
	});

	it("or-set-early-collection brings back what was removed longer ago than a replica was cut off", () => {
		const play = (type: string, cutOffMs: number) => {
			const two = bothKnowMilk(type);
			const { network, r1, r2 } = two;
			invoke(network, r1, { f: "remove", value: "milk" });
			network.inFlight.length = 0;
			network.timeMs += cutOffMs;
			invoke(network, r1, { f: "add", value: "eggs" });
			invoke(network, r2, { f: "add", value: "bread" });
			network.inFlight.length = 0;
			return finalViews(two).map((view) => (view as string[]).includes("milk"));
		};
		expect(play(right, 301)).toEqual([false, false]);
		expect(play("specimen/or-set-early-collection", 299)).toEqual([false, false]);
		expect(play("specimen/or-set-early-collection", 301)).toEqual([true, true]);
	});

	it("or-set-reused-dots loses what is added after a restart, and what had its dot before", () => {
		const play = (type: string) => {
			const two = bothKnowMilk(type);
			crash(two.r1, "keep");
			start(two.network, two.r1);
			expect(invoke(two.network, two.r1, { f: "add", value: "bread" })).toMatchObject({ ok: true });
			return finalViews(two);
		};
		expect(play(right)).toEqual([["milk", "bread"], ["milk", "bread"]]); // biome-ignore format: short
		expect(play("specimen/or-set-reused-dots")).toEqual([[], []]);
	});

	it("delta-acknowledged-on-send never sends again what was lost", () => {
		const play = (type: string) => {
			const two = bothKnowMilk(type);
			invoke(two.network, two.r1, { f: "add", value: "bread" });
			two.network.inFlight.length = 0;
			const settled = settle(two.network);
			// The peer goes on asking, in vain.
			for (let i = 0; i < 100; i++) tick(two.network, two.r2);
			expect(two.network.inFlight).not.toEqual([]);
			return [settled, two.r2.replica?.view()];
		};
		expect(play(right)).toEqual([true, ["milk", "bread"]]);
		expect(play("specimen/delta-acknowledged-on-send")).toEqual([false, ["milk"]]);
	});
});
