/** Histories written by hand: good, bad, indeterminate and empty ones for each property. */
import { describe, expect, it } from "vitest";
import type { EndReason, Json } from "../history/events.ts";
import { type CheckOptions, check } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";
import type { PropertyVerdict } from "./verdict.ts";

async function judge(
	name: string,
	history: HistoryBuilder,
	options: CheckOptions = {},
): Promise<PropertyVerdict> {
	const { properties } = await check(history, { checks: [name], ...options });
	return properties.find((property) => property.name === name) as PropertyVerdict;
}

const set = (replicas?: string[]) => new HistoryBuilder("or-set", replicas);
const MILK = { update: "r1:1", delivered: { r1: 1 } };

describe("convergence", () => {
	const withMilk = () => set().ok("r1", "add", "milk", MILK);

	it("passes when all final views are equal, whatever the order of a set's elements", async () => {
		const history = withMilk().state("r1", ["a", "b"], {}, true).state("r2", ["b", "a"], {}, true).end();
		expect(await judge("convergence", history)).toMatchObject({ verdict: "pass" });
	});

	it.each(["settled", "stalled"] as const)("fails when they differ and the run %s", async (reason) => {
		const history = withMilk().state("r1", ["milk"], {}, true).state("r2", [], {}, true).end(reason);
		const { verdict, reason: words, evidence } = await judge("convergence", history);
		expect(verdict).toBe("fail");
		expect(words).toContain('only r1 has "milk"');
		expect(evidence).toMatchObject({
			replicas: ["r1", "r2"],
			events: [2, 3],
			views: { r1: ["milk"], r2: [] },
		});
	});

	it.each(["still-moving", "unreadable", "interrupted", "harness-error"] as EndReason[])(
		"is unknown when the run ended %s, equal views or not",
		async (reason) => {
			expect(await judge("convergence", withMilk().finals(["milk"]).end(reason))).toMatchObject({
				verdict: "unknown",
			});
		},
	);

	it("is unknown without an end, without a replica's final state, and without an update", async () => {
		expect((await judge("convergence", withMilk().finals([]))).reason).toContain("no end");
		expect((await judge("convergence", withMilk().state("r1", [], {}, true).end())).reason).toContain(
			"of r2",
		);
		expect((await judge("convergence", set().finals([]).end())).reason).toContain(
			"no update was acknowledged",
		);
	});

	it("keeps the order of a list's elements", async () => {
		const history = new HistoryBuilder("list").ok("r1", "insert", 1).state("r1", [1, 2], {}, true);
		const verdict = await judge("convergence", history.state("r2", [2, 1], {}, true).end());
		expect(verdict).toMatchObject({ verdict: "fail", evidence: { path: "[0]" } });
	});
});

describe("strong-convergence", () => {
	it("fails at the first moment at which two replicas with the same updates differ, even if they heal", async () => {
		const history = new HistoryBuilder("lww-map")
			.ok("r1", "set", ["milk", 1], MILK)
			.state("r1", { milk: 1 }, { r1: 1 })
			.state("r2", { milk: 2 }, { r1: [[1, 1]], r2: 0 })
			.finals({ milk: 1 }, { r1: 1 })
			.end();
		const { verdict, reason, evidence } = await judge("strong-convergence", history);
		expect(verdict).toBe("fail");
		expect(reason).toBe(
			"r1 (at 0.002 s) and r2 (at 0.003 s) had delivered the same 1 update and differ: at milk r1 shows 1 and r2 shows 2",
		);
		expect(evidence).toMatchObject({
			path: "milk",
			updates: ["r1:1"],
			events: [0, 1, 2, 3],
			time: 3_000_000,
		});
	});

	it("fails for one replica whose view changes while nothing is delivered", async () => {
		const history = set()
			.ok("r1", "add", "milk", MILK)
			.state("r1", ["milk"], { r1: 1 })
			.state("r1", [], { r1: 1 });
		expect(await judge("strong-convergence", history)).toMatchObject({
			verdict: "fail",
			evidence: { replicas: ["r1"] },
		});
	});

	it("passes when different views come from different updates", async () => {
		const history = set().ok("r1", "add", "milk", MILK).state("r2", [], {}).finals(["milk"], { r1: 1 }).end();
		expect(await judge("strong-convergence", history)).toMatchObject({ verdict: "pass" });
	});

	it("judges reads too", async () => {
		const history = set()
			.ok("r1", "add", "milk", MILK)
			.read("r1", ["milk"], { r1: 1 })
			.read("r2", [], { r1: 1 });
		expect(await judge("strong-convergence", history)).toMatchObject({ verdict: "fail" });
	});

	it("is unknown without delivered sets, and when nothing was ever compared", async () => {
		const silent = set().ok("r1", "add", "milk").finals(["milk"]).end();
		expect((await judge("strong-convergence", silent)).reason).toContain("only final states are judged");
		const apart = set()
			.ok("r1", "add", "milk", MILK)
			.state("r1", ["milk"], { r1: 1 })
			.state("r2", [], {})
			.end();
		expect(await judge("strong-convergence", apart)).toMatchObject({ verdict: "unknown" });
		expect(await judge("strong-convergence", set().finals([], {}).end())).toMatchObject({
			verdict: "unknown",
		});
	});
});

