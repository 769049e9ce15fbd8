/** The specifications of maps, lists, trees and documents on histories written by hand. Other types: `checker.test.ts`. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../history/events.ts";
import { check } from "../index.ts";
import { HistoryBuilder } from "../testing/history-builder.ts";
import type { PropertyVerdict } from "../verdict.ts";

async function judge(history: HistoryBuilder): Promise<PropertyVerdict> {
	const { properties } = await check(history, { checks: ["specification"] });
	return properties[0] as PropertyVerdict;
}

/** Each line is an update of a replica that had delivered what stands behind it: its own number follows. */
type Step = [replica: string, f: string, value: Json, seen: Record<string, number>, result?: Json];

function history(type: string, steps: readonly Step[]): HistoryBuilder {
	const built = new HistoryBuilder(type, ["r1", "r2", "r3"]);
	const numbers: Record<string, number> = {};
	for (const [replica, f, value, seen, result] of steps) {
		const number = (numbers[replica] ?? 0) + 1;
		numbers[replica] = number;
		const delivered = { ...seen, [replica]: number };
		built.ok(replica, f, value, {
			update: `${replica}:${number}`,
			delivered,
			...(result !== undefined && { result }),
		});
	}
	return built;
}

function all(steps: readonly Step[]): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const [replica] of steps) counts[replica] = (counts[replica] ?? 0) + 1;
	return counts;
}

async function verdictOf(type: string, steps: readonly Step[], view: Json): Promise<PropertyVerdict> {
	return judge(history(type, steps).finals(view, all(steps)).end());
}

const CASES: Record<string, Record<string, Step[]>> = {
	"rw-set": {
		"an add and a remove at once": [
			["r1", "add", "x", {}],
			["r2", "remove", "x", {}],
		],
		"an add that saw the remove": [
			["r2", "remove", "x", {}],
			["r1", "add", "x", { r2: 1 }],
		],
		"two removes, each seen by another add": [
			["r1", "remove", "x", {}],
			["r2", "remove", "x", {}],
			["r1", "add", "x", {}],
			["r2", "add", "x", {}],
		],
	},
	"or-map": {
		"a delete and a set at once": [
			["r1", "set", ["k", 1], {}],
			["r1", "delete", "k", {}],
			["r2", "set", ["k", 2], { r1: 1 }],
		],
		"two sets at once": [
			["r1", "set", ["k", 1], {}],
			["r2", "set", ["k", 2], {}],
		],
		"a set that was deleted": [
			["r1", "set", ["k", 1], {}],
			["r2", "delete", "k", { r1: 1 }],
		],
	},
	list: {
		"two inserts and a delete": [
			["r1", "insert", { index: 0, value: "a" }, {}],
			["r1", "insert", { index: 1, value: "b" }, {}],
			["r2", "delete", { index: 0, count: 1 }, { r1: 2 }, ["a"]],
		],
		"a delete that doesn't say what it took": [
			["r1", "insert", { index: 0, value: "a" }, {}],
			["r2", "delete", { index: 0, count: 1 }, { r1: 1 }],
			["r1", "insert", { index: 1, value: "b" }, {}],
		],
	},
	"movable-list": {
		"a move and a set": [
			["r1", "insert", { index: 0, value: "a" }, {}],
			["r2", "move", { from: 0, to: 0 }, { r1: 1 }],
			["r1", "insert", { index: 1, value: "b" }, {}],
			["r1", "set", { index: 1, value: "c" }, {}],
		],
	},
	tree: {
		"two moves that together make a cycle": [
			["r1", "move", { node: "a", parent: "b" }, {}],
			["r2", "move", { node: "b", parent: "a" }, {}],
		],
		"a move back to the root": [
			["r1", "move", { node: "a", parent: "b" }, {}],
			["r2", "move", { node: "a", parent: null }, { r1: 1 }],
		],
		"a move after another": [
			["r1", "move", { node: "a", parent: "b" }, {}],
			["r1", "move", { node: "a", parent: "c" }, {}],
		],
		"two nodes that may each be in two places": [
			["r1", "move", { node: "a", parent: "b" }, {}],
			["r2", "move", { node: "b", parent: "a" }, {}],
			["r3", "move", { node: "c", parent: "a" }, {}],
		],
	},
	json: {
		values: [
			["r1", "set", { path: ["k"], value: { title: "a", items: ["x", "y"], count: 1 } }, {}],
			["r2", "set", { path: ["k", "title"], value: "b" }, { r1: 1 }],
			["r1", "increment", { path: ["k", "count"], by: 2 }, {}],
			["r3", "increment", { path: ["k", "count"], by: 3 }, { r1: 1 }],
		],
		"a delete while something is put below": [
			["r1", "set", { path: ["k"], value: { title: "a", note: "n" } }, {}],
			["r2", "delete", { path: ["k"] }, { r1: 1 }],
			["r3", "set", { path: ["k", "title"], value: "b" }, { r1: 1 }],
		],
		items: [
			["r1", "insert", { path: ["l"], value: "x" }, {}],
			["r2", "insert", { path: ["l"], value: "y" }, {}],
			["r1", "delete", { path: ["l", 0] }, {}],
		],
		"two values at once": [
			["r1", "set", { path: ["k"], value: "a" }, {}],
			["r2", "set", { path: ["k"], value: "b" }, {}],
		],
		"a map and a list at once": [
			["r1", "set", { path: ["k"], value: { a: 1 } }, {}],
			["r2", "insert", { path: ["k"], value: "x" }, {}],
		],
	},
};

