/** Trees, documents, lists, maps, registers and invariants: each sentence must be true of its history, word by word. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../history/events.ts";
import { deliver, explain } from "../testing/explain.ts";
import { HistoryBuilder } from "../testing/history-builder.ts";

const BOTH = { r1: 1, r2: 1 };
const one = { r1: 1 };

/** Two updates that don't know of each other. */
function concurrent(type: string, [f, a]: [string, Json], [g, b]: [string, Json]): HistoryBuilder {
	return new HistoryBuilder(type, ["r1", "r2", "r3"])
		.ok("r1", f, a, { update: "r1:1", delivered: { r1: 1 } })
		.ok("r2", g, b, { update: "r2:1", delivered: { r2: 1 } });
}

describe("tree", () => {
	const underEachOther = () =>
		concurrent("tree", ["move", { node: "a", parent: "b" }], ["move", { node: "b", parent: "a" }]);

	it("a cycle: who moved what under what, and that both moves were kept", async () => {
		const history = underEachOther().state("r3", { a: "b", b: "a" }, BOTH).end();
		const { sentence, updates } = await explain("specification", history);
		expect(sentence).toBe(
			'r1 moved "a" under "b" (r1:1) while r2 moved "b" under "a" (r2:1); at r3 both moves were kept, so neither hangs under the root.',
		);
		expect(updates.map(({ update }) => update)).toEqual(["r1:1", "r2:1"]);
	});

	it("a cycle: the move that had seen the other", async () => {
		const history = new HistoryBuilder("tree")
			.ok("r1", "move", { node: "a", parent: "b" }, { update: "r1:1", delivered: one })
			.ok("r2", "move", { node: "b", parent: "a" }, { update: "r2:1", delivered: BOTH })
			.state("r2", { a: "b", b: "a" }, BOTH)
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 moved "a" under "b" (r1:1) and r2 moved "b" under "a" (r2:1), and r2:1 had seen r1:1; at r2 both moves were kept, so neither hangs under the root.',
		);
	});

	it("a cycle: the same of an invariant", async () => {
		const history = underEachOther().state("r3", { a: "b", b: "a" }, BOTH).end();
		const invariants = { "no-cycle": () => false };
		expect((await explain("invariant:no-cycle", history, { invariants })).sentence).toMatch(/^r1 moved "a"/);
	});

	it("a node where an earlier move had put it", async () => {
		const history = new HistoryBuilder("tree")
			.ok("r1", "move", { node: "a", parent: "b" }, { update: "r1:1", delivered: one })
			.ok("r2", "move", { node: "a", parent: "c" }, { update: "r2:1", delivered: BOTH })
			.state("r1", { a: "b" }, BOTH)
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 shows "a" under "b", as r1:1 (move "a" under "b") left it, although it had applied r2:1 (move "a" under "c"), which had seen that; by whatever order of the moves it is below c.',
		);
	});

	it("a node where no move put it", async () => {
		const history = concurrent(
			"tree",
			["move", { node: "a", parent: "b" }],
			["move", { node: "c", parent: null }],
		);
		expect((await explain("specification", history.state("r1", { a: "c" }, BOTH).end())).sentence).toBe(
			'r1 shows "a" under "c", where no move that it had applied put it; the last of them was r1:1 (move "a" under "b").',
		);
	});

	it("two replicas that show it in two places", async () => {
		const history = concurrent(
			"tree",
			["move", { node: "a", parent: "b" }],
			["move", { node: "a", parent: "c" }],
		)
			.state("r1", { a: "c" }, BOTH)
			.state("r2", { a: "b" }, BOTH)
			.end();
		const { sentence, path } = await explain("strong-convergence", history);
		expect(sentence).toBe(
			'r1 shows "a" under "c", as r2:1 (move "a" under "c") left it, r2 shows "a" under "b", as r1:1 (move "a" under "b") left it; neither had seen the other, and each applied them in another order.',
		);
		expect(path).toBe("a");
	});
});