describe("eventual-delivery", () => {
	const withMilk = () => set().ok("r1", "add", "milk", MILK);

	it("names who never delivered what, when nothing moves any more", async () => {
		const history = withMilk()
			.state("r1", ["milk"], { r1: 1 }, true)
			.state("r2", [], {}, true)
			.end("stalled");
		const { verdict, reason, evidence } = await judge("eventual-delivery", history);
		expect(verdict).toBe("fail");
		expect(reason).toBe("r2 never delivered 1 update (r1:1), and nothing moved any more; r1 had");
		expect(evidence).toMatchObject({ replicas: ["r2"], updates: ["r1:1"] });
	});

	it("fails for an update that nobody has, though its replica never crashed", async () => {
		expect(await judge("eventual-delivery", withMilk().finals([], {}).end())).toMatchObject({
			verdict: "fail",
			evidence: { updates: ["r1:1"] },
		});
	});

	it("passes when all have everything, in whatever notation", async () => {
		const history = withMilk()
			.state("r1", [], { r1: 1 }, true)
			.state("r2", [], { r1: [[1, 1]], r2: 0 }, true)
			.end();
		expect(await judge("eventual-delivery", history)).toMatchObject({ verdict: "pass" });
	});

	it("leaves to durability what a crash made everybody forget", async () => {
		expect(await judge("eventual-delivery", withMilk().crash("r1").finals([], {}).end())).toMatchObject({
			verdict: "pass",
		});
	});

	it("is unknown when still moving, and without updates", async () => {
		for (const history of [withMilk().finals([], {}).end("still-moving"), set().finals([], {}).end()]) {
			expect(await judge("eventual-delivery", history)).toMatchObject({ verdict: "unknown" });
		}
	});

	it("judges sets by their elements without delivered sets, and no other type", async () => {
		const lost = await judge("eventual-delivery", withMilk().finals([]).end());
		expect(lost).toMatchObject({ verdict: "fail", evidence: { lost: ["milk"] } });
		expect(await judge("eventual-delivery", withMilk().finals(["milk"]).end())).toMatchObject({
			verdict: "pass",
		});
		const register = new HistoryBuilder("lww-register").ok("r1", "write", 1).finals(1).end();
		expect(await judge("eventual-delivery", register)).toMatchObject({ verdict: "unknown" });
	});
});

describe("termination", () => {
	it("passes when all completed, and counts the unknown outcomes", async () => {
		const history = set().ok("r1", "add", "milk").notOk("info", "r2", "add", "tea").end();
		expect(await judge("termination", history)).toMatchObject({
			verdict: "pass",
			evidence: { examined: { operations: 2, info: 1, timeouts: 1 } },
		});
	});

	it("names what never completed", async () => {
		const history = set().ok("r1", "add", "milk").invoke("r2", "add", "tea", "c-9").end();
		expect(await judge("termination", history)).toMatchObject({
			verdict: "fail",
			evidence: { replicas: ["r2"], operations: ["c-9"], events: [2] },
		});
	});

	it("is unknown when the run was cut off or nothing was invoked", async () => {
		expect(await judge("termination", set().invoke("r2", "add", "tea"))).toMatchObject({
			verdict: "unknown",
		});
		expect(await judge("termination", set().invoke("r2", "add", "tea").end("interrupted"))).toMatchObject({
			verdict: "unknown",
		});
		expect(await judge("termination", set().end())).toMatchObject({ verdict: "unknown" });
	});
});

