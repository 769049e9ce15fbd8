/** What a JSON document means, on replicas that exchange everything only when the test says so. */
import { describe, expect, it } from "vitest";
import type { Json, Reply } from "../sdk/replica.ts";
import { CALM, createNetwork, invoke, type Network, settle } from "../sdk/testing/network.ts";
import { encodeView } from "../sdk/view-encoding.ts";
import { json } from "./json.ts";

type Path = (string | number)[];

function documents(replicas = 2) {
	const network = createNetwork(json, { ...CALM, replicas, seed: 1 });
	const ask = (replica: number, f: string, value: Json): Reply =>
		invoke(network, network.nodes[replica - 1] as Network["nodes"][0], { f, value });
	return {
		ask,
		set: (replica: number, path: Path, value: Json) => ask(replica, "set", { path, value }),
		remove: (replica: number, path: Path) => ask(replica, "delete", { path }),
		append: (replica: number, path: Path, value: Json) => ask(replica, "insert", { path, value }),
		increment: (replica: number, path: Path, by: number) => ask(replica, "increment", { path, by }),
		exchange: () => expect(settle(network)).toBe(true),
		all: (expected: Json): void => {
			expect(settle(network)).toBe(true);
			for (const { replica } of network.nodes) {
				expect(JSON.parse(JSON.stringify(encodeView(replica?.view())))).toEqual(expected);
			}
		},
	};
}

describe("a document on one replica", () => {
	it("takes values apart, so that what is inside of them can be changed", () => {
		const { set, append, increment, remove, all } = documents();
		set(1, ["cart"], { items: ["milk", { name: "eggs", count: 6 }], note: null });
		increment(1, ["cart", "items", 1, "count"], -2);
		append(1, ["cart", "items"], "flour");
		set(1, ["cart", "items", 0], "oat milk");
		remove(1, ["cart", "note"]);
		all({ cart: { items: ["oat milk", { name: "eggs", count: 4 }, "flour"] } });
	});

	it("makes maps, lists and numbers where a path leads to nothing yet, and they go with what is in them", () => {
		const { set, append, increment, remove, all } = documents();
		set(1, ["a", "b", "c"], true);
		append(1, ["list"], 1);
		increment(1, ["n"], 3);
		all({ a: { b: { c: true } }, list: [1], n: 3 });
		remove(1, ["a", "b", "c"]);
		remove(1, ["list", 0]);
		all({ n: 3 });
	});

	it("keeps an empty map or list that was set", () => {
		const { set, append, remove, all } = documents();
		set(1, ["map"], { x: 1 });
		set(1, ["list"], []);
		append(1, ["list"], 1);
		remove(1, ["map", "x"]);
		remove(1, ["list", 0]);
		all({ map: {}, list: [] });
	});

	it("has any text for a key", () => {
		const { ask, all } = documents();
		ask(1, "set", { path: ["__proto__", "toString"], value: 1 });
		all(JSON.parse('{"__proto__":{"toString":1}}') as Json);
	});

	it("takes a delete of what is not there for an update without effect", () => {
		const { remove, all } = documents();
		expect(remove(1, ["a", "b"])).toEqual({ ok: true, update: 1 });
		all({});
	});

	it.each<[string, Json, string]>([
		["set", { path: ["text", "x"], value: 1 }, "not-a-map"],
		["set", { path: ["list", "x"], value: 1 }, "not-a-map"],
		["set", { path: ["map", 0], value: 1 }, "not-a-list"],
		["set", { path: ["none", 0], value: 1 }, "not-a-list"],
		["set", { path: ["list", 1], value: 1 }, "out-of-range"],
		["delete", { path: ["list", 1] }, "out-of-range"],
		["insert", { path: ["list"], index: 2, value: 1 }, "out-of-range"],
		["insert", { path: ["map"], value: 1 }, "not-a-list"],
		["increment", { path: ["text"], by: 1 }, "not-a-number"],
		["increment", { path: ["map"], by: 1 }, "not-a-number"],
		["increment", { path: ["n"], by: 0.5 }, "bad-value"],
		["set", { path: [], value: 1 }, "bad-value"],
		["set", { path: ["x", -1], value: 1 }, "bad-value"],
		["set", { path: "x", value: 1 }, "bad-value"],
		["set", { path: ["x"] }, "bad-value"],
		["insert", { path: ["list"], index: "0", value: 1 }, "bad-value"],
		["delete", null, "bad-value"],
	])("refuses %s %j: %s", (f, value, code) => {
		const { ask, set, all } = documents();
		const content = { text: "t", list: [0], map: {} };
		for (const [key, item] of Object.entries(content)) set(1, [key], item);
		expect(ask(1, f, value)).toMatchObject({ ok: false, code });
		all(content);
	});
});

