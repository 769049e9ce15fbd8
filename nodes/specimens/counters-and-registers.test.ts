/** Each wrong counter and register goes wrong for the reason that its header gives, and the right one doesn't. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../registry.ts";
import { crash, invoke, settle, start } from "../sdk/testing/network.ts";
import { finalViews, networkOf, type Two } from "./testing/two-replicas.ts";

const add = ({ network, ...nodes }: Two, id: "r1" | "r2", value: number) =>
	expect(invoke(network, nodes[id], { f: "add", value })).toMatchObject({ ok: true });
const write = ({ network, ...nodes }: Two, id: "r1" | "r2", value: string) =>
	expect(invoke(network, nodes[id], { f: "write", value })).toMatchObject({ ok: true });

/** Whatever is wrong with it, replicas that have delivered the same show the same. */
function agreedViews(two: Two): unknown[] {
	const views = finalViews(two);
	expect(two.network.divergences).toEqual([]);
	return views;
}

describe("g-counter-merge-adds", () => {
	it("counts again what the state before held", () => {
		const play = (type: string) => {
			const two = networkOf(type);
			add(two, "r1", 1);
			add(two, "r1", 2);
			return finalViews(two);
		};
		expect(play("g-counter")).toEqual([3, 3]);
		expect(play("specimen/g-counter-merge-adds")).toEqual([3, 4]);
	});

	it("has a join that isn't idempotent", () => {
		const twice = (type: string) => {
			const laws = builtIn(type)?.laws;
			return laws?.kind === "join" ? laws.merge({ r1: 2 }, { r1: 2 }) : null;
		};
		expect(twice("g-counter")).toEqual({ r1: 2 });
		expect(twice("specimen/g-counter-merge-adds")).toEqual({ r1: 4 });
	});
});

describe.each(["pn-counter", "delta-pn-counter"])("%s", (right) => {
	it("pn-counter-colliding-ids counts one of two first updates", () => {
		const play = (type: string) => {
			const two = networkOf(type);
			add(two, "r1", 5);
			add(two, "r2", 3);
			return agreedViews(two);
		};
		expect(play(right)).toEqual([8, 8]);
		expect(play("specimen/pn-counter-colliding-ids")).toEqual([5, 5]);
	});
});

describe("g-counter-reused-actor", () => {
	it("loses what it adds after it lost its disk, or else what it had added before", () => {
		const play = (type: string, later: number) => {
			const two = networkOf(type);
			add(two, "r1", 5);
			settle(two.network);
			crash(two.r1, "lose");
			start(two.network, two.r1);
			add(two, "r1", later);
			return agreedViews(two);
		};
		expect(play("g-counter", 3)).toEqual([8, 8]);
		expect(play("specimen/g-counter-reused-actor", 3)).toEqual([5, 5]);
		expect(play("specimen/g-counter-reused-actor", 7)).toEqual([7, 7]);
	});

	it("loses nothing if it hears from the others first, or kept its disk", () => {
		const play = (disk: "keep" | "lose") => {
			const two = networkOf("specimen/g-counter-reused-actor");
			add(two, "r1", 5);
			settle(two.network);
			crash(two.r1, disk);
			start(two.network, two.r1);
			if (disk === "lose") settle(two.network);
			add(two, "r1", 3);
			return agreedViews(two);
		};
		expect(play("lose")).toEqual([8, 8]);
		expect(play("keep")).toEqual([8, 8]);
	});
});

describe("lww-register-wall-clock", () => {
	it("loses its own later write after its clock stepped back", () => {
		const play = (type: string) => {
			const two = networkOf(type);
			write(two, "r1", "earlier");
			two.r1.skewMs = -10;
			write(two, "r1", "later");
			return agreedViews(two);
		};
		expect(play("lww-register")).toEqual(["later", "later"]);
		expect(play("specimen/lww-register-wall-clock")).toEqual(["earlier", "earlier"]);
	});

	it("loses a write over that of a peer whose clock is ahead", () => {
		const play = (type: string) => {
			const two = networkOf(type);
			two.r2.skewMs = 60_000;
			write(two, "r2", "earlier");
			settle(two.network);
			write(two, "r1", "later");
			return agreedViews(two);
		};
		expect(play("lww-register")).toEqual(["later", "later"]);
		expect(play("specimen/lww-register-wall-clock")).toEqual(["earlier", "earlier"]);
	});
});

describe("hybrid-clock-wraps", () => {
	const play = (type: string, writes: number) => {
		const two = networkOf(type);
		for (let number = 1; number <= writes; number++) write(two, "r1", `write ${number}`);
		return two;
	};

	it("loses the 17th write within one time of the clock", () => {
		expect(agreedViews(play("lww-register", 17))).toEqual(["write 17", "write 17"]);
		expect(agreedViews(play("specimen/hybrid-clock-wraps", 16))).toEqual(["write 16", "write 16"]);
		expect(agreedViews(play("specimen/hybrid-clock-wraps", 17))).toEqual(["write 16", "write 16"]);
	});

	it("is right again once the clock goes on", () => {
		const two = play("specimen/hybrid-clock-wraps", 17);
		two.network.timeMs += 1;
		write(two, "r1", "a millisecond later");
		expect(agreedViews(two)).toEqual(["a millisecond later", "a millisecond later"]);
	});
});

describe("mv-register-one-sibling", () => {
	it("drops one of two concurrent writes", () => {
		const play = (type: string) => {
			const two = networkOf(type);
			write(two, "r1", "a");
			write(two, "r2", "b");
			return agreedViews(two);
		};
		expect(play("mv-register")).toEqual([["a", "b"], ["a", "b"]]); // biome-ignore format: short
		expect(play("specimen/mv-register-one-sibling")).toEqual([["b"], ["b"]]);
	});

	it("is right where writes follow one another", () => {
		const two = networkOf("specimen/mv-register-one-sibling");
		write(two, "r2", "a");
		settle(two.network);
		write(two, "r1", "b");
		expect(agreedViews(two)).toEqual([["b"], ["b"]]);
	});
});