describe("durability", () => {
	const withMilk = () => set().ok("r1", "add", "milk", MILK);

	it("catches a number that is given again after a crash, although all replicas agree", async () => {
		const history = withMilk()
			.crash("r1")
			.ok("r1", "add", "tea", { update: "r1:1", delivered: { r1: 1 } })
			.finals(["tea"], { r1: 1 })
			.end();
		const { verdict, reason, evidence } = await judge("durability", history);
		expect(verdict).toBe("fail");
		expect(reason).toContain(
			"r1 acknowledged c-0 as update r1:1 at 0.001 s and, after its crash at 0.002 s, c-1 as r1:1 again",
		);
		expect(evidence).toMatchObject({
			updates: ["r1:1"],
			operations: ["c-0", "c-1"],
			events: [0, 1, 2, 4, 5],
		});
	});

	it("catches an update that nobody has any more", async () => {
		expect(await judge("durability", withMilk().crash("r1").finals([], {}).end())).toMatchObject({
			verdict: "fail",
		});
	});

	it("catches a replica that forgot its own, though others remember", async () => {
		const history = withMilk()
			.crash("r1")
			.state("r1", [], {}, true)
			.state("r2", ["milk"], { r1: 1 }, true)
			.end("stalled");
		expect(await judge("durability", history)).toMatchObject({ verdict: "fail" });
	});

	it("waives what only a lost disk held, but not what another replica had delivered", async () => {
		expect(await judge("durability", withMilk().crash("r1", "lose").finals([], {}).end())).toMatchObject({
			verdict: "pass",
			evidence: { examined: { waived: 1 } },
		});
		const known = withMilk().state("r2", ["milk"], { r1: 1 }).crash("r1", "lose").finals([], {}).end();
		expect(await judge("durability", known)).toMatchObject({ verdict: "fail" });
	});

	it("waives what a replica forgot that never claimed to be durable", async () => {
		const volatile = new HistoryBuilder("or-set", ["r1", "r2"], {
			order: "any",
			duplicates: true,
			durable: false,
		});
		const history = volatile.ok("r1", "add", "milk", MILK).crash("r1").finals([], {}).end();
		expect(await judge("durability", history)).toMatchObject({ verdict: "pass" });
	});

	it("passes when everything is there after a crash; is unknown without an end or an update", async () => {
		expect(await judge("durability", withMilk().crash("r1").finals(["milk"], { r1: 1 }).end())).toMatchObject(
			{ verdict: "pass" },
		);
		expect(await judge("durability", withMilk().finals(["milk"], { r1: 1 }))).toMatchObject({
			verdict: "unknown",
		});
		expect(await judge("durability", set().finals([], {}).end())).toMatchObject({ verdict: "unknown" });
	});
});

