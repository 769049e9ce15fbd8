/** Sessions, causality and the order of lists: each sentence must be true of its history, word by word. */
import { describe, expect, it } from "vitest";
import type { Json, Manifest } from "../../history/events.ts";
import { deliver, explain } from "../testing/explain.ts";
import { HistoryBuilder } from "../testing/history-builder.ts";

const CAUSAL: Manifest = { order: "any", duplicates: true, durable: true, causal: true };
/** A read of which nobody says what had been delivered before. */
function plainRead(history: HistoryBuilder, replica: string, id: string, value: Json, process = 0) {
	history.push({ event: "invoke", process, replica, id, f: "read", value: null });
	return history.push({ event: "ok", process, replica, id, f: "read", value });
}

const set = (replicas?: string[], delivers?: Manifest) => new HistoryBuilder("or-set", replicas, delivers);

describe("session", () => {
	it("read your writes: who acknowledged it, and the crash in between", async () => {
		const history = set(["r1"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.crash("r1")
			.read("r1", [], {})
			.end();
		const { sentence, updates, firstDisagreement } = await explain("session", history);
		expect(sentence).toBe(
			'client 0 had r1:1 (add "milk") acknowledged at 0.001 s by r1, which crashed at 0.002 s; at 0.005 s r1 answered c-1 (read) of the same client without it.',
		);
		expect(updates.map(({ update }) => update)).toEqual(["r1:1"]);
		expect(firstDisagreement).toEqual({ time: 5e6, replicas: ["r1"], events: [1, 5] });
	});

	it("read your writes: no crash where there was none", async () => {
		const history = set(["r1"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.read("r1", [], {})
			.end();
		expect((await explain("session", history)).sentence).toBe(
			'client 0 had r1:1 (add "milk") acknowledged at 0.001 s by r1; at 0.003 s r1 answered c-1 (read) of the same client without it.',
		);
	});

	it("monotonic reads: the last reply that had shown it", async () => {
		const history = set()
			.ok("r2", "add", "milk", { update: "r2:1", delivered: { r2: 1 } })
			.read("r1", ["milk"], { r2: 1 })
			.read("r1", [], {})
			.end();
		expect((await explain("session", history)).sentence).toBe(
			'at 0.003 s r1 answered c-1 (read) of client 0 with r2:1 (add "milk") applied; at 0.005 s r1 answered c-2 (read) of the same client without it.',
		);
	});

	it("monotonic reads: of the harness's own states", async () => {
		const history = set()
			.ok("r2", "add", "milk", { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", ["milk"], { r2: 1 })
			.state("r1", [], {})
			.end();
		expect((await explain("session", history)).sentence).toBe(
			'at 0.002 s r1 showed a state with r2:1 (add "milk"); at 0.003 s r1 showed a state without it.',
		);
	});

	it("monotonic writes: both writes, and when the first came", async () => {
		const history = set(["r1", "r2"], CAUSAL)
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", "tea", { update: "r1:2", delivered: { r1: 2 } })
			.state("r2", ["tea"], { r1: [[2, 2]] });
		deliver(history, "r2", "r1:1").end();
		const { sentence, updates, deliveries } = await explain("session", history);
		expect(sentence).toBe(
			'client 0 wrote r1:1 (add "milk") and after it r1:2 (add "tea") at r1; by 0.004 s r2 had applied r1:2 without r1:1, which came at 0.005 s.',
		);
		expect(updates.map(({ update, hadSeen }) => [update, hadSeen])).toEqual([
			["r1:1", []],
			["r1:2", ["r1:1"]],
		]);
		expect(deliveries).toEqual({ r2: ["r1:2"], r1: ["r1:1", "r1:2"] });
	});

	it("writes follow reads: what the client had seen, and that it never came", async () => {
		const history = set(["r1", "r2", "r3"], CAUSAL)
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.read("r2", ["milk"], { r1: 1 })
			.ok("r2", "remove", "milk", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.state("r3", [], { r2: 1 }, true)
			.end();
		expect((await explain("session", history)).sentence).toBe(
			'client 0 had seen r1:1 (add "milk") when it wrote r2:1 (remove "milk") at r2; by 0.006 s r3 had applied r2:1 without r1:1, which never came.',
		);
	});

	it("says nothing of when it came where nobody knows", async () => {
		const history = set(["r1", "r2"], CAUSAL)
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", "tea", { update: "r1:2", delivered: { r1: 2 } })
			.state("r2", ["tea"], { r1: [[2, 2]] })
			.end();
		expect((await explain("session", history)).sentence).toMatch(/without r1:1\.$/);
	});

	it("by values: what the client had written or read, and what it was shown then", async () => {
		const history = plainRead(new HistoryBuilder("g-set").ok("r1", "add", 7), "r1", "x", [7, 8]);
		plainRead(history, "r1", "y", [7]).end();
		const { sentence, deliveries } = await explain("session", history);
		expect(sentence).toBe(
			"client 0 read 8 at r1 at 0.003 s (x); at 0.005 s r1 answered its read (y) with [7].",
		);
		expect(deliveries).toEqual({});
	});

	it("by values: the sum that a counter's client knew of", async () => {
		const history = plainRead(new HistoryBuilder("g-counter"), "r1", "x", 5).ok("r1", "add", 3);
		plainRead(history, "r1", "y", 6).end();
		expect((await explain("session", history)).sentence).toBe(
			"client 0 had read 5 (x) and added 3 (c-0) at r1; at 0.005 s r1 answered its read (y) with 6.",
		);
	});
});

describe("causality", () => {
	it("cyclic: who says that which had seen which", async () => {
		const history = set()
			.ok("r1", "add", "a", { update: "r1:1", delivered: { r1: 1, r2: 1 } })
			.ok("r2", "add", "b", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.end();
		expect((await explain("causality", history)).sentence).toBe(
			'by what their replicas replied, r1:1 (add "a") had seen r2:1 (add "b") and r2:1 had seen r1:1: neither can have been first.',
		);
	});

	it("thin air: what the replica had been asked for by then", async () => {
		const history = set()
			.ok("r1", "add", "a", { update: "r1:1", delivered: { r1: 1 } })
			.notOk("fail", "r1", "add", "b", "full")
			.state("r2", ["a"], { r1: 2 })
			.end();
		expect((await explain("causality", history)).sentence).toBe(
			"at 0.004 s r2 said that it had applied r1:2, when r1 had been asked for 2 updates: 1 got a number, the last r1:1 and 1 failed.",
		);
	});

	it("thin air: an update that was asked for only later", async () => {
		const history = set()
			.ok("r2", "add", "a", { update: "r2:1", delivered: { r2: 1 } })
			.state("r2", [], { r1: 1, r2: 1 })
			.ok("r1", "add", "b", { update: "r1:1", delivered: { r1: 1 } })
			.end();
		expect((await explain("causality", history)).sentence).toBe(
			'at 0.002 s r2 said that it had applied r1:1, the number of add "b" (c-1), which nobody asked r1 for before 0.003 s.',
		);
	});

	it("visibility: what the origin had applied, and that the other had not", async () => {
		const history = set(["r1", "r2", "r3"], CAUSAL)
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "remove", "milk", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.state("r3", [], { r2: 1 });
		deliver(history, "r3", "r1:1").end();
		expect((await explain("causality", history)).sentence).toBe(
			'r2 had applied r1:1 (add "milk") when it accepted r2:1 (remove "milk"); by 0.004 s r3 had applied r2:1 without r1:1, which came at 0.005 s.',
		);
	});

	it("visibility: an earlier one of the same replica", async () => {
		const history = set(["r1", "r2"], CAUSAL)
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", "tea", { update: "r1:2", delivered: { r1: 2 } })
			.state("r2", ["tea"], { r1: [[2, 2]] })
			.state("r2", ["milk", "tea"], { r1: 2 })
			.end();
		expect((await explain("causality", history)).sentence).toBe(
			'r1 accepted r1:1 (add "milk") before r1:2 (add "tea"); by 0.004 s r2 had applied r1:2 without r1:1, which was there by 0.005 s.',
		);
	});

	it("values: one that nobody writes, one that failed, one that comes later", async () => {
		const register = () => new HistoryBuilder("lww-register").ok("r1", "write", 1);
		const readNull = (history: HistoryBuilder, value: Json) => plainRead(history, "r2", "x", value, 1);
		expect((await explain("causality", readNull(register(), 9).end())).sentence).toBe(
			"at 0.003 s r2 showed 9 to x; no operation of the history writes that.",
		);
		const failed = register().notOk("fail", "r1", "write", 9, "full");
		expect((await explain("causality", readNull(failed, 9).end())).sentence).toBe(
			"at 0.005 s r2 showed 9 to x; c-1 (write 9) was to write that, and failed at 0.003 s (full).",
		);
		const later = readNull(register(), 9).ok("r1", "write", 9);
		expect((await explain("causality", later.end())).sentence).toBe(
			"at 0.003 s r2 showed 9 to x; c-1 (write 9) writes that, and nobody asked for it before 0.004 s.",
		);
	});

	it("values: an overwritten one that its own client reads once more", async () => {
		const history = new HistoryBuilder("lww-register").ok("r1", "write", 1).ok("r1", "write", 2);
		plainRead(history, "r1", "x", 1).end();
		expect((await explain("causality", history)).sentence).toBe(
			"client 0 had asked r1 for c-1 (write 2), which came after c-0 (write 1); at 0.005 s r1 showed 1 again to x.",
		);
	});

	it("values: one that the client had read", async () => {
		const history = new HistoryBuilder("lww-register").ok("r1", "write", 1).ok("r1", "write", 2);
		plainRead(plainRead(history, "r2", "x", 2, 1), "r2", "y", 1, 1).end();
		expect((await explain("causality", history)).sentence).toBe(
			"client 1 had read at 0.005 s (x) what c-1 (write 2) wrote, which came after c-0 (write 1); at 0.007 s r2 showed 1 again to y.",
		);
	});
});

describe("list-order", () => {
	const insert = (value: string): Json => ({ index: 0, value });
	const three = () =>
		new HistoryBuilder("list", ["r1", "r2", "r3"])
			.ok("r1", "insert", insert("a"), { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "insert", insert("b"), { update: "r2:1", delivered: { r2: 1 } })
			.ok("r3", "insert", insert("c"), { update: "r3:1", delivered: { r3: 1 } });
	const all = { r1: 1, r2: 1, r3: 1 };

	it("the two views that contradict each other, and the two inserts", async () => {
		const history = three().state("r1", ["c", "b", "a"], all).state("r2", ["c", "a", "b"], all).end();
		const { sentence, updates, firstDisagreement } = await explain("list-order", history);
		expect(sentence).toBe(
			'at 0.006 s r1 showed "b" before "a", at 0.007 s r2 "a" before "b"; r2:1 inserted "b" and r1:1 "a"; neither had seen the other, and each applied them in another order.',
		);
		expect(updates.map(({ update }) => update)).toEqual(["r1:1", "r2:1"]);
		expect(firstDisagreement.events).toEqual([6, 7]);
	});

	it("views that contradict each other only all together", async () => {
		const history = three()
			.state("r1", ["a", "b"], { r1: 1, r2: 1 })
			.state("r2", ["b", "c"], { r2: 1, r3: 1 })
			.state("r3", ["c", "a"], { r1: 1, r3: 1 })
			.end();
		expect((await explain("list-order", history)).sentence).toBe(
			'r1 showed "a" before "b", r2 showed "b" before "c" and r3 showed "c" before "a": no two of these views contradict each other, all of them together do.',
		);
	});

	it("an element that is shown twice, and whether its replica says that it applied it twice", async () => {
		const twice = () => three().state("r2", ["a", "b", "a"], { r1: 1, r2: 1 });
		expect((await explain("list-order", twice().end())).sentence).toBe(
			'at 0.006 s r2 showed "a" 2 times, which was inserted once by r1:1 (insert "a" at 0).',
		);
		const told = deliver(twice(), "r2", "r1:1", "r1:1");
		expect((await explain("list-order", told.end())).sentence).toBe(
			'at 0.006 s r2 showed "a" 2 times, which was inserted once by r1:1 (insert "a" at 0); r2 itself says that it applied r1:1 2 times.',
		);
	});
});

describe("interleaving", () => {
	it("tells who typed what, and what stands there now", async () => {
		const history = new HistoryBuilder("text")
			.ok("r1", "insert", { index: 0, text: "abc" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "insert", { index: 0, text: "xyz" }, { update: "r2:1", delivered: { r2: 1 } })
			.finals("axbycz", { r1: 1, r2: 1 })
			.end();
		expect((await explain("interleaving", history)).sentence).toBe(
			'r1 typed "abc" (r1:1) while r2 typed "xyz" (r2:1), neither of which had seen the other; at 0.004 s r1 showed them mixed: "axbycz".',
		);
	});
});