describe.each<[type: string, what: string, view: Json]>([
	["rw-set", "an add and a remove at once", []],
	["rw-set", "an add that saw the remove", ["x"]],
	["rw-set", "two removes, each seen by another add", ["x"]],
	["or-map", "a delete and a set at once", { k: 2 }],
	["or-map", "two sets at once", { k: 1 }],
	["or-map", "two sets at once", { k: 2 }],
	["or-map", "a set that was deleted", {}],
	["list", "two inserts and a delete", ["b"]],
	["list", "a delete that doesn't say what it took", ["b"]],
	["list", "a delete that doesn't say what it took", ["b", "a"]],
	["movable-list", "a move and a set", ["c", "a"]],
	["movable-list", "a move and a set", ["a", "b"]],
	["tree", "two moves that together make a cycle", { a: "b" }],
	["tree", "two moves that together make a cycle", { a: null, b: "a" }],
	["tree", "a move back to the root", { a: null }],
	["tree", "a move back to the root", {}],
	["tree", "a move after another", { a: "c", x: null }],
	["tree", "two nodes that may each be in two places", { b: "a", c: "a" }],
	["json", "values", { k: { title: "b", items: ["y", "x"], count: 6 } }],
	["json", "a delete while something is put below", { k: { title: "b" } }],
	["json", "items", { l: ["y"] }],
	["json", "two values at once", { k: "a" }],
	["json", "a map and a list at once", { k: { a: 1 } }],
	["json", "a map and a list at once", { k: ["x"] }],
])("the specification of %s, after %s", (type, what, view) => {
	it(`accepts ${JSON.stringify(view)}`, async () => {
		const steps = CASES[type]?.[what] as Step[];
		expect(await verdictOf(type, steps, view)).toMatchObject({ verdict: "pass" });
	});
});

