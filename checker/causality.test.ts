/** Causality on histories written by hand: good, bad, indeterminate, empty; with delivered sets and by values. */
import { describe, expect, it } from "vitest";
import type { Delivered, Json } from "../history/events.ts";
import { check } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";

const CAUSAL = { order: "any", duplicates: true, durable: true, causal: true } as const;
const set = (delivers?: typeof CAUSAL) => new HistoryBuilder("or-set", ["r1", "r2", "r3"], delivers);
const add = (history: HistoryBuilder, update: string, delivered: Delivered) =>
	history.ok(update.slice(0, 2), "add", update, { update, delivered });

async function causality(history: HistoryBuilder) {
	return (await check(history, { checks: ["causality"] })).properties[0];
}

describe("causal visibility", () => {
	const chain = (delivers?: typeof CAUSAL) =>
		add(add(set(delivers), "r1:1", { r1: 1 }), "r2:1", { r1: 1, r2: 1 });

	it("holds where an update comes with all that it had seen", async () => {
		const history = chain(CAUSAL).state("r3", [], { r1: 1 }).state("r3", [], { r1: 1, r2: 1 }).end();
		expect(await causality(history)).toMatchObject({
			verdict: "pass",
			evidence: { examined: { updates: 2 } },
		});
	});

	it("fails where an update comes without what it had seen", async () => {
		const history = chain(CAUSAL).state("r3", [], { r2: 1 }).state("r3", [], { r1: 1, r2: 1 }).end();
		expect(await causality(history)).toMatchObject({
			verdict: "fail",
			reason: "at 0.004 s r3 had delivered r2:1 without r1:1, which r2 had delivered when it accepted r2:1",
			evidence: { kind: "visibility", updates: ["r2:1", "r1:1"], replicas: ["r3", "r2"] },
		});
	});

	it("fails where a replica forgets what an update had seen, but keeps the update", async () => {
		const history = add(chain(CAUSAL), "r2:2", { r1: 1, r2: 2 });
		add(add(history, "r3:1", { r3: 1 }), "r3:2", { r3: 2 });
		history.state("r3", [], { r1: 1, r2: 1, r3: 1 }).state("r3", [], { r2: 1, r3: 2 }).end();
		expect(await causality(history)).toMatchObject({
			verdict: "fail",
			reason: expect.stringContaining("r3 had delivered r2:1 without r1:1"),
		});
	});

	it("accuses nobody who didn't promise it, and says so", async () => {
		const history = chain().state("r3", [], { r2: 1 }).end();
		expect(await causality(history)).toMatchObject({
			verdict: "pass",
			reason: expect.stringContaining("don't promise causal visibility"),
		});
	});

	it("judges each life of a replica by itself, and lets it begin anew", async () => {
		const history = chain(CAUSAL)
			.state("r3", [], { r1: 1, r2: 1 })
			.crash("r3", "lose")
			.state("r3", [], {})
			.state("r3", [], { r1: 1 })
			.end();
		expect(await causality(history)).toMatchObject({ verdict: "pass" });
	});

	it("asks nothing for an update whose outcome nobody knows", async () => {
		const history = add(set(CAUSAL), "r1:1", { r1: 1 }).notOk("info", "r2", "add", "y");
		expect(await causality(history.state("r3", [], { r2: 1 }).end())).toMatchObject({ verdict: "pass" });
	});
});

describe("the causal order", () => {
	it("fails where two updates have each seen the other", async () => {
		const history = set();
		history.invoke("r1", "add", "x", "a").invoke("r2", "add", "y", "b");
		const both = { r1: 1, r2: 1 };
		for (const [id, replica] of [
			["a", "r1"],
			["b", "r2"],
		] as const) {
			const update = `${replica}:1`;
			history.push({ event: "ok", process: 0, replica, id, f: "add", value: id, update, delivered: both });
		}
		expect(await causality(history.end())).toMatchObject({
			verdict: "fail",
			reason: expect.stringMatching(/^cyclic causal order: r(1:1 had seen r2:1|2:1 had seen r1:1)/),
			evidence: { kind: "cyclic" },
		});
	});

	it("fails where three have, in a ring", async () => {
		const history = set();
		const seen: Record<string, Delivered> = {
			r1: { r1: 1, r2: 1 },
			r2: { r2: 1, r3: 1 },
			r3: { r3: 1, r1: 1 },
		};
		for (const replica of ["r1", "r2", "r3"]) history.invoke(replica, "add", replica, replica);
		for (const replica of ["r1", "r2", "r3"]) {
			const common = { event: "ok", process: 0, replica, id: replica, f: "add", value: replica } as const;
			history.push({ ...common, update: `${replica}:1`, delivered: seen[replica] as Delivered });
		}
		const verdict = await causality(history.end());
		expect(verdict).toMatchObject({ verdict: "fail", evidence: { kind: "cyclic" } });
		expect([...(verdict?.evidence.updates ?? [])].sort()).toEqual(["r1:1", "r2:1", "r3:1"]);
	});
});

