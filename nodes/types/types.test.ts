/** What each type means, on replicas that exchange everything only when the test says so. */
import { describe, expect, it } from "vitest";
import { builtIn, builtInNames } from "../registry.ts";
import type { Json, ReplicaDefinition, Reply } from "../sdk/replica.ts";
import {
	CALM,
	createNetwork,
	deliverOne,
	invoke,
	type Network,
	type Node,
	settle,
} from "../sdk/testing/network.ts";
import { encodeView } from "../sdk/view-encoding.ts";

for (const name of builtInNames()) await builtIn(name)?.load?.();

function networkOf(type: string): { network: Network; r1: Node; r2: Node } {
	const definition = builtIn(type);
	if (definition === undefined) throw new Error(`no built-in '${type}'`);
	const network = createNetwork(definition, { ...CALM, replicas: 2, seed: 1 });
	return { network, r1: network.nodes[0] as Node, r2: network.nodes[1] as Node };
}

function threeOf(type: string): { network: Network; r1: Node; r2: Node; r3: Node } {
	const network = createNetwork(builtIn(type) as ReplicaDefinition, { ...CALM, seed: 1 });
	const [r1, r2, r3] = network.nodes as [Node, Node, Node];
	return { network, r1, r2, r3 };
}

function view(node: Node): Json {
	return JSON.parse(JSON.stringify(encodeView(node.replica?.view()))) as Json;
}

function bothShow({ network, r1, r2 }: ReturnType<typeof networkOf>, expected: Json): void {
	expect(settle(network)).toBe(true);
	expect(view(r1)).toEqual(expected);
	expect(view(r2)).toEqual(expected);
}

describe("counters", () => {
	it.each(["g-counter", "pn-counter", "delta-pn-counter"])("%s adds up what was added anywhere", (type) => {
		const all = networkOf(type);
		invoke(all.network, all.r1, { f: "add", value: 3 });
		invoke(all.network, all.r2, { f: "add", value: 4 });
		invoke(all.network, all.r2, { f: "add", value: 0 });
		bothShow(all, 7);
	});

	it.each(["pn-counter", "delta-pn-counter"])("%s goes down, and never shows -0", (type) => {
		const all = networkOf(type);
		invoke(all.network, all.r1, { f: "add", value: -0 });
		expect(all.r1.replica?.view()).toBe(0);
		invoke(all.network, all.r1, { f: "add", value: -3 });
		bothShow(all, -3);
	});

	it.each([
		["g-counter", -1],
		["g-counter", 1.5],
		["g-counter", "1"],
		["pn-counter", 1.5],
		["pn-counter", null],
		["pn-counter", 1e300],
		["delta-pn-counter", "1"],
		["delta-pn-counter", 2 ** 53],
	] as [string, Json][])("%s refuses to add %j", (type, value) => {
		const all = networkOf(type);
		expect(invoke(all.network, all.r1, { f: "add", value })).toMatchObject({ ok: false, code: "bad-value" });
		bothShow(all, 0);
	});

	it("delta-pn-counter refuses what its sums can't hold, and changes nothing then", () => {
		const all = networkOf("delta-pn-counter");
		invoke(all.network, all.r1, { f: "add", value: Number.MAX_SAFE_INTEGER });
		expect(invoke(all.network, all.r1, { f: "add", value: 1 })).toMatchObject({ code: "bad-value" });
		bothShow(all, Number.MAX_SAFE_INTEGER);
	});
});