describe.each<[type: string, what: string, view: Json, kind: string, words: string]>([
	[
		"rw-set",
		"an add and a remove at once",
		["x"],
		"resurrected",
		"no add of it had seen a remove of it (of r2:1)",
	],
	["rw-set", "an add that saw the remove", [], "lost", "r1:1 added and adds had seen every remove"],
	["rw-set", "two removes, each seen by another add", [], "lost", "doesn't show"],
	["or-map", "a delete and a set at once", {}, "lost", "no delete or set had seen the 2 of r2:1"],
	["or-map", "a delete and a set at once", { k: 1 }, "resurrected", "shows k = 1"],
	["or-map", "a set that was deleted", { k: 1 }, "resurrected", "shows k = 1"],
	["or-map", "two sets at once", { k: 3 }, "phantom", "none of them wrote"],
	["or-map", "two sets at once", { k: 1, l: 1 }, "phantom", "l = 1"],
	["or-map", "two sets at once", [], "malformed", "no object"],
	["list", "two inserts and a delete", ["a", "b"], "resurrected", 'shows "a" 1 times'],
	["list", "two inserts and a delete", ["b", "b"], "duplicated", 'shows "b" 2 times'],
	["list", "two inserts and a delete", [], "lost", 'shows "b" 0 times'],
	["list", "two inserts and a delete", ["b", "z"], "phantom", "nobody inserted"],
	["list", "two inserts and a delete", "b", "malformed", "no array"],
	// The delete had not seen it.
	["list", "a delete that doesn't say what it took", ["a"], "lost", 'shows "b" 0 times'],
	["list", "a delete that doesn't say what it took", [], "lost", 'shows "b" 0 times'],
	["movable-list", "a move and a set", ["a", "c", "a"], "duplicated", 'shows "a" 2 times'],
	["movable-list", "a move and a set", [], "lost", "0 times"],
	["tree", "two moves that together make a cycle", { a: "b", b: "a" }, "wrong", "a cycle: a below b below a"],
	["tree", "two moves that together make a cycle", {}, "wrong", "no order puts all of them there"],
	["tree", "two moves that together make a cycle", { a: "c" }, "phantom", "a below c, where no move put it"],
	[
		"tree",
		"a move back to the root",
		{ a: "b" },
		"resurrected",
		"where r1:1 put it, but in every order of the moves it is at the root",
	],
	["tree", "a move after another", { a: "b" }, "resurrected", "it is below c"],
	["tree", "a move after another", {}, "lost", "it is below c"],
	["tree", "a move after another", { a: 1 }, "malformed", "no object of nodes"],
	["tree", "two nodes that may each be in two places", { a: "b" }, "lost", "shows c at the root"],
	[
		"json",
		"values",
		{ k: { title: "a", items: ["x", "y"], count: 6 } },
		"resurrected",
		'k.title = "a", which had been overwritten',
	],
	[
		"json",
		"values",
		{ k: { title: "z", items: ["x", "y"], count: 6 } },
		"wrong",
		"which none of them put there",
	],
	["json", "values", { k: { items: ["x", "y"], count: 6 } }, "lost", "doesn't show k.title"],
	["json", "values", { k: { title: "b", items: ["x", "y"], count: 4 } }, "wrong", "k.count = 4"],
	[
		"json",
		"values",
		{ k: { title: "b", items: ["x"], count: 6 } },
		"lost",
		'the "y" that r1:1 put into k.items',
	],
	[
		"json",
		"values",
		{ k: { title: "b", items: ["x", "y", "y"], count: 6 } },
		"duplicated",
		"3 items at k.items",
	],
	["json", "values", { k: { title: "b", items: ["x", "z"], count: 6 } }, "phantom", 'shows "z" at k.items'],
	["json", "values", { k: { title: {}, items: ["x", "y"], count: 6 } }, "resurrected", "a map at k.title"],
	["json", "values", { k: { title: [], items: ["x", "y"], count: 6 } }, "resurrected", "a list at k.title"],
	["json", "values", { k: { title: "b", items: ["x", "y"], count: 6 }, l: 1 }, "phantom", "shows l"],
	["json", "values", [], "malformed", "no object"],
	["json", "a delete while something is put below", {}, "lost", "what r3:1 put was never taken away"],
	[
		"json",
		"a delete while something is put below",
		{ k: { title: "b", note: "n" } },
		"resurrected",
		"shows k.note",
	],
	["json", "items", { l: ["x", "y", "z"] }, "duplicated", "only 2 can be left"],
	["json", "items", { l: ["x"] }, "lost", 'the "y" that r2:1 put into l'],
])("the specification of %s, after %s", (type, what, view, kind, words) => {
	it(`refuses ${JSON.stringify(view)}: ${kind}`, async () => {
		const steps = CASES[type]?.[what] as Step[];
		const { verdict, reason, evidence } = await verdictOf(type, steps, view);
		expect({ verdict, kind: evidence["kind"], reason }).toMatchObject({ verdict: "fail", kind });
		expect(reason).toContain(words);
	});
});