describe("json", () => {
	const put: [string, Json] = ["set", { path: ["cart", "milk"], value: 2 }];

	it("lost: what was put, and the delete that hadn't seen it", async () => {
		const history = concurrent("json", put, ["delete", { path: ["cart"] }]);
		deliver(history, "r3", "r1:1", "r2:1").state("r3", {}, BOTH).end();
		expect((await explain("specification", history)).sentence).toBe(
			"r3 doesn't show cart although it had applied r1:1 (set cart.milk to 2); r2:1 (delete cart), applied after it, hadn't seen that, so it must not take it away.",
		);
	});

	it("lost: that nothing had taken it away", async () => {
		const history = concurrent("json", put, ["set", { path: ["other"], value: 1 }]);
		expect((await explain("specification", history.state("r3", { other: 1 }, BOTH).end())).sentence).toBe(
			"r3 doesn't show cart although it had applied r1:1 (set cart.milk to 2), which no set or delete had seen.",
		);
	});

	it("lost: an item of a list that is shown", async () => {
		const insert = (value: string): [string, Json] => ["insert", { path: ["items"], index: 0, value }];
		const history = concurrent("json", insert("a"), insert("b"))
			.state("r3", { items: ["b"] }, BOTH)
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r3 doesn\'t show "a" in items although it had applied r1:1 (insert "a" at items[0]).',
		);
	});

	it("resurrected: the delete that had seen it, and the order", async () => {
		const history = new HistoryBuilder("json")
			.ok("r1", ...put, { update: "r1:1", delivered: one })
			.ok("r2", "delete", { path: ["cart"] }, { update: "r2:1", delivered: BOTH })
			.state("r1", { cart: { milk: 2 } }, BOTH)
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			"r1 shows cart although it had applied r2:1 (delete cart), which had seen r1:1 (set cart.milk to 2), the last that put anything there.",
		);
	});

	it("two documents: only the updates that touch the path", async () => {
		const history = concurrent(
			"json",
			["increment", { path: ["n"], by: 1 }],
			["set", { path: ["n"], value: 5 }],
		)
			.ok("r2", "set", { path: ["other"], value: 1 }, { update: "r2:2", delivered: { r2: 2 } })
			.state("r1", { n: 5, other: 1 }, { r1: 1, r2: 2 })
			.state("r2", { n: 6, other: 1 }, { r1: 1, r2: 2 })
			.end();
		const { sentence, updates } = await explain("strong-convergence", history);
		expect(sentence).toBe(
			"r1 applied r1:1 (increment n by 1) before r2:1 (set n to 5) and r2 the other way round; neither had seen the other, so their order must make no difference.",
		);
		expect(updates.map(({ update }) => update)).toEqual(["r1:1", "r2:1"]);
	});
});