describe("specification", () => {
	const REPLIES: Record<string, HistoryBuilder> = {
		"g-counter": new HistoryBuilder("g-counter").ok("r1", "add", 5, MILK),
		"pn-counter": new HistoryBuilder("pn-counter").ok("r1", "add", -5, MILK),
		"g-set": new HistoryBuilder("g-set").ok("r1", "add", "x", MILK),
		"two-phase-set": new HistoryBuilder("two-phase-set")
			.ok("r1", "add", "x", MILK)
			.ok("r1", "remove", "x", { update: "r1:2", delivered: { r1: 2 } })
			.ok("r1", "add", "x", { update: "r1:3", delivered: { r1: 3 } }),
		// r2's add is concurrent with r1's remove, and wins.
		"or-set": new HistoryBuilder("or-set")
			.ok("r1", "add", "x", MILK)
			.ok("r1", "remove", "x", { update: "r1:2", delivered: { r1: 2 } })
			.ok("r2", "add", "x", { update: "r2:1", delivered: { r1: 1, r2: 1 } }),
		"lww-register": new HistoryBuilder("lww-register")
			.ok("r1", "write", "a", MILK)
			.ok("r1", "write", "b", { update: "r1:2", delivered: { r1: 2 } }),
		"mv-register": new HistoryBuilder("mv-register")
			.ok("r1", "write", "a", MILK)
			.ok("r2", "write", "b", { update: "r2:1", delivered: { r2: 1 } }),
		"lww-map": new HistoryBuilder("lww-map")
			.ok("r1", "set", ["k", 1], MILK)
			.ok("r1", "delete", "k", { update: "r1:2", delivered: { r1: 2 } })
			.ok("r1", "set", ["l", 2], { update: "r1:3", delivered: { r1: 3 } }),
		text: new HistoryBuilder("text")
			.ok("r1", "insert", { index: 0, text: "abc" }, MILK)
			.ok("r1", "delete", { index: 1, count: 1 }, { update: "r1:2", delivered: { r1: 2 }, result: "b" }),
	};
	const DELIVERED: Record<string, Record<string, number>> = {
		"two-phase-set": { r1: 3 },
		"or-set": { r1: 2, r2: 1 },
		"lww-register": { r1: 2 },
		"mv-register": { r1: 1, r2: 1 },
		"lww-map": { r1: 3 },
		text: { r1: 2 },
	};
	async function view(type: string, json: Json): Promise<PropertyVerdict> {
		const { header, events } = REPLIES[type] as HistoryBuilder;
		const history = new HistoryBuilder(type);
		history.events.push(...events);
		expect(header.type).toBe(type);
		return judge("specification", history.finals(json, DELIVERED[type] ?? { r1: 1 }).end());
	}

	it.each<[string, Json]>([
		["g-counter", 5],
		["pn-counter", -5],
		["g-set", ["x"]],
		["two-phase-set", []],
		["or-set", ["x"]],
		["lww-register", "b"],
		["mv-register", ["b", "a"]],
		["lww-map", { l: 2 }],
		["text", "ac"],
	])("of %s accepts %j", async (type, json) => {
		expect(await view(type, json)).toMatchObject({ verdict: "pass" });
	});

	it.each<[string, Json, string, string]>([
		["g-counter", 10, "wrong", "shows 10, but the 1 delta of it add up to 5"],
		["pn-counter", 0, "wrong", "add up to -5"],
		["pn-counter", "5", "malformed", "no integer"],
		["g-set", [], "lost", 'doesn\'t show "x", which r1:1 added'],
		["g-set", ["x", "x"], "duplicated", "more than once"],
		["g-set", ["x", "y"], "phantom", 'shows "y", which none of them added'],
		["two-phase-set", ["x"], "resurrected", "had been seen by a remove (r1:2)"],
		["or-set", [], "lost", "r2:1 added and no remove had seen"],
		["lww-register", "a", "resurrected", "r1:1 left it, which had been overwritten"],
		["lww-register", "z", "phantom", "none of them wrote"],
		["lww-register", null, "lost", 'only the "b" of r1:2'],
		["mv-register", ["a"], "lost", 'doesn\'t show "b"'],
		["mv-register", ["a", "b", "b"], "duplicated", "more often"],
		["lww-map", { k: 1, l: 2 }, "resurrected", "shows k = 1"],
		["lww-map", {}, "lost", "doesn't show l"],
		["lww-map", { l: 2, m: 3 }, "phantom", "m = 3"],
		["text", "abc", "resurrected", 'shows "b" 1 times'],
		["text", "a", "lost", 'shows "c" 0 times'],
		["text", "aac", "duplicated", 'shows "a" 2 times'],
		["text", "acz", "phantom", "nobody inserted"],
		["text", "ca", "wrong", 'which makes "ac" of what stood there before'],
	])("of %s refuses %j: %s", async (type, json, kind, words) => {
		const verdict = await view(type, json);
		expect(verdict).toMatchObject({ verdict: "fail", evidence: { kind, replicas: ["r1"] } });
		expect(verdict.reason).toContain(words);
	});

	it("refuses a string whose characters changed places", async () => {
		const history = new HistoryBuilder("text").ok("r1", "insert", { index: 0, text: "abc" }, MILK);
		expect(await judge("specification", history.finals("acb", { r1: 1 }).end())).toMatchObject({
			verdict: "fail",
		});
	});

	it("accepts whatever an operation with an unknown outcome explains, and nothing else", async () => {
		const run = (delivered: Record<string, number>, json: Json) =>
			judge(
				"specification",
				set()
					.ok("r1", "add", "milk", MILK)
					.notOk("info", "r2", "remove", "milk")
					.finals(json, delivered)
					.end(),
			);
		expect(await run({ r1: 1, r2: 1 }, [])).toMatchObject({ verdict: "pass" });
		expect(await run({ r1: 1, r2: 1 }, ["milk"])).toMatchObject({ verdict: "pass" });
		// r2's number was not delivered: it can't have had an effect.
		expect(await run({ r1: 1 }, [])).toMatchObject({ verdict: "fail" });
		expect(await run({ r1: 1, r2: 1 }, ["milk", "tea"])).toMatchObject({ verdict: "fail" });
	});

	it("counts each of several unknown outcomes at most once", async () => {
		const run = (value: number) =>
			judge(
				"specification",
				new HistoryBuilder("pn-counter")
					.ok("r1", "add", 100, MILK)
					.notOk("info", "r2", "add", 1)
					.notOk("info", "r2", "add", 10)
					.finals(value, { r1: 1, r2: 1 })
					.end(),
			);
		expect(await run(101)).toMatchObject({ verdict: "pass" });
		expect(await run(110)).toMatchObject({ verdict: "pass" });
		expect(await run(111)).toMatchObject({ verdict: "fail" });
		expect(await run(100)).toMatchObject({ verdict: "fail" });
	});

	it("lets a remove undo what another replica added, in whichever order the two are looked at", async () => {
		const history = set()
			.ok("r2", "add", "x", { update: "r2:1", delivered: { r2: 1 } })
			.ok("r1", "remove", "x", { update: "r1:1", delivered: { r1: 1, r2: 1 } });
		expect(await judge("specification", history.finals([], { r1: 1, r2: 1 }).end())).toMatchObject({
			verdict: "pass",
		});
	});

	it("judges a replica that forgot by what it still had delivered", async () => {
		const history = set()
			.ok("r1", "add", "x", MILK)
			.ok("r2", "add", "y", { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", ["x"], { r1: 1 })
			.crash("r1")
			.state("r1", ["y"], { r2: 1 });
		expect(await judge("specification", history)).toMatchObject({ verdict: "pass" });
	});

	it("tries an operation with an unknown outcome behind each number that it may have", async () => {
		const history = set()
			.notOk("info", "r1", "add", "x")
			.notOk("info", "r1", "add", "x")
			.state("r2", ["x"], { r1: 1 })
			.ok("r2", "remove", "x", { update: "r2:1", delivered: { r1: 1, r2: 1 } });
		// Whichever add is the second, the remove had not seen it.
		expect(await judge("specification", history.finals(["x"], { r1: 2, r2: 1 }).end())).toMatchObject({
			verdict: "pass",
		});
		const overwritten = new HistoryBuilder("lww-register")
			.notOk("info", "r1", "write", "a")
			.notOk("info", "r1", "write", "a")
			.state("r2", "a", { r1: 1 })
			.ok("r2", "write", "b", { update: "r2:1", delivered: { r1: 1, r2: 1 } });
		expect(await judge("specification", overwritten.finals("a", { r1: 2, r2: 1 }).end())).toMatchObject({
			verdict: "pass",
		});
	});

	it("lets an operation with an unknown outcome explain one number only", async () => {
		const history = new HistoryBuilder("pn-counter")
			.ok("r1", "add", 100, MILK)
			.notOk("info", "r2", "add", 1)
			.state("r2", 101, { r1: 1, r2: 1 })
			.notOk("info", "r2", "add", 10)
			.finals(102, { r1: 1, r2: 2 })
			.end();
		expect(await judge("specification", history)).toMatchObject({
			verdict: "fail",
			evidence: { found: 102, expected: 111 },
		});
	});

	it("names the failed operation whose effect is shown", async () => {
		const history = set().ok("r1", "add", "milk", MILK).notOk("fail", "r1", "add", "tea", "refused");
		const { reason } = await judge("specification", history.finals(["milk", "tea"], { r1: 1 }).end());
		expect(reason).toContain('(c-1, add "tea", failed with refused)');
	});

	it("finds that no one order explains which of two concurrent writes was shown", async () => {
		const history = new HistoryBuilder("lww-register", ["r1", "r2", "r3"])
			.ok("r1", "write", "a", MILK)
			.ok("r2", "write", "b", { update: "r2:1", delivered: { r2: 1 } })
			.ok("r3", "write", "c", { update: "r3:1", delivered: { r3: 1 } })
			.state("r1", "a", { r1: 1, r2: 1 })
			.state("r2", "b", { r2: 1, r3: 1 })
			.state("r3", "c", { r1: 1, r3: 1 });
		const { verdict, reason } = await judge("specification", history);
		expect(verdict).toBe("fail");
		expect(reason).toContain("no single order of the writes explains");
	});

	it("without delivered sets judges the final views within bounds", async () => {
		const run = (value: number) =>
			judge(
				"specification",
				new HistoryBuilder("pn-counter").ok("r1", "add", 5).notOk("info", "r2", "add", 1).finals(value).end(),
			);
		expect(await run(5)).toMatchObject({ verdict: "pass" });
		expect(await run(6)).toMatchObject({ verdict: "pass" });
		expect(await run(7)).toMatchObject({ verdict: "fail" });
		expect(await run(1)).toMatchObject({ verdict: "fail" });
		const removed = set().ok("r1", "add", "x").ok("r2", "remove", "x").ok("r1", "add", "y");
		expect(await judge("specification", removed.finals(["y"]).end())).toMatchObject({ verdict: "pass" });
		const lost = set().ok("r2", "remove", "x").ok("r1", "add", "x");
		expect(await judge("specification", lost.finals([]).end())).toMatchObject({ verdict: "fail" });
	});

	it("does not judge an or-set where an update came before what it had seen", async () => {
		const history = set(["r1", "r2", "r3"])
			.ok("r1", "add", "x", MILK)
			.ok("r2", "remove", "x", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.ok("r3", "remove", "x", { update: "r3:1", delivered: { r1: 1, r2: 1, r3: 1 } })
			.state("r1", ["x"], { r1: 1, r3: 1 })
			.finals([], { r1: 1, r2: 1, r3: 1 })
			.end();
		expect(await judge("specification", history)).toMatchObject({
			verdict: "pass",
			evidence: { examined: { notCausal: 1 } },
		});
	});

	it("is unknown for an unknown type, an unknown operation, and a run without updates", async () => {
		const alien = new HistoryBuilder("sheet").ok("r1", "add", 1, MILK).finals(1, { r1: 1 }).end();
		expect(await judge("specification", alien)).toMatchObject({ verdict: "unknown" });
		expect((await check(alien)).properties.map(({ name }) => name)).not.toContain("specification");
		const odd = set().ok("r1", "clear", null, MILK).finals([], { r1: 1 }).end();
		expect((await judge("specification", odd)).reason).toContain('knows no operation "clear"');
		expect(await judge("specification", set().finals([], {}).end())).toMatchObject({ verdict: "unknown" });
	});
});

describe("the whole", () => {
	const good = () => set().ok("r1", "add", "milk", MILK).finals(["milk"], { r1: 1 }).end();

	it("passes a good run on all properties", async () => {
		const { verdict, properties, stats } = await check(good());
		expect(verdict).toBe("pass");
		expect(properties.map(({ verdict: each }) => each)).toEqual(Array(7).fill("pass"));
		expect(stats).toMatchObject({
			replicas: 2,
			operations: 1,
			ok: 1,
			fail: 0,
			info: 0,
			faults: 0,
			availability: 1,
		});
	});

	it("is unknown for an empty history, and says that it was cut off", async () => {
		const { verdict, properties, warnings } = await check(set());
		expect(verdict).toBe("unknown");
		expect(properties.every((property) => property.verdict === "unknown")).toBe(true);
		expect(warnings).toContain("the history has no end: the run was cut off");
	});

	it("checks thresholds against the statistics", async () => {
		const verdicts = async (thresholds: CheckOptions["thresholds"]) =>
			(await check(good(), { checks: [], thresholds, extraStats: { overtaken: 3, lag: null } })).properties;
		expect(await verdicts({ availability: { min: 0.9 }, overtaken: { max: 2 } })).toMatchObject([
			{ name: "threshold:availability", verdict: "pass" },
			{ name: "threshold:overtaken", verdict: "fail", reason: "overtaken is 3, more than 2" },
		]);
		expect(await verdicts({ lag: { min: 1 }, avail: { min: 1 } })).toMatchObject([
			{ verdict: "unknown" },
			{ verdict: "unknown" },
		]);
	});

	it("checks invariants on every view, and an invariant that throws decides nothing", async () => {
		const { properties } = await check(good(), {
			checks: [],
			invariants: {
				small: (view) => (view as Json[]).length < 5,
				empty: (view) => (view as Json[]).length === 0 || "not empty",
				broken: () => {
					throw new Error("oops");
				},
			},
		});
		expect(properties).toMatchObject([
			{ name: "invariant:small", verdict: "pass" },
			{ name: "invariant:empty", verdict: "fail", reason: "empty doesn't hold at r1, at 0.002 s: not empty" },
			{ name: "invariant:broken", verdict: "unknown" },
		]);
	});

	it("measures the time from healing to views that stay equal", async () => {
		const history = set()
			.ok("r1", "add", "milk", MILK)
			.push({ event: "phase", phase: "heal" })
			.state("r1", ["milk"], { r1: 1 })
			.state("r2", [], {})
			.finals(["milk"], { r1: 1 })
			.end();
		expect((await check(history)).stats.convergedAfterMs).toBe(4);
	});

	it.each([
		[
			"completed but never invoked",
			[{ event: "ok", id: "x" }],
			/history\.jsonl:2: operation x is completed but was never invoked/,
		],
		[
			"completed twice",
			[
				{ event: "invoke", id: "x" },
				{ event: "ok", id: "x" },
				{ event: "ok", id: "x" },
			],
			/:4: operation x is completed twice/,
		],
		[
			"invoked twice",
			[
				{ event: "invoke", id: "x" },
				{ event: "invoke", id: "x" },
			],
			/:3: operation x is invoked twice/,
		],
	])("refuses a history in which an operation is %s", async (_what, events, message) => {
		const history = set();
		for (const event of events)
			history.push({ process: 0, replica: "r1", f: "add", value: 1, ...event } as never);
		await expect(check(history)).rejects.toThrow(message);
	});
});

describe("a history without delivered sets", () => {
	const blackBox = (final: string[]) =>
		new HistoryBuilder("g-set").ok("r1", "add", "x").ok("r2", "add", "y").finals(final).end();

	it("is judged by its final states alone, and a warning says so", async () => {
		const { verdict, properties, warnings } = await check(blackBox(["x", "y"]));
		expect(verdict).toBe("pass");
		expect(properties.map(({ name }) => name)).toEqual([
			"convergence",
			"eventual-delivery",
			"termination",
			"specification",
			"causality",
		]);
		expect(warnings).toEqual([
			"no replica says what it had delivered: only final states and what reads show are judged",
		]);
	});

	it("fails when an acknowledged element is in none of them", async () => {
		expect((await check(blackBox(["x"]))).verdict).toBe("fail");
	});

	it("leaves unknown what is asked for by name and can't be judged", async () => {
		const { verdict } = await check(blackBox(["x", "y"]), { checks: ["strong-convergence"] });
		expect(verdict).toBe("unknown");
	});
});