describe("what may have happened", () => {
	it.each<[type: string, f: string, value: Json, without: Json, withIt: Json, wrong: Json]>([
		["rw-set", "remove", "x", ["x"], [], ["x", "y"]],
		["or-map", "set", ["k", 2], { k: 1 }, { k: 2 }, { k: 3 }],
		["list", "insert", { index: 0, value: "b" }, ["a"], ["b", "a"], ["b"]],
		["tree", "move", { node: "n", parent: "q" }, { n: "p" }, { n: "q" }, { n: "s" }],
		["json", "set", { path: ["k"], value: 2 }, { k: 1 }, { k: 2 }, { k: 3 }],
	])("of %s may show or not", async (type, f, value, without, withIt, wrong) => {
		const FIRST: Record<string, [f: string, value: Json]> = {
			"rw-set": ["add", "x"],
			"or-map": ["set", ["k", 1]],
			list: ["insert", { index: 0, value: "a" }],
			tree: ["move", { node: "n", parent: "p" }],
			json: ["set", { path: ["k"], value: 1 }],
		};
		const run = (view: Json, delivered: Record<string, number>) => {
			const [firstF, firstValue] = FIRST[type] as [string, Json];
			return judge(
				new HistoryBuilder(type)
					.ok("r1", firstF, firstValue, { update: "r1:1", delivered: { r1: 1 } })
					.notOk("info", "r2", f, value)
					.notOk("info", "r2", f, value)
					.finals(view, delivered)
					.end(),
			);
		};
		// One of two did, nobody knows which or what it had seen.
		expect(await run(withIt, { r1: 1, r2: 1 })).toMatchObject({ verdict: "pass" });
		expect(await run(without, { r1: 1 })).toMatchObject({ verdict: "pass" });
		expect(await run(wrong, { r1: 1, r2: 1 })).toMatchObject({ verdict: "fail" });
		// Its number is in no delivered set: it can't show.
		expect(await run(withIt, { r1: 1 })).toMatchObject({ verdict: "fail" });
	});

	it.each(["rw-set", "or-map", "list", "movable-list", "tree", "json"])(
		"of %s is unknown without updates",
		async (type) => {
			const view = ["rw-set", "list", "movable-list"].includes(type) ? [] : {};
			expect(await judge(new HistoryBuilder(type).finals(view, {}).end())).toMatchObject({
				verdict: "unknown",
			});
		},
	);

	it.each(["rw-set", "or-map", "list", "tree", "json", "text"])(
		"of %s is unknown for an operation that it lacks",
		async (type) => {
			const { verdict, reason } = await verdictOf(type, [["r1", "dance", { path: ["k"] }, {}]], []);
			expect(verdict).toBe("unknown");
			expect(reason).toContain('no operation "dance"');
		},
	);

	it.each<[type: string, f: string, value: Json]>([
		["or-map", "set", "k"],
		["list", "insert", 1],
		["list", "delete", "x"],
		["text", "insert", { index: 0 }],
		["tree", "move", { node: 1, parent: "p" }],
		["json", "set", { path: [], value: 1 }],
	])("of %s is unknown for %s %j", async (type, f, value) => {
		const view = type === "text" ? "" : type === "list" ? [] : {};
		const { verdict, reason } = await verdictOf(type, [["r1", f, value, {}]], view);
		expect(verdict).toBe("unknown");
		expect(reason).toContain("c-0");
	});
});

