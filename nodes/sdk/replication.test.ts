/** What replication promises beyond agreement: numbers, lives, records, what travels. */
import { describe, expect, it } from "vitest";
import { builtIn } from "../registry.ts";
import type { Json, ReplicaDefinition } from "./replica.ts";
import {
	CALM,
	crash,
	createNetwork,
	deliverOne,
	invoke,
	type Network,
	type Node,
	settle,
	start,
} from "./testing/network.ts";

function networkOf(type: string): { network: Network; r1: Node; r2: Node } {
	const network = createNetwork(builtIn(type) as ReplicaDefinition, { ...CALM, replicas: 2, seed: 1 });
	return { network, r1: network.nodes[0] as Node, r2: network.nodes[1] as Node };
}

const UPDATES: Record<string, { f: string; value: Json }> = {
	text: { f: "insert", value: { index: 0, text: "x" } },
	"or-map": { f: "set", value: ["a", 1] },
};

describe.each(["pn-counter", "delta-pn-counter", "g-counter", "g-set", "delta-or-set", "or-map", "text"])(
	"%s",
	(type) => {
		const { f, value } = UPDATES[type] ?? { f: "add", value: 1 };

		it("continues its numbers after a crash that kept the disk", () => {
			const { network, r1 } = networkOf(type);
			expect(invoke(network, r1, { f, value })).toMatchObject({ update: 1 });
			crash(r1, "keep");
			start(network, r1);
			expect(invoke(network, r1, { f, value })).toMatchObject({ update: 2 });
			settle(network);
			expect(r1.replica?.delivered?.()).toEqual({ r1: 2 });
		});

		it("never gives a number out again after the disk was lost, and gets all back from its peers", () => {
			const { network, r1, r2 } = networkOf(type);
			invoke(network, r1, { f, value });
			settle(network);
			const before = r2.replica?.view();
			crash(r1, "lose");
			start(network, r1);
			settle(network);
			expect(r1.replica?.view()).toEqual(before);
			expect(invoke(network, r1, { f, value })).toMatchObject({ update: 1_000_001 });
			crash(r1, "keep");
			start(network, r1);
			expect(invoke(network, r1, { f, value })).toMatchObject({ update: 1_000_002 });
			settle(network);
			expect(r2.replica?.delivered?.()).toEqual({ r1: [[1, 1], [1_000_001, 1_000_002]] }); // biome-ignore format: short
			expect(r2.replica?.view()).toEqual(r1.replica?.view());
		});

		it("tells of each delivery once, also across a restart", () => {
			const { network, r1, r2 } = networkOf(type);
			const told: string[] = [];
			r2.effects.deliver = (replica, number) => told.push(`${replica}:${number}`);
			invoke(network, r1, { f, value });
			settle(network);
			crash(r2, "keep");
			start(network, r2);
			settle(network);
			expect(told).toEqual(["r1:1"]);
		});

		it("persists an update before it sends it", () => {
			const { network, r1 } = networkOf(type);
			const steps: string[] = [];
			const { effects } = r1;
			const wrapped = { ...effects };
			effects.send = (...sent) => {
				steps.push(`send ${sent[2]}`);
				wrapped.send(...sent);
			};
			effects.persist = (record) => {
				steps.push("persist");
				wrapped.persist(record);
			};
			invoke(network, r1, { f, value });
			expect(steps[0]).toBe("persist");
			expect(steps[1]).toMatch(/^send (update|state|delta) r1:1$/);
		});
	},
);

describe("causal broadcast", () => {
	it("holds an update back until those that its origin had seen are delivered", () => {
		const { network, r1, r2 } = networkOf("pn-counter");
		invoke(network, r1, { f: "add", value: 1 });
		invoke(network, r1, { f: "add", value: 2 });
		network.inFlight.reverse();
		deliverOne(network);
		expect([r2.replica?.view(), r2.replica?.pending?.()]).toEqual([0, 1]);
		deliverOne(network);
		expect([r2.replica?.view(), r2.replica?.pending?.()]).toEqual([3, 0]);
	});

	it("spreads the updates of an origin that never comes back", () => {
		const network = createNetwork(builtIn("or-set") as ReplicaDefinition, { ...CALM, seed: 1 });
		const [r1, r2, r3] = network.nodes as [Node, Node, Node];
		invoke(network, r1, { f: "add", value: "milk" });
		network.inFlight.splice(
			network.inFlight.findIndex(({ to }) => to === "r3"),
			1,
		);
		crash(r1, "lose");
		settle(network);
		expect([r2.replica?.view(), r3.replica?.view()]).toEqual([["milk"], ["milk"]]);
	});

	it("sends a long log in portions, to the end", () => {
		const { network, r1, r2 } = networkOf("pn-counter");
		for (let i = 0; i < 1_000; i++) invoke(network, r1, { f: "add", value: 1 });
		network.inFlight.length = 0;
		expect(settle(network)).toBe(true);
		expect(r2.replica?.view()).toBe(1_000);
	});
});

describe("delta gossip", () => {
	it("sends a delta, not the state, to a peer that has the rest", () => {
		const { network, r1 } = networkOf("g-set");
		invoke(network, r1, { f: "add", value: "a" });
		settle(network);
		invoke(network, r1, { f: "add", value: "b" });
		expect(network.inFlight.at(-1)?.message).toMatchObject({ kind: "delta", state: { '"b"': "b" } });
	});

	it("joins no delta whose predecessors it lacks, and gets the state instead", () => {
		const { network, r1, r2 } = networkOf("g-set");
		invoke(network, r1, { f: "add", value: "a" });
		settle(network);
		// Once more, for the acknowledgement: r1 now knows that r2 has it, and is wrong when r2 loses it.
		settle(network);
		crash(r2, "lose");
		start(network, r2);
		invoke(network, r1, { f: "add", value: "b" });
		deliverOne(network);
		expect(r2.replica?.delivered?.()).toEqual({});
		expect(settle(network)).toBe(true);
		expect(r2.replica?.view()).toEqual(["a", "b"]);
	});

	it("passes on an interval that the receiver joins as if it had come delta by delta", () => {
		const { network, r1, r2 } = networkOf("delta-or-set");
		for (const value of ["milk", "bread", "eggs"]) invoke(network, r1, { f: "add", value });
		invoke(network, r1, { f: "remove", value: "bread" });
		// Only the last message arrives: the interval since the beginning.
		const last = network.inFlight.splice(0).at(-1);
		expect(last?.message).toMatchObject({ kind: "delta", requires: {}, delivered: { r1: 4 } });
		r2.replica?.receive("r1", last?.message, r2.effects);
		expect(r2.replica?.view()).toEqual(["milk", "eggs"]);
		expect(r2.replica?.delivered?.()).toEqual({ r1: 4 });
		expect(r2.replica?.pending?.()).toBe(0);
	});

	it("keeps no tombstone: the causal context of a state is a version vector without gaps", () => {
		const { network, r1 } = networkOf("delta-or-set");
		for (let i = 0; i < 20; i++) {
			invoke(network, r1, { f: "add", value: `k${i % 3}` });
			invoke(network, r1, { f: "remove", value: `k${i % 3}` });
		}
		expect(r1.replica?.snapshot?.()).toMatchObject({ join: { entries: {}, context: { r1: 40 } } });
	});

	it("falls back on the state when the interval is forgotten", () => {
		const { network, r1, r2 } = networkOf("g-set");
		for (let i = 0; i < 400; i++) invoke(network, r1, { f: "add", value: i });
		network.inFlight.length = 0;
		expect(settle(network)).toBe(true);
		expect(r2.replica?.view()).toHaveLength(400);
	});
});