describe("concurrent updates (the figures of Kleppmann & Beresford 2017)", () => {
	it("figure 2: a map that is overwritten keeps what was put into it meanwhile", () => {
		const { set, exchange, all } = documents();
		set(1, ["colors"], { blue: "#0000ff" });
		exchange();
		set(1, ["colors"], {});
		set(1, ["colors", "red"], "#ff0000");
		set(2, ["colors", "green"], "#00ff00");
		all({ colors: { red: "#ff0000", green: "#00ff00" } });
	});

	it("figure 3: lists that two make in one place are one, and each one's items stay together", () => {
		const { set, append, all } = documents();
		set(1, ["grocery"], []);
		append(1, ["grocery"], "eggs");
		append(1, ["grocery"], "ham");
		set(2, ["grocery"], []);
		append(2, ["grocery"], "milk");
		append(2, ["grocery"], "flour");
		all({ grocery: ["eggs", "ham", "milk", "flour"] });
	});

	it("figure 4: an item that is deleted keeps what was changed in it meanwhile, and that alone", () => {
		const { append, remove, set, exchange, all } = documents();
		append(1, ["todo"], { title: "buy milk", done: false });
		exchange();
		remove(1, ["todo", 0]);
		set(2, ["todo", 0, "done"], true);
		all({ todo: [{ done: true }] });
	});

	it("of a map, a list and a value in one place shows the latest, and has the others when that goes", () => {
		const { set, remove, exchange, all } = documents(3);
		set(1, ["a"], { x: "y" });
		set(2, ["a"], ["z"]);
		set(3, ["a"], "text");
		all({ a: "text" });
		set(3, ["b"], 1);
		set(3, ["a"], "all seen");
		all({ a: "all seen", b: 1 });
		remove(1, ["a"]);
		all({ b: 1 });
		exchange();
	});

	it("an entry put into a map counts for how late that map is", () => {
		const { set, all } = documents();
		set(1, ["a"], {});
		set(1, ["a", "x"], 1);
		set(2, ["a"], "text");
		all({ a: { x: 1 } });
	});

	it("adds up increments, from the number that was written last", () => {
		const { set, increment, exchange, all } = documents();
		set(1, ["n"], 10);
		exchange();
		increment(1, ["n"], 1);
		increment(2, ["n"], 2);
		exchange();
		set(1, ["n"], 100);
		increment(2, ["n"], 5);
		all({ n: 105 });
	});

	it("a deleted counter keeps the increments that the deleter hadn't seen", () => {
		const { increment, remove, exchange, all } = documents();
		increment(1, ["n"], 3);
		exchange();
		remove(1, ["n"]);
		increment(2, ["n"], 4);
		all({ n: 4 });
	});

	it("of two writes of one value shows the greater origin's where Lamport's clocks tie", () => {
		const { set, all } = documents();
		set(2, ["a"], "second");
		set(1, ["a"], "first");
		all({ a: "second" });
	});

	it("an item set anew while it is deleted stays, in its place", () => {
		const { set, remove, exchange, all } = documents();
		set(1, ["l"], ["a", "b", "c"]);
		exchange();
		remove(1, ["l", 1]);
		set(2, ["l", 1], "B");
		all({ l: ["a", "B", "c"] });
	});
});