describe("thin air", () => {
	const base = () => add(set(), "r1:1", { r1: 1 });

	it("fails where a number is delivered that no operation explains", async () => {
		expect(await causality(base().state("r3", [], { r1: 1, r2: 1 }).end())).toMatchObject({
			verdict: "fail",
			reason: "thin air: at 0.002 s r3 had delivered r2:1, but no operation at r2 explains it",
			evidence: { kind: "thin-air", updates: ["r2:1"] },
		});
	});

	it("names the operation that had failed and is delivered all the same", async () => {
		const history = base().notOk("fail", "r2", "add", "milk", "busy").state("r3", [], { r1: 1, r2: 1 });
		expect((await causality(history.end()))?.reason).toMatch(/1 had failed there, such as c-1, add "milk"/);
	});

	it("is explained by as many operations of unknown outcome as there are numbers", async () => {
		const history = base().notOk("info", "r2", "add", "x").state("r3", [], { r1: 1, r2: 1 });
		expect(await causality(history)).toMatchObject({ verdict: "pass" });
		history.state("r3", [], { r1: 1, r2: 2 });
		expect(await causality(history.end())).toMatchObject({
			verdict: "fail",
			reason: expect.stringContaining("that makes 2 that only the 1 operation of unknown outcome"),
		});
	});

	it("fails where a number is delivered before its operation was invoked", async () => {
		const history = base().state("r3", [], { r1: 1, r2: 1 });
		expect(await causality(add(history, "r2:1", { r2: 1 }).end())).toMatchObject({
			verdict: "fail",
			reason: expect.stringContaining("before c-1, which was to get that number, was invoked"),
		});
	});

	it("leaves a number that was given twice to durability", async () => {
		const history = base().notOk("info", "r2", "add", "lost").state("r3", [], { r2: 1 }).crash("r2", "lose");
		expect(await causality(add(history, "r2:1", { r2: 1 }).end())).toMatchObject({ verdict: "pass" });
	});

	it("takes an acknowledged operation without a number for one that may have any", async () => {
		const history = base().ok("r2", "add", "x").state("r3", [], { r2: 1 });
		expect(await causality(history.end())).toMatchObject({ verdict: "pass" });
	});
});

it("says nothing of histories that can't tell, and is unknown of them when asked", async () => {
	const history = set().state("r1", [], {}).end();
	expect(await causality(history)).toMatchObject({ verdict: "unknown" });
	const blind = new HistoryBuilder("pn-counter").ok("r1", "add", 3).finals(3).end();
	expect((await check(blind)).properties.map(({ name }) => name)).not.toContain("causality");
	expect(await causality(blind)).toMatchObject({ verdict: "unknown" });
});

describe("by values, where nobody reports delivered sets", () => {
	const of = (type: string) => new HistoryBuilder(type);
	const read = (history: HistoryBuilder, replica: string, value: Json) => {
		const id = `read-${history.events.length}`;
		history.push({ event: "invoke", process: 0, replica, id, f: "read", value: null });
		return history.push({ event: "ok", process: 0, replica, id, f: "read", value });
	};
	const write = (history: HistoryBuilder, replica: string, value: Json) =>
		history.ok(replica, "write", value);

	it.each([
		["a register shows what was written", read(write(of("lww-register"), "r1", "a"), "r2", "a"), "pass"],
		["a register shows none elsewhere", read(write(of("lww-register"), "r1", "a"), "r2", null), "pass"],
		[
			"a register shows none where it was written",
			read(write(of("lww-register"), "r1", "a"), "r1", null),
			"fail",
		],
		["a value that nobody wrote", read(write(of("lww-register"), "r1", "a"), "r2", "b"), "fail"],
		["a value before it was written", write(read(of("lww-register"), "r2", "a"), "r1", "a"), "fail"],
		[
			"the session's own later write is lost to its earlier one",
			read(write(write(of("lww-register"), "r1", "a"), "r1", "b"), "r1", "a"),
			"fail",
		],
		[
			"another's concurrent write wins",
			read(write(write(of("lww-register"), "r1", "a"), "r2", "b"), "r1", "b"),
			"pass",
		],
		[
			"a causally later write loses at a third replica (a hybrid clock that is not advanced on receive)",
			read(
				read(write(read(write(of("lww-register"), "r1", "a"), "r2", "a"), "r2", "b"), "r3", "b"),
				"r3",
				"a",
			),
			"fail",
		],
		[
			"the same, after a crash in between",
			read(
				read(write(read(write(of("lww-register"), "r1", "a"), "r2", "a"), "r2", "b"), "r3", "b").crash(
					"r3",
					"lose",
				),
				"r3",
				"a",
			),
			"pass",
		],
		[
			"a map's key goes back, the other doesn't",
			read(
				of("lww-map").ok("r1", "set", ["k", 1]).ok("r1", "set", ["l", 1]).ok("r1", "set", ["k", 2]),
				"r1",
				{ k: 1, l: 1 },
			),
			"fail",
		],
		[
			"a map's key is gone that was deleted",
			read(of("lww-map").ok("r1", "set", ["k", 1]).ok("r2", "delete", "k"), "r1", {}),
			"pass",
		],
		[
			"a value that an operation of unknown outcome wrote",
			read(of("mv-register").notOk("info", "r1", "write", "a"), "r2", ["a"]),
			"pass",
		],
		["an element that nobody added", read(of("or-set").ok("r1", "add", "x"), "r2", ["y"]), "fail"],
		[
			"an element whose add had failed",
			read(of("g-set").ok("r1", "add", "x").notOk("fail", "r1", "add", "y"), "r2", ["y"]),
			"fail",
		],
	] as const)("%s", async (_what, history, verdict) => {
		expect((await causality(history.end()))?.verdict).toBe(verdict);
	});
});

describe("a hybrid clock that is not advanced on receive (kind 12)", () => {
	it("is caught by the specification: a write that had seen another loses to it", async () => {
		const history = new HistoryBuilder("lww-register", ["r1", "r2"], CAUSAL)
			.ok("r1", "write", "a", { update: "r1:1", delivered: { r1: 1 } })
			.state("r2", "a", { r1: 1 })
			.ok("r2", "write", "b", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.finals("a", { r1: 1, r2: 1 })
			.end();
		const failed = (await check(history)).properties.filter(({ verdict }) => verdict === "fail");
		expect(failed.map(({ name }) => name)).toEqual(["specification"]);
	});
});