describe("sets", () => {
	it.each(["or-set", "delta-or-set"])("%s: an add wins over a concurrent remove", (type) => {
		const all = networkOf(type);
		invoke(all.network, all.r1, { f: "add", value: "milk" });
		settle(all.network);
		invoke(all.network, all.r1, { f: "remove", value: "milk" });
		invoke(all.network, all.r2, { f: "add", value: "milk" });
		bothShow(all, ["milk"]);
	});

	it.each(["or-set", "delta-or-set", "rw-set"])(
		"%s: a remove takes away what it saw, and the element can come back",
		(type) => {
			const all = networkOf(type);
			invoke(all.network, all.r1, { f: "add", value: "milk" });
			settle(all.network);
			invoke(all.network, all.r2, { f: "remove", value: "milk" });
			bothShow(all, []);
			invoke(all.network, all.r1, { f: "add", value: "milk" });
			bothShow(all, ["milk"]);
		},
	);

	it("rw-set: a remove wins over a concurrent add", () => {
		const all = networkOf("rw-set");
		invoke(all.network, all.r1, { f: "add", value: "milk" });
		settle(all.network);
		invoke(all.network, all.r1, { f: "remove", value: "milk" });
		invoke(all.network, all.r2, { f: "add", value: "milk" });
		expect(view(all.r2)).toEqual(["milk"]);
		bothShow(all, []);
	});

	it("rw-set: a remove of what is not there wins over the add that didn't see it", () => {
		const all = networkOf("rw-set");
		invoke(all.network, all.r1, { f: "remove", value: "milk" });
		invoke(all.network, all.r2, { f: "add", value: "milk" });
		bothShow(all, []);
		invoke(all.network, all.r2, { f: "add", value: "milk" });
		bothShow(all, ["milk"]);
	});

	it("rw-set: of two concurrent removes each may be undone by another add", () => {
		const all = networkOf("rw-set");
		for (const node of [all.r1, all.r2]) {
			invoke(all.network, node, { f: "remove", value: "milk" });
			invoke(all.network, node, { f: "add", value: "milk" });
		}
		bothShow(all, ["milk"]);
		invoke(all.network, all.r1, { f: "remove", value: "milk" });
		invoke(all.network, all.r1, { f: "add", value: "milk" });
		invoke(all.network, all.r2, { f: "remove", value: "milk" });
		bothShow(all, []);
	});

	it("two-phase-set: a removed element never comes back", () => {
		const all = networkOf("two-phase-set");
		invoke(all.network, all.r1, { f: "add", value: "milk" });
		settle(all.network);
		invoke(all.network, all.r1, { f: "remove", value: "milk" });
		invoke(all.network, all.r2, { f: "add", value: "milk" });
		bothShow(all, []);
	});

	it.each(["or-set", "delta-or-set", "two-phase-set"])(
		"%s: removing what is not there is an update without effect",
		(type) => {
			const all = networkOf(type);
			const reply = invoke(all.network, all.r1, { f: "remove", value: "milk" });
			expect(reply).toEqual({ ok: true, update: 1 });
			invoke(all.network, all.r2, { f: "add", value: "milk" });
			bothShow(all, ["milk"]);
		},
	);

	it.each(["g-set", "two-phase-set", "or-set", "delta-or-set", "rw-set"])(
		"%s: knows elements by what they are, whatever JSON",
		(type) => {
			const all = networkOf(type);
			const elements: Json[] = ["1", 1, null, "null", "__proto__", { a: 1, b: [2] }, "\u0000[]", []];
			for (const value of elements) invoke(all.network, all.r1, { f: "add", value });
			invoke(all.network, all.r2, { f: "add", value: { b: [2], a: 1 } });
			invoke(all.network, all.r2, { f: "add", value: JSON.parse('{"__proto__":1}') as Json });
			settle(all.network);
			for (const node of [all.r1, all.r2]) expect(view(node)).toHaveLength(elements.length + 1);
		},
	);

	it.each(["g-set", "two-phase-set", "or-set", "delta-or-set", "rw-set"])(
		"%s: refuses what would not come through unchanged",
		(type) => {
			const all = networkOf(type);
			for (const value of [NaN, -0, "\ud800", { "\udc00": 1 }, [Infinity]]) {
				expect(invoke(all.network, all.r1, { f: "add", value })).toMatchObject({ code: "bad-value" });
			}
			bothShow(all, []);
		},
	);
});