describe("a tree with many moves", () => {
	const nodes = Array.from({ length: 12 }, (_, index) => `n${index}`);

	/** As many orders as there are subsets, so that not all can be tried. */
	const crowded = nodes.map((node, at): Step => [`c${at}`, "move", { node, parent: "p" }, {}]);
	const moved: Step[] = [
		...crowded,
		["c0", "move", { node: "n0", parent: "q" }, { c1: 1 }],
		["c1", "move", { node: "n1", parent: null }, {}],
	];
	const right = { ...Object.fromEntries(nodes.map((node) => [node, "p"])), n0: "q", n1: null };

	it("accepts where the last moves put the nodes", async () => {
		expect(await verdictOf("tree", moved, right)).toMatchObject({ verdict: "pass" });
	});

	it.each([
		["n0", "p", "resurrected"],
		["n0", null, "lost"],
		["n1", "p", "resurrected"],
	])("refuses %s below %s, from which a later move surely took it", async (node, parent, kind) => {
		expect(await verdictOf("tree", moved, { ...right, [node]: parent })).toMatchObject({
			verdict: "fail",
			evidence: { kind },
		});
	});

	it("leaves open what a concurrent move may have undone", async () => {
		const open: Step[] = [...moved, ["c2", "move", { node: "q", parent: "n0" }, {}]];
		expect(await verdictOf("tree", open, { ...right, n0: "p", q: "n0" })).toMatchObject({ verdict: "pass" });
	});

	it("tries all orders of a final view where few moves are concurrent", async () => {
		const chain = Array.from(
			{ length: 30 },
			(_, at): Step => ["r1", "move", { node: "a", parent: `p${at}` }, {}],
		);
		expect(await verdictOf("tree", chain, { a: "p29" })).toMatchObject({ verdict: "pass" });
		expect(await verdictOf("tree", chain, { a: "p28" })).toMatchObject({ verdict: "fail" });
	});
});

describe("sequences", () => {
	it("of a list may show one of two equal elements where two replicas may have deleted the same one", async () => {
		const steps: Step[] = [
			["r1", "insert", { index: 0, value: "a" }, {}],
			["r1", "insert", { index: 0, value: "a" }, {}],
			["r2", "delete", { index: 0, count: 1 }, { r1: 2 }, ["a"]],
			["r3", "delete", { index: 0, count: 1 }, { r1: 2 }, ["a"]],
		];
		expect(await verdictOf("list", steps, ["a"])).toMatchObject({ verdict: "pass" });
		expect(await verdictOf("list", steps, [])).toMatchObject({ verdict: "pass" });
		expect(await verdictOf("list", steps, ["a", "a"])).toMatchObject({ verdict: "fail" });
	});

	it("of a list lack no more than deletes asked for", async () => {
		const steps: Step[] = [
			["r1", "insert", { index: 0, value: "a" }, {}],
			["r1", "insert", { index: 1, value: "b" }, {}],
			["r1", "delete", { index: 0, count: 1 }, {}],
		];
		expect(await verdictOf("list", steps, ["b"])).toMatchObject({ verdict: "pass" });
		expect(await verdictOf("list", steps, [])).toMatchObject({ verdict: "fail", evidence: { kind: "lost" } });
	});
});

