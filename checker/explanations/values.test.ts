/** Histories in which nobody says what had been delivered: only who asked for what, and what was shown. */
import { describe, expect, it } from "vitest";
import { explain } from "../testing/explain.ts";
import { HistoryBuilder } from "../testing/history-builder.ts";

function read(history: HistoryBuilder, replica: string, id: string, value: number[]): HistoryBuilder {
	history.push({ event: "invoke", process: 1, replica, id, f: "read", value: null });
	return history.push({ event: "ok", process: 1, replica, id, f: "read", value });
}

const set = () => new HistoryBuilder("g-set").ok("r1", "add", 7);
const counter = () => new HistoryBuilder("pn-counter").ok("r1", "add", 10).notOk("info", "r2", "add", 5);

describe("convergence", () => {
	it("sets: who shows it and who doesn't, and what became of the add", async () => {
		const { sentence, updates, deliveries } = await explain(
			"convergence",
			set().state("r1", [7], undefined, true).state("r2", [], undefined, true).end(),
		);
		expect(sentence).toBe(
			"r1 shows 7 in the end and r2 doesn't; c-0 (add 7) was acknowledged by r1 at 0.001 s.",
		);
		expect(updates).toEqual([{ update: "c-0", operation: "c-0", f: "add", value: 7, hadSeen: [] }]);
		expect(deliveries).toEqual({});
	});

	it("counters: the sum of what was acknowledged, and what may count", async () => {
		const history = counter().state("r1", 10, undefined, true).state("r2", 15, undefined, true).end();
		expect((await explain("convergence", history)).sentence).toBe(
			"in the end r1 shows 10 and r2 shows 15; the acknowledged addition makes 10, and 1 of unknown outcome (5) may count or not.",
		);
	});

	it("registers: who wrote what each shows", async () => {
		const history = new HistoryBuilder("lww-register").ok("r1", "write", "a").ok("r2", "write", "b");
		history.state("r1", "a", undefined, true).state("r2", "b", undefined, true).end();
		expect((await explain("convergence", history)).sentence).toBe(
			'in the end r1 shows "a" and r2 shows "b"; c-0 (write "a") was acknowledged by r1 at 0.001 s and c-1 (write "b") was acknowledged by r2 at 0.003 s.',
		);
	});

	it("maps: the writes of the key", async () => {
		const history = new HistoryBuilder("lww-map").ok("r1", "set", ["k", 1]).ok("r2", "set", ["other", 1]);
		history.state("r1", { k: 1, other: 1 }, undefined, true).state("r2", { other: 1 }, undefined, true).end();
		expect((await explain("convergence", history)).sentence).toBe(
			'r1 and r2 differ about "k" in the end; c-0 (set "k" to 1) was acknowledged by r1 at 0.001 s.',
		);
	});
});

describe("eventual-delivery", () => {
	it("who acknowledged the element, who read it, and who shows it in the end", async () => {
		const history = read(set(), "r2", "x", [7])
			.state("r1", [7], undefined, true)
			.state("r2", [], undefined, true);
		expect((await explain("eventual-delivery", history.end())).sentence).toBe(
			"c-0 (add 7) was acknowledged by r1 at 0.001 s; 1 read showed it, the last x of r2 at 0.003 s; in the end r1 shows it and r2 doesn't.",
		);
	});

	it("that no read ever showed it, and nobody does", async () => {
		const history = set().finals([]).end();
		expect((await explain("eventual-delivery", history)).sentence).toBe(
			"c-0 (add 7) was acknowledged by r1 at 0.001 s; no read ever showed it; in the end nobody shows it.",
		);
	});
});

describe("specification", () => {
	it("an element that nobody asked for, that failed, or twice", async () => {
		expect((await explain("specification", read(set(), "r2", "x", [9]).end())).sentence).toBe(
			"at 0.003 s r2 showed 9 to x; nobody had asked for that by then.",
		);
		const failed = set().notOk("fail", "r1", "add", 9, "full");
		expect((await explain("specification", read(failed, "r2", "x", [9]).end())).sentence).toBe(
			"at 0.005 s r2 showed 9 to x; c-1 (add 9) failed at r1 at 0.003 s (full).",
		);
		expect((await explain("specification", read(set(), "r2", "x", [7, 7]).end())).sentence).toBe(
			"at 0.003 s r2 showed 7 more than once to x; c-0 (add 7) was acknowledged by r1 at 0.001 s.",
		);
	});

	it("an element that is missing in the end", async () => {
		expect((await explain("specification", set().finals([]).end())).sentence).toBe(
			"in the end r1 shows [], without 7; c-0 (add 7) was acknowledged by r1 at 0.001 s.",
		);
	});

	it("a counter's read beyond all that had begun", async () => {
		const history = counter();
		history.push({ event: "invoke", process: 1, replica: "r1", id: "x", f: "read", value: null });
		history.push({ event: "ok", process: 1, replica: "r1", id: "x", f: "read", value: 16 });
		expect((await explain("specification", history.end())).sentence).toBe(
			"at 0.005 s r1 showed 16 to x; the 2 additions begun by then can make no more than 15.",
		);
	});

	it("a counter's end that no choice of the unsure makes", async () => {
		const history = counter().finals(12).end();
		expect((await explain("specification", history)).sentence).toBe(
			"in the end r1 shows 12; the acknowledged addition makes 10, and 1 of unknown outcome (5) may count or not.",
		);
	});

	it("a register's value that nobody wrote, and a key that is missing", async () => {
		const register = new HistoryBuilder("lww-register").ok("r1", "write", "a").finals("b").end();
		expect((await explain("specification", register)).sentence).toBe(
			'in the end r1 shows "b"; c-0 (write "a") was acknowledged by r1 at 0.001 s.',
		);
		const map = new HistoryBuilder("or-map").ok("r1", "set", ["k", 1]).finals({}).end();
		expect((await explain("specification", map)).sentence).toBe(
			'in the end r1 shows nothing at k; c-0 (set "k" to 1) was acknowledged by r1 at 0.001 s.',
		);
	});
});