describe("registers and maps", () => {
	it("lww-register: a later write wins though the wall clock stepped back", () => {
		const all = networkOf("lww-register");
		invoke(all.network, all.r1, { f: "write", value: "old" });
		settle(all.network);
		all.r2.skewMs = -300_000;
		invoke(all.network, all.r2, { f: "write", value: "new" });
		bothShow(all, "new");
	});

	it("lww-register: of concurrent writes at one time the greater actor's wins everywhere", () => {
		const all = networkOf("lww-register");
		invoke(all.network, all.r2, { f: "write", value: "second" });
		invoke(all.network, all.r1, { f: "write", value: "first" });
		bothShow(all, "second");
	});

	it("lww-register shows null before the first write", () => {
		bothShow(networkOf("lww-register"), null);
	});

	it("mv-register: concurrent writes stay side by side until a later one", () => {
		const all = networkOf("mv-register");
		invoke(all.network, all.r1, { f: "write", value: "a" });
		invoke(all.network, all.r2, { f: "write", value: "b" });
		bothShow(all, ["a", "b"]);
		invoke(all.network, all.r2, { f: "write", value: "c" });
		bothShow(all, ["c"]);
	});

	it("mv-register: a write that saw one of two replaces only that one", () => {
		const all = networkOf("mv-register");
		invoke(all.network, all.r1, { f: "write", value: "a" });
		settle(all.network);
		invoke(all.network, all.r1, { f: "write", value: "b" });
		invoke(all.network, all.r2, { f: "write", value: "c" });
		bothShow(all, ["b", "c"]);
	});

	it("lww-map: a delete is a write like any other, and keys are any text", () => {
		const all = networkOf("lww-map");
		invoke(all.network, all.r1, { f: "set", value: ["__proto__", 1] });
		invoke(all.network, all.r1, { f: "set", value: ["a", { x: 1 }] });
		settle(all.network);
		all.r2.skewMs = -300_000;
		invoke(all.network, all.r2, { f: "delete", value: "a" });
		bothShow(all, JSON.parse('{"__proto__":1}') as Json);
		invoke(all.network, all.r1, { f: "set", value: ["a", 2] });
		bothShow(all, JSON.parse('{"__proto__":1,"a":2}') as Json);
	});

	it("or-map: a set wins over a concurrent delete, a later delete over all that it saw", () => {
		const all = networkOf("or-map");
		invoke(all.network, all.r1, { f: "set", value: ["__proto__", 1] });
		invoke(all.network, all.r1, { f: "set", value: ["a", 1] });
		settle(all.network);
		invoke(all.network, all.r1, { f: "delete", value: "a" });
		all.r2.skewMs = -300_000;
		invoke(all.network, all.r2, { f: "set", value: ["a", 2] });
		bothShow(all, JSON.parse('{"__proto__":1,"a":2}') as Json);
		invoke(all.network, all.r2, { f: "delete", value: "a" });
		bothShow(all, JSON.parse('{"__proto__":1}') as Json);
	});

	it("or-map: of concurrent sets the later one shows; without it the other comes up", () => {
		const all = networkOf("or-map");
		all.r1.skewMs = 1_000;
		invoke(all.network, all.r1, { f: "set", value: ["a", "later"] });
		invoke(all.network, all.r2, { f: "set", value: ["a", "earlier"] });
		expect(view(all.r2)).toEqual({ a: "earlier" });
		// It hasn't seen the earlier one.
		invoke(all.network, all.r1, { f: "delete", value: "a" });
		expect(view(all.r1)).toEqual({});
		deliverOne(all.network);
		expect(all.r1.replica?.view()).toEqual({});
		expect(all.r2.replica?.view()).toEqual({ a: "later" });
		bothShow(all, { a: "earlier" });
	});

	it("or-map: a set after a delete comes after what the delete took away, though the clock stepped back", () => {
		const { network, r1, r2, r3 } = threeOf("or-map");
		r1.skewMs = 100;
		invoke(network, r1, { f: "set", value: ["a", "old"] });
		const [toR2, toR3] = network.inFlight.splice(0);
		r2.replica?.receive("r1", toR2?.message, r2.effects);
		invoke(network, r2, { f: "delete", value: "a" });
		invoke(network, r2, { f: "set", value: ["a", "new"] });
		r3.skewMs = 50;
		invoke(network, r3, { f: "set", value: ["a", "between"] });
		r3.replica?.receive("r1", toR3?.message, r3.effects);
		expect(r3.replica?.view()).toEqual({ a: "old" });
		expect(settle(network)).toBe(true);
		// Else "between" would be after "new" and before "old", which "new" had seen.
		for (const node of network.nodes) expect(view(node)).toEqual({ a: "new" });
	});

	it.each([
		["set", "a"],
		["set", [1, 2]],
		["set", ["a"]],
		["set", ["a", NaN]],
		["delete", 1],
		["delete", null],
	])("lww-map and or-map refuse %s %j", (f, value) => {
		for (const type of ["lww-map", "or-map"]) {
			const all = networkOf(type);
			expect(invoke(all.network, all.r1, { f, value })).toMatchObject({ code: "bad-value" });
			bothShow(all, {});
		}
	});
});

describe.each(builtInNames())("%s", (name) => {
	it("refuses an operation that it doesn't have, and answers a read with the view", () => {
		const all = networkOf(name);
		for (const f of ["frobnicate", "__proto__", "toString"]) {
			const reply: Reply = invoke(all.network, all.r1, { f, value: 1 });
			expect(reply).toMatchObject({ ok: false, code: "unknown-operation" });
		}
		expect(invoke(all.network, all.r1, { f: "read", value: null })).toEqual({
			ok: true,
			value: all.r1.replica?.view(),
		});
	});

	it("has read for about one operation in five", () => {
		const operations = Object.entries(builtIn(name)?.operations ?? {});
		const total = operations.reduce((sum, [, { weight }]) => sum + weight, 0);
		const read = operations.find(([f]) => f === "read")?.[1];
		expect(read?.kind).toBe("query");
		const share = (read?.weight ?? 0) / total;
		// Applications may ask more often, or less: what matters is that both happen.
		if (name.startsWith("systems/")) {
			expect(share).toBeGreaterThan(0.1);
			expect(share).toBeLessThanOrEqual(0.5);
		} else expect(share).toBeCloseTo(0.2);
	});

	it("ignores garbage from peers", () => {
		const { r1 } = networkOf(name);
		const protocol = `${builtIn(name)?.type}/1`;
		const before = view(r1);
		const garbage = [
			null,
			"x",
			[],
			{},
			{ protocol },
			{ protocol: "other/9", kind: "update" },
			{ protocol, kind: "update", origin: 1, number: "x" },
			{ protocol, kind: "state", delivered: { r1: "x" }, requires: {} },
			{ protocol, kind: "ask", incarnation: "x", delivered: [] },
		];
		for (const message of garbage) r1.replica?.receive("r2", message, r1.effects);
		expect(view(r1)).toEqual(before);
		expect(r1.disk.records).toEqual([]);
	});
});