describe("documents", () => {
	it("lack what a delete had seen, whichever of the two is looked at first", async () => {
		const steps: Step[] = [
			["r1", "delete", { path: ["k"] }, { r2: 1 }],
			["r2", "set", { path: ["k", "title"], value: "a" }, {}],
		];
		expect(await verdictOf("json", steps, {})).toMatchObject({ verdict: "pass" });
		expect(await verdictOf("json", steps, { k: { title: "a" } })).toMatchObject({ verdict: "fail" });
	});

	it("add increments to the number that stands, and to 0 only where none does", async () => {
		const steps: Step[] = [
			["r1", "set", { path: ["n"], value: 10 }, {}],
			["r1", "increment", { path: ["n"], by: 2 }, {}],
			["r2", "increment", { path: ["m"], by: 3 }, {}],
		];
		expect(await verdictOf("json", steps, { n: 12, m: 3 })).toMatchObject({ verdict: "pass" });
		expect(await verdictOf("json", steps, { n: 2, m: 3 })).toMatchObject({ verdict: "fail" });
	});
});

describe("an update of unknown outcome", () => {
	it("can't have removed an add that had seen it", async () => {
		const run = new HistoryBuilder("or-set")
			.notOk("info", "r2", "remove", "x")
			.state("r2", [], { r2: 1 })
			.ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1, r2: 1 } });
		expect(await judge(run.finals([], { r1: 1, r2: 1 }).end())).toMatchObject({ verdict: "fail" });
	});

	it("explains no number that was seen before it was invoked", async () => {
		const run = new HistoryBuilder("or-set")
			.ok("r1", "add", "y", { update: "r1:1", delivered: { r1: 1 } })
			.state("r1", ["y"], { r1: 1, r2: 1 })
			.notOk("info", "r2", "add", "x");
		expect(await judge(run.finals(["x", "y"], { r1: 1, r2: 1 }).end())).toMatchObject({
			verdict: "fail",
			evidence: { kind: "phantom" },
		});
	});

	it("is counted once, though it may hide behind either of two numbers", async () => {
		const run = (value: number) =>
			judge(
				new HistoryBuilder("pn-counter")
					.ok("r1", "add", 100, { update: "r1:1", delivered: { r1: 1 } })
					.notOk("info", "r2", "add", 1)
					.notOk("info", "r2", "add", 10)
					.finals(value, { r1: 1, r2: 2 })
					.end(),
			);
		expect(await run(111)).toMatchObject({ verdict: "pass" });
		expect(await run(102)).toMatchObject({ verdict: "fail" });
	});

	it("is one of two moves, and the other one didn't happen", async () => {
		const run = (view: Json) =>
			judge(
				new HistoryBuilder("tree")
					.ok("r1", "move", { node: "a", parent: "b" }, { update: "r1:1", delivered: { r1: 1 } })
					.notOk("info", "r2", "move", { node: "a", parent: "c" })
					.notOk("info", "r2", "move", { node: "d", parent: "a" })
					.finals(view, { r1: 1, r2: 1 })
					.end(),
			);
		expect(await run({ a: "b", d: "a" })).toMatchObject({ verdict: "pass" });
		expect(await run({ a: "c" })).toMatchObject({ verdict: "pass" });
		expect(await run({ a: "e" })).toMatchObject({ verdict: "fail" });
	});
});

describe("one order of concurrent writes", () => {
	/** Three replicas, each seen with another pair of three concurrent sets. */
	function circle(
		type: string,
		views: [Json, Json, Json],
		value: (n: number) => Json,
	): Promise<PropertyVerdict> {
		return judge(
			history(type, [
				["r1", "set", value(1), {}],
				["r2", "set", value(2), {}],
				["r3", "set", value(3), {}],
			])
				.state("r1", views[0], { r1: 1, r2: 1 })
				.state("r2", views[1], { r2: 1, r3: 1 })
				.state("r3", views[2], { r1: 1, r3: 1 }),
		);
	}

	it.each<[type: string, value: (n: number) => Json]>([
		["or-map", (n) => ["k", n]],
		["json", (n) => ({ path: ["k"], value: `v${n}` })],
	])("of %s is broken when each of three beats the next", async (type, value) => {
		const show = (n: number) => ({ k: type === "json" ? `v${n}` : n });
		expect(await circle(type, [show(1), show(2), show(3)], value)).toMatchObject({
			verdict: "fail",
			evidence: { kind: "arbitration" },
		});
		expect(await circle(type, [show(1), show(2), show(1)], value)).toMatchObject({ verdict: "pass" });
	});

	/** r1 wins over r2, r2 over r3's, and r3's had seen r1's: right by names, not by time. */
	const byName: Step[] = [
		["r3", "set", ["k", 3], {}],
		["r2", "set", ["k", 2], {}],
		["r1", "set", ["k", 1], { r2: 1 }],
	];
	it.each([
		["or-map", "pass"],
		["lww-map", "fail"],
	])("of %s: against causality it is a %s", async (type, verdict) => {
		const run = history(type, byName)
			.state("r2", { k: 2 }, { r2: 1, r3: 1 })
			.state("r1", { k: 3 }, { r1: 1, r2: 1, r3: 1 });
		expect(await judge(run)).toMatchObject({ verdict });
	});
});

