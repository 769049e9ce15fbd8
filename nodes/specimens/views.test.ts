/** Each specimen whose views or merges are wrong goes wrong for the reason that its header gives, and the right type doesn't. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../registry.ts";
import { invoke, settle, tick } from "../sdk/testing/network.ts";
import { finalViews, networkOf, type Two } from "./testing/two-replicas.ts";

const ask = ({ network, ...nodes }: Two, id: "r1" | "r2", f: string, value: string | number | string[]) =>
	invoke(network, nodes[id], { f, value });

/** Hands over all that is under way, the latest message first. */
function deliverBackwards({ network, ...nodes }: Two): void {
	for (let next = network.inFlight.pop(); next !== undefined; next = network.inFlight.pop()) {
		const node = next.to === "r1" ? nodes.r1 : nodes.r2;
		node.replica?.receive(next.from, next.message, node.effects);
	}
}

describe("or-map-live-view", () => {
	function play(type: string): Two {
		const two = networkOf(type);
		const { network } = two;
		expect([two.r1.replica?.view(), two.r2.replica?.view()]).toEqual([{}, {}]);
		ask(two, "r2", "set", ["milk", "2 l"]);
		network.timeMs += 1;
		ask(two, "r1", "set", ["milk", "1 l"]);
		ask(two, "r1", "delete", "milk");
		settle(network);
		return two;
	}

	it("loses a key of which a concurrent value is left, where the deleted one was shown", () => {
		expect(finalViews(play("or-map"))).toEqual([{ milk: "2 l" }, { milk: "2 l" }]);
		expect(finalViews(play("specimen/or-map-live-view"))).toEqual([{ milk: "2 l" }, {}]);
	});

	it("shows it again once it is loaded anew", () => {
		const { r2 } = play("specimen/or-map-live-view");
		expect([r2.replica?.view(), r2.replica?.reloadedView?.()]).toEqual([{}, { milk: "2 l" }]);
		r2.replica?.reload?.();
		expect(r2.replica?.view()).toEqual({ milk: "2 l" });
	});
});

describe("mean-register-merges-means", () => {
	const laws = builtIn("specimen/mean-register-merges-means")?.laws;
	const merge = (a: unknown, b: unknown) => (laws?.kind === "join" ? laws.merge(a, b) : null);

	it("has a join that is neither idempotent nor associative", () => {
		const [a, b, c] = [0.1, 0.2, 0.3].map((mean) => ({ mean, weight: 1 }));
		expect(merge(merge(a, b), b)).not.toEqual(merge(a, b));
		expect(merge(merge(a, b), c)).not.toEqual(merge(a, merge(b, c)));
	});
});

describe("hashed-set-insertion-order", () => {
	it("has another digest where the same elements came in another order", () => {
		const play = (elements: [string, string]) => {
			const two = networkOf("specimen/hashed-set-insertion-order");
			ask(two, "r1", "add", elements[0]);
			ask(two, "r2", "add", elements[1]);
			return finalViews(two) as [{ size: number; digest: number }, { size: number; digest: number }];
		};
		const [one, other] = play(["milk", "bread"]);
		expect([one.size, other.size]).toEqual([2, 2]);
		expect(one.digest).not.toBe(other.digest);
		expect(play(["milk", "milk"])[0]).toEqual(play(["milk", "milk"])[1]);
	});
});

describe("saga-refunds-twice", () => {
	const name = "specimen/saga-refunds-twice";
	const invariant = builtIn(name)?.invariants?.["refundedOnce"];
	const charged = () => {
		const two = networkOf(name);
		ask(two, "r1", "charge", "o1");
		settle(two.network);
		return two;
	};

	it("charges once and refunds once while nothing comes twice", () => {
		const two = charged();
		ask(two, "r2", "charge", "o1");
		ask(two, "r2", "refund", "o1");
		const [view] = finalViews(two);
		expect(view).toEqual({ o1: { charged: 10, refunded: 10 } });
		expect(invariant?.holds(view as never, "r1")).toBe(true);
	});

	it("refunds twice what two replicas refund at once, or what comes twice", () => {
		const both = charged();
		ask(both, "r1", "refund", "o1");
		ask(both, "r2", "refund", "o1");
		const twice = charged();
		ask(twice, "r1", "refund", "o1");
		twice.network.inFlight.push(...twice.network.inFlight);
		for (const two of [both, twice]) {
			const view = finalViews(two)[1];
			expect(view).toEqual({ o1: { charged: 10, refunded: 20 } });
			expect(invariant?.holds(view as never, "r2")).toBe("o1 was charged 10 and refunded 20");
		}
	});

	it("refunds what is not charged yet, where the refund overtakes the charge", () => {
		const two = networkOf(name);
		ask(two, "r1", "charge", "o1");
		ask(two, "r1", "refund", "o1");
		const [charge] = two.network.inFlight.splice(0, 1);
		deliverBackwards(two);
		expect(invariant?.holds(two.r2.replica?.view() as never, "r2")).toBe("o1 was charged 0 and refunded 10");
		two.network.inFlight.push(charge as (typeof two.network.inFlight)[number]);
		expect(finalViews(two)[1]).toEqual({ o1: { charged: 10, refunded: 10 } });
	});
});

describe("lww-register-repaired", () => {
	it("shows what came last until it is repaired, in the end what all show", () => {
		const play = (type: string) => {
			const two = networkOf(type);
			ask(two, "r2", "write", "earlier");
			two.network.timeMs += 1;
			ask(two, "r1", "write", "later");
			deliverBackwards(two);
			const before = [two.r1.replica?.view(), two.r2.replica?.view()];
			for (let i = 0; i < 4; i++) for (const node of [two.r1, two.r2]) tick(two.network, node);
			return [before, finalViews(two)];
		};
		const agreed = ["later", "later"];
		expect(play("lww-register")).toEqual([agreed, agreed]);
		expect(play("specimen/lww-register-repaired")).toEqual([["earlier", "later"], agreed]);
	});
});