describe("lists and texts", () => {
	it("a movable list: the two moves of one item", async () => {
		const history = new HistoryBuilder("movable-list", ["r1", "r2"])
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "insert", { index: 1, value: "b" }, { update: "r1:2", delivered: { r1: 2 } })
			.state("r1", ["a", "b"], { r1: 2 })
			.state("r2", ["a", "b"], { r1: 2 })
			.ok("r1", "move", { from: 0, to: 1 }, { update: "r1:3", delivered: { r1: 3 } })
			.ok("r2", "move", { from: 0, to: 1 }, { update: "r2:1", delivered: { r1: 2, r2: 1 } })
			.state("r1", ["b", "a", "a"], { r1: 3, r2: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 shows "a" 2 times, at 1 and 2, although it had applied only 1 insert of it, r1:1 (insert "a" at 0); r1 moved it from 0 to 1 (r1:3) while r2 moved it from 0 to 1 (r2:1), and however often it is moved it stays one.',
		);
	});

	it("a movable list: doesn't say which item was moved where nobody saw it", async () => {
		const history = new HistoryBuilder("movable-list", ["r1", "r2"])
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "insert", { index: 1, value: "b" }, { update: "r1:2", delivered: { r1: 2 } })
			.ok("r1", "move", { from: 0, to: 1 }, { update: "r1:3", delivered: { r1: 3 } })
			.ok("r2", "move", { from: 1, to: 0 }, { update: "r2:1", delivered: { r1: 2, r2: 1 } })
			.state("r1", ["a", "a", "b"], { r1: 3, r2: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 shows "a" 2 times, at 0 and 1, but it had applied only 1 insert of it, r1:1 (insert "a" at 0); it had also applied r1:3 (move the item at 0 to 1) and r2:1 (move the item at 1 to 0), neither of which had seen the other.',
		);
	});

	it("resurrected: the delete that says that it took it", async () => {
		const history = new HistoryBuilder("list")
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "delete", { index: 0 }, { update: "r1:2", delivered: { r1: 2 }, result: ["a"] })
			.state("r2", ["a"], { r1: 2 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r2 shows "a" at 0, but it had applied 1 insert of it, r1:1 (insert "a" at 0), and r1:2 (delete what is at 0), which took it away.',
		);
	});

	it("a step of its own: what was shown before and after it", async () => {
		const history = new HistoryBuilder("list")
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.read("r1", ["a"], { r1: 1 })
			.ok("r1", "insert", { index: 0, value: "b" }, { update: "r1:2", delivered: { r1: 2 } })
			.read("r1", ["a", "b"], { r1: 2 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 showed ["a"], was asked for r1:2 (insert "b" at 0), and then showed ["a","b"], with nothing else applied in between.',
		);
	});

	it("an element that stands where it was not asked for", async () => {
		const history = new HistoryBuilder("list")
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "insert", { index: 0, value: "b" }, { update: "r1:2", delivered: { r1: 2 } })
			.state("r2", ["a", "b"], { r1: 2 })
			.end();
		expect((await explain("list-order", history)).sentence).toBe(
			'when r1 accepted r1:2 (insert "b" at 0) it had applied the insert of "a"; at 0.004 s r2 shows that before it.',
		);
	});

	it("lost: the insert", async () => {
		const history = new HistoryBuilder("text")
			.ok("r1", "insert", { index: 0, text: "ab" }, { update: "r1:1", delivered: { r1: 1 } })
			.state("r2", "b", { r1: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r2 doesn\'t show all that r1:1 (insert "ab" at 0) inserted, which it had applied.',
		);
	});
});

describe("maps and registers", () => {
	it("or-map: the set that the delete hadn't seen", async () => {
		const history = concurrent("or-map", ["set", ["milk", 2]], ["delete", "milk"]);
		deliver(history, "r3", "r1:1", "r2:1").state("r3", {}, BOTH).end();
		expect((await explain("specification", history)).sentence).toBe(
			'r3 doesn\'t show milk although it had applied r1:1 (set "milk" to 2); r2:1 (delete "milk"), applied after it, hadn\'t seen that, so it must not undo it.',
		);
	});

	it("mv-register: the value that no write had seen", async () => {
		const history = concurrent("mv-register", ["write", "a"], ["write", "b"]).state("r3", ["b"], BOTH).end();
		expect((await explain("specification", history)).sentence).toBe(
			'r3 doesn\'t show "a" although it had applied r1:1 (write "a"); r2:1 (write "b") hadn\'t seen that, so it must not replace it.',
		);
	});

	it("arbitration: who let which of two concurrent writes win", async () => {
		const history = concurrent("lww-register", ["write", "a"], ["write", "b"])
			.state("r1", "a", BOTH)
			.state("r2", "b", BOTH)
			.end();
		const { sentence, updates } = await explain("specification", history);
		expect(sentence).toBe(
			'at 0.004 s r1 let r1:1 (write "a") win over the concurrent r2:1 (write "b") and at 0.005 s r2 let r2:1 win over the concurrent r1:1: no one order of the writes explains both.',
		);
		expect(updates.map(({ update }) => update)).toEqual(["r1:1", "r2:1"]);
	});
});

describe("counters", () => {
	const counting = () =>
		new HistoryBuilder("pn-counter")
			.ok("r1", "add", 3, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", 5, { update: "r1:2", delivered: { r1: 2 } });

	it("blames what came since the sum was right", async () => {
		const history = counting()
			.ok("r2", "add", 5, { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", 8, { r1: 2 })
			.state("r1", 8, { r1: 2, r2: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			"r1 shows 8, 5 less than the 3 updates that it had delivered add up to (13), as if r2:1 (add 5) had never been applied.",
		);
	});

	it("one that had counted and no longer does", async () => {
		const history = counting().state("r1", 8, { r1: 2 }).state("r1", 5, { r1: 2 }).end();
		expect((await explain("specification", history)).sentence).toBe(
			"r1 shows 5, 3 less than the 2 updates that it had delivered add up to (8), as if r1:1 (add 3) had been taken away again.",
		);
	});

	it("doesn't choose between several, and says what came where none fits", async () => {
		const several = counting()
			.ok("r1", "add", 5, { update: "r1:3", delivered: { r1: 3 } })
			.state("r2", 18, { r1: 3 });
		expect((await explain("specification", several.end())).sentence).toBe(
			"r2 shows 18, 5 more than the 3 updates that it had delivered add up to (13), as if one of the 2 that add 5, such as r1:3, had been applied twice.",
		);
		const none = counting().state("r2", 3, { r1: 1 }).state("r2", 99, { r1: 2 });
		expect((await explain("specification", none.end())).sentence).toBe(
			"r2 shows 99, 91 more than the 2 updates that it had delivered add up to (8); at 0.004 s it was right, then came r1:2 (add 5).",
		);
	});
});

describe("invariants", () => {
	const stock = () =>
		new HistoryBuilder("pn-counter")
			.ok("r1", "add", 5, { update: "r1:1", delivered: { r1: 1 } })
			.state("r1", 5, { r1: 1 });
	const invariants = { positive: (view: Json) => Number(view) >= 0 };

	it("since when it doesn't hold, and what was applied in between", async () => {
		const history = stock()
			.ok("r2", "add", -9, { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", -4, BOTH)
			.end();
		const { sentence, firstDisagreement, updates } = await explain("invariant:positive", history, {
			invariants,
		});
		expect(sentence).toBe("positive still held at r1 at 0.002 s; then it applied r2:1 (add -9).");
		expect(firstDisagreement).toEqual({ time: 5e6, replicas: ["r1"], events: [2, 5] });
		expect(updates.map(({ update }) => update)).toEqual(["r2:1"]);
	});

	it("that nothing was applied in between", async () => {
		const history = stock().state("r1", -4, { r1: 1 }).end();
		expect((await explain("invariant:positive", history, { invariants })).sentence).toBe(
			"positive still held at r1 at 0.002 s and no longer at 0.003 s, although nothing was delivered there in between.",
		);
	});

	it("what had been applied where it never held", async () => {
		const history = stock().state("r2", -5, { r1: 1 }).end();
		expect((await explain("invariant:positive", history, { invariants })).sentence).toBe(
			"r2 had applied 1 update by 0.003 s, the last r1:1 (add 5).",
		);
	});

	it("of final views alone: no earlier view counts as one that it held for", async () => {
		const settled = { positive: { holds: invariants.positive, when: "settled" as const } };
		const history = stock().finals(-1, { r1: 1 }).end();
		expect((await explain("invariant:positive", history, { invariants: settled })).sentence).toBe(
			"r1 had applied 1 update by 0.003 s, the last r1:1 (add 5).",
		);
	});

	it("says less where nobody knows what was delivered", async () => {
		const history = new HistoryBuilder("pn-counter").state("r1", 5).state("r1", -4).end();
		expect((await explain("invariant:positive", history, { invariants })).sentence).toBe(
			"positive still held at r1 at 0.000 s and no longer at 0.001 s.",
		);
	});
});

describe("termination", () => {
	it("which operation, at which replica, when it last answered, and what was broken then", async () => {
		const history = new HistoryBuilder("or-set")
			.ok("r2", "add", "milk")
			.push({
				event: "fault",
				fault: { partition: "halves" },
				phase: "start",
				number: 0,
				touches: ["r1->r2"],
			})
			.push({ event: "fault", fault: { pause: "r1" }, phase: "start", number: 1, touches: ["r1"] })
			.invoke("r2", "add", "tea")
			.push({ event: "fault", fault: { partition: "halves" }, phase: "end", number: 0 })
			.invoke("r2", "add", "rice")
			.end();
		expect((await explain("termination", history)).sentence).toBe(
			'r2 never answered c-1 (add "tea"), asked for at 0.004 s, nor 1 later operation; its last answer to anything came at 0.001 s; on then: partition halves since 0.002 s.',
		);
	});

	it("the crash that it never came back from, and the others that didn't answer", async () => {
		const history = new HistoryBuilder("or-set")
			.push({ event: "node", replica: "r1", what: "crashed" })
			.invoke("r1", "add", "milk")
			.invoke("r2", "add", "tea")
			.end();
		expect((await explain("termination", history)).sentence).toBe(
			'r1 never answered c-0 (add "milk"), asked for at 0.001 s; it never answered anything; it had crashed at 0.000 s, and never came back; nor did r2 answer all.',
		);
	});

	it("that no fault was on", async () => {
		const history = new HistoryBuilder("or-set").invoke("r1", "add", "milk").end();
		expect((await explain("termination", history)).sentence).toMatch(/; no fault was on then\.$/);
	});

	it("what a replica threw at, and what it had applied before", async () => {
		const history = new HistoryBuilder("or-set").ok("r2", "add", "milk", {
			update: "r2:1",
			delivered: { r2: 1 },
		});
		deliver(history, "r1", "r2:1").notOk("info", "r1", "remove", "milk", "replica-threw").end();
		expect((await explain("termination", history)).sentence).toBe(
			'r1 threw at 0.004 s when it was asked for remove "milk" (c-1); the last update that it had applied was r2:1 (add "milk").',
		);
		const alone = new HistoryBuilder("or-set").push({ event: "node", replica: "r1", what: "exited" }).end();
		expect((await explain("termination", alone)).sentence).toBe(
			"r1 ended at 0.000 s, while it was answering nobody.",
		);
	});
});