describe("numbers that were given twice", () => {
	it("accuse no or-set of the update that was forgotten", async () => {
		const run = new HistoryBuilder("or-set", ["r1", "r2"])
			.ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "remove", "x", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.crash("r1", "lose")
			.ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1 } })
			.state("r1", ["x"], { r1: 1 });
		// r2's remove had seen the first r1:1, and r1 has the second.
		expect(await judge(run.finals(["x"], { r1: 1, r2: 1 }).end())).not.toMatchObject({ verdict: "fail" });
	});

	it("accuse no or-set whose replica may lack the first of them", async () => {
		const run = new HistoryBuilder("or-set", ["r1", "r2", "r3"])
			.ok("r3", "add", "x", { update: "r3:1", delivered: { r3: 1 } })
			.ok("r1", "remove", "x", { update: "r1:1", delivered: { r1: 1, r3: 1 } })
			.ok("r2", "remove", "x", { update: "r2:1", delivered: { r1: 1, r2: 1, r3: 1 } })
			.crash("r1", "lose")
			.ok("r1", "add", "y", { update: "r1:1", delivered: { r1: 1 } })
			// r2's remove undid nothing: x was gone there already, by the update that r3 never had.
			.state("r3", ["x", "y"], { r1: 1, r2: 1, r3: 1 });
		expect(await judge(run)).not.toMatchObject({ verdict: "fail" });
	});

	it("accuse no two-phase set of what was removed before", async () => {
		const run = new HistoryBuilder("two-phase-set", ["r1", "r2"])
			.ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "remove", "x", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.crash("r1", "lose")
			.ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1 } });
		expect(await judge(run.finals(["x"], { r1: 1, r2: 1 }).end())).not.toMatchObject({ verdict: "fail" });
	});

	it.each<[type: string, first: Json, second: Json, view: Json]>([
		["lww-register", "a", "b", "b"],
		["lww-register", "a", "b", "c"],
		["mv-register", "a", "b", ["b", "c"]],
		["mv-register", "a", "b", ["c"]],
	])("accuse no %s that shows either", async (type, first, second, view) => {
		const run = new HistoryBuilder(type, ["r1", "r2"])
			.ok("r1", "write", first, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "write", "c", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.crash("r1", "lose")
			.ok("r1", "write", second, { update: "r1:1", delivered: { r1: 1 } });
		expect(await judge(run.finals(view, { r1: 1, r2: 1 }).end())).not.toMatchObject({ verdict: "fail" });
	});

	it("still find what no update explains", async () => {
		const run = new HistoryBuilder("lww-register", ["r1", "r2"])
			.ok("r1", "write", "a", { update: "r1:1", delivered: { r1: 1 } })
			.crash("r1", "lose")
			.ok("r1", "write", "b", { update: "r1:1", delivered: { r1: 1 } });
		expect(await judge(run.finals("z", { r1: 1 }).end())).toMatchObject({ verdict: "fail" });
	});

	it("add up to either in a counter", async () => {
		const run = (value: number) =>
			judge(
				new HistoryBuilder("pn-counter", ["r1", "r2"])
					.ok("r1", "add", 1, { update: "r1:1", delivered: { r1: 1 } })
					.crash("r1", "lose")
					.ok("r1", "add", 10, { update: "r1:1", delivered: { r1: 1 } })
					.finals(value, { r1: 1 })
					.end(),
			);
		expect(await run(1)).toMatchObject({ verdict: "pass" });
		expect(await run(10)).toMatchObject({ verdict: "pass" });
		expect(await run(11)).toMatchObject({ verdict: "fail" });
	});
});

