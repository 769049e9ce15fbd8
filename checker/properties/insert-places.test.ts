/** Where inserted elements stand, on histories written by hand: by local steps (`specification`) and by later views (`list-order`). */
import { describe, expect, it } from "vitest";
import type { Delivered, Json } from "../../history/events.ts";
import { check } from "../index.ts";
import { type Done, HistoryBuilder } from "../testing/history-builder.ts";

const BOTH = ["specification", "list-order"];

class Writers {
	readonly history: HistoryBuilder;
	readonly #counts: Record<string, number> = {};

	constructor(type = "text") {
		this.history = new HistoryBuilder(type, ["r1", "r2", "r3"]);
	}

	/** @param seen what had been delivered before, from the others */
	does(replica: string, f: string, value: Json, seen: Delivered = {}, done: Done = {}): this {
		const number = (this.#counts[replica] ?? 0) + 1;
		this.#counts[replica] = number;
		const delivered = { ...seen, [replica]: number };
		this.history.ok(replica, f, value, { update: `${replica}:${number}`, delivered, ...done });
		return this;
	}

	inserts(replica: string, index: number, text: string, seen: Delivered = {}): this {
		const { type } = this.history.header;
		return this.does(replica, "insert", type === "text" ? { index, text } : { index, value: text }, seen);
	}

	/** All end with this view. */
	async end(view: Json): Promise<Record<string, string>> {
		this.history.finals(view, this.#counts).end();
		return this.judge();
	}

	/** Verdict and reason, by property. */
	async judge(): Promise<Record<string, string>> {
		const { properties } = await check(this.history, { checks: BOTH });
		return Object.fromEntries(properties.map(({ name, verdict, reason }) => [name, `${verdict}: ${reason}`]));
	}
}

describe("a local step", () => {
	it("is judged from the empty text on, whether characters are equal or not", async () => {
		const right = new Writers().inserts("r1", 0, "aa").inserts("r1", 1, "b").inserts("r1", 9, "a");
		expect((await right.end("abaa"))["specification"]).toMatch(/^pass/);
		const wrong = new Writers().inserts("r1", 0, "aa").inserts("r1", 1, "b").inserts("r1", 9, "a");
		expect((await wrong.end("aaba"))["specification"]).toContain(
			'fail: wrong: at 0.006 s r1 had delivered 3 updates and shows "aaba" from index 0 on right after c-2 (insert {"index":9,"text":"a"}), which makes "abaa" of what stood there before',
		);
	});

	it("is judged from a view that shows what had arrived, and not across what arrives unseen", async () => {
		const seen = (view: string) => {
			const writers = new Writers().inserts("r1", 0, "aab").inserts("r2", 0, "ba");
			writers.history.state("r3", "baaab", { r1: 1, r2: 1 });
			writers.inserts("r3", 2, "b", { r1: 1, r2: 1 });
			writers.history.state("r3", view, { r1: 1, r2: 1, r3: 1 });
			return writers.judge();
		};
		expect((await seen("babaab"))["specification"]).toMatch(/^pass/);
		expect((await seen("baabab"))["specification"]).toContain(
			'which makes "babaab" of what stood there before',
		);
		const unseen = new Writers().inserts("r1", 0, "aab").inserts("r2", 0, "ba");
		unseen.inserts("r3", 2, "b", { r1: 1, r2: 1 });
		expect((await unseen.end("baabab"))["specification"]).toMatch(/^pass/);
	});

	it("names every view at one delivered set that is not what was asked for", async () => {
		const writers = new Writers().inserts("r1", 0, "a").inserts("r1", 0, "b");
		writers.history.state("r2", "ba", { r1: 2 }).state("r3", "ab", { r1: 2 });
		expect((await writers.judge())["specification"]).toContain("r3 had delivered 2 updates and shows");
	});

	it("accuses a delete whose reply says something else than what stood there", async () => {
		const deleting = (result: string) =>
			new Writers()
				.inserts("r1", 0, "abc")
				.does("r1", "delete", { index: 1, count: 2 }, {}, { result })
				.end(result === "bc" ? "a" : "c");
		expect((await deleting("bc"))["specification"]).toMatch(/^pass/);
		expect((await deleting("ab"))["specification"]).toContain(
			'replied to c-1 (delete {"index":1,"count":2}) that it removed "ab", but "bc" stood there',
		);
	});

	it("leaves out what nobody defines: places within a pair of surrogates, deletes beyond the end, numbers given twice", async () => {
		const pair = new Writers().inserts("r1", 0, "😀").inserts("r1", 1, "a");
		expect((await pair.end("a😀"))["specification"]).toMatch(/^pass/);
		const beyond = () => new Writers().inserts("r1", 0, "aa").does("r1", "delete", { index: 1, count: 5 });
		for (const view of ["a", "aa"]) expect((await beyond().end(view))["specification"]).toMatch(/^pass/);
		// r2 has the first r1:1, r1 itself has forgotten it.
		const twice = new HistoryBuilder("text");
		for (const text of ["a", "b"]) {
			twice.ok("r1", "insert", { index: 0, text }, { update: "r1:1", delivered: { r1: 1 } });
		}
		twice.state("r2", "a", { r1: 1 });
		twice.ok("r1", "insert", { index: 0, text: "c" }, { update: "r1:2", delivered: { r1: 2 } });
		const { properties } = await check(twice.state("r1", "cb", { r1: 2 }), { checks: ["specification"] });
		expect(properties[0]?.verdict).not.toBe("fail");
	});

	it("moves and sets in a movable list", async () => {
		const steps = () =>
			["a", "b", "c"]
				.reduce((writers, value, index) => writers.inserts("r1", index, value), new Writers("movable-list"))
				.does("r1", "move", { from: 0, to: 2 })
				.does("r1", "set", { index: 1, value: "d" });
		expect((await steps().end(["b", "d", "a"]))["specification"]).toMatch(/^pass/);
		expect((await steps().end(["b", "a", "d"]))["specification"]).toMatch(/^fail: wrong/);
		expect((await steps().end(["d", "c", "a"]))["specification"]).toMatch(/^fail: wrong/);
	});
});

describe("the place of an insert, by a later view", () => {
	/** r1 and r2 write at once, r3 has delivered both and inserts, and nobody was looked at in between. */
	const merged = (index: number) =>
		new Writers().inserts("r1", 0, "ab").inserts("r2", 0, "cd").inserts("r3", index, "x", { r1: 1, r2: 1 });

	it("is the index where nothing was deleted, whichever of two concurrent strings comes first", async () => {
		for (const view of ["abxcd", "cdxab", "caxbd"]) {
			expect((await merged(2).end(view))["list-order"]).toBe("pass: one order of 5 elements explains 1 view");
		}
	});

	it("is refused where more stands before it than there was", async () => {
		expect((await merged(2).end("abcxd"))["list-order"]).toBe(
			'fail: r3 put an element where it was not asked for: in what r3 showed at 0.008 s, 3 elements that it had delivered stand before the "x" that c-2 inserted there at index 2',
		);
	});

	it("is refused where more stands behind it than there was", async () => {
		expect((await merged(3).end("abxcd"))["list-order"]).toContain(
			'2 elements that it had delivered stand behind the "x" that c-2 inserted there at index 3, where there were at most 1 to stand behind it',
		);
		expect((await merged(9).end("abcxd"))["list-order"]).toContain(
			"where there were at most 0 to stand behind it",
		);
		expect((await merged(9).end("abcdx"))["list-order"]).toMatch(/^pass/);
	});

	it("is refused where one string's characters are turned around", async () => {
		expect((await merged(4).end("abdcx"))["list-order"]).toContain('"d" stands before the "c" of one insert');
	});

	it("is refused where something that was there before parts one string, and not where that was concurrent", async () => {
		const parted = new Writers()
			.inserts("r1", 0, "ab")
			.inserts("r2", 0, "c")
			.inserts("r3", 2, "xy", { r1: 1, r2: 1 });
		expect((await parted.end("xacyb"))["list-order"]).toContain(
			'2 elements that it had delivered stand between the "x" and the "y" of one insert',
		);
		const concurrent = new Writers().inserts("r1", 0, "ab").inserts("r2", 0, "c");
		expect((await concurrent.end("acb"))["list-order"]).toMatch(/^pass/);
	});

	it("leaves as much play as was deleted since, or may be there, and none for what was deleted before", async () => {
		const since = (view: string) =>
			merged(3).does("r1", "delete", { index: 0, count: 1 }, {}, { result: "a" }).end(view);
		expect((await since("bcdx"))["list-order"]).toMatch(/^pass/);
		expect((await since("bxcd"))["list-order"]).toMatch(/^fail/);
		expect((await since("bcxd"))["list-order"]).toMatch(/^pass/);
		const before = (view: string) =>
			new Writers()
				.inserts("r1", 0, "abc")
				.does("r1", "delete", { index: 0, count: 1 }, {}, { result: "a" })
				.inserts("r2", 0, "d")
				.inserts("r3", 2, "x", { r1: 2, r2: 1 })
				.end(view);
		expect((await before("dbxc"))["list-order"]).toMatch(/^pass/);
		expect((await before("dxbc"))["list-order"]).toMatch(/^fail/);
	});

	it("counts what a view of in between shows and the last one doesn't any more", async () => {
		const shown = (between: string) => {
			const writers = merged(2);
			writers.history.state("r1", between, { r1: 1, r2: 1, r3: 1 });
			return writers
				.does("r1", "delete", { index: 0, count: 5 }, { r2: 1, r3: 1 }, { result: between })
				.end("");
		};
		expect((await shown("abxcd"))["list-order"]).toMatch(/^pass/);
		expect((await shown("abcxd"))["list-order"]).toMatch(/^fail: r3 put an element/);
	});

	it("is not told from a view that shows what its origin knew to be deleted", async () => {
		const writers = new Writers()
			.inserts("r1", 0, "ab")
			.does("r1", "delete", { index: 0, count: 1 }, {}, { result: "a" })
			.inserts("r2", 0, "x", { r1: 2 });
		writers.history.state("r3", "axb", { r1: 1, r2: 1 });
		expect((await writers.end("xb"))["list-order"]).toMatch(/^pass/);
	});

	it("is not judged where its origin had an update without what that had seen, or texts hold pairs of surrogates", async () => {
		const early = new Writers().inserts("r1", 0, "a").inserts("r2", 1, "b", { r1: 1 });
		early.inserts("r3", 0, "x", { r2: 1 });
		expect((await early.end("abx"))["list-order"]).toMatch(/^pass/);
		const pairs = new Writers().inserts("r1", 0, "😀ab").inserts("r2", 3, "x", { r1: 1 });
		expect((await pairs.end("😀abx"))["list-order"]).toMatch(/^pass/);
	});
});