describe("without delivered sets", () => {
	const blackBox = (type: string, ...steps: [replica: string, f: string, value: Json, result?: Json][]) => {
		const built = new HistoryBuilder(type);
		for (const [replica, f, value, result] of steps)
			built.ok(replica, f, value, result === undefined ? {} : { result });
		return built;
	};

	it.each<[type: string, run: HistoryBuilder, right: Json, wrong: Json]>([
		["pn-counter", blackBox("pn-counter", ["r1", "add", 5], ["r2", "add", -2]), 3, 5],
		["or-set", blackBox("or-set", ["r1", "add", "x"], ["r2", "add", "y"]), ["x", "y"], ["x"]],
		["rw-set", blackBox("rw-set", ["r1", "add", "x"], ["r2", "remove", "y"]), ["x"], []],
		// The remove came after the only add was over: no add can have seen it.
		["rw-set", blackBox("rw-set", ["r1", "add", "x"], ["r2", "remove", "x"]), [], ["x"]],
		["or-map", blackBox("or-map", ["r1", "set", ["k", 1]]), { k: 1 }, {}],
		["list", blackBox("list", ["r1", "insert", { index: 0, value: "a" }]), ["a"], ["a", "a"]],
		[
			"list",
			blackBox(
				"list",
				["r1", "insert", { index: 0, value: "a" }],
				["r2", "delete", { index: 0, count: 1 }, ["a"]],
			),
			[],
			["a"],
		],
		["tree", blackBox("tree", ["r1", "move", { node: "a", parent: "b" }]), { a: "b" }, { a: "c" }],
		["json", blackBox("json", ["r1", "set", { path: ["k"], value: 1 }]), { k: 1 }, { k: 2 }],
	])("judges the final views of %s within bounds, and says so", async (_type, run, right, wrong) => {
		const end = (view: Json) => {
			const copy = new HistoryBuilder(run.header.type);
			copy.events.push(...run.events);
			return judge(copy.finals(view).end());
		};
		const passed = await end(right);
		expect(passed).toMatchObject({ verdict: "pass" });
		expect(passed.reason).toContain("no more is judged");
		expect(await end(wrong)).toMatchObject({ verdict: "fail" });
	});

	it("judges reads: nothing is shown that nobody had begun to add by then", async () => {
		const run = (early: boolean) => {
			const history = new HistoryBuilder("g-set");
			const read = () =>
				history
					.invoke("r2", "read", null, "read")
					.push({ event: "ok", process: 1, replica: "r2", id: "read", f: "read", value: ["x"] });
			if (early) read();
			history.ok("r1", "add", "x");
			if (!early) read();
			return judge(history.finals(["x"]).end());
		};
		expect(await run(false)).toMatchObject({ verdict: "pass" });
		expect(await run(true)).toMatchObject({ verdict: "fail", evidence: { kind: "phantom" } });
	});

	it("waives what a replica may have forgotten when its disk was lost", async () => {
		const run = (disk: "keep" | "lose") =>
			judge(new HistoryBuilder("or-map").ok("r1", "set", ["k", 1]).crash("r1", disk).finals({}).end());
		expect(await run("lose")).toMatchObject({ verdict: "pass" });
		expect(await run("keep")).toMatchObject({ verdict: "fail" });
	});
});
