/** Session guarantees on histories written by hand: good, bad, indeterminate, empty; with delivered sets and by values. */
import { describe, expect, it } from "vitest";
import type { Delivered, Json } from "../history/events.ts";
import { check } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";

const CAUSAL = { order: "any", duplicates: true, durable: true, causal: true } as const;
const set = (delivers?: ConstructorParameters<typeof HistoryBuilder>[2]) =>
	new HistoryBuilder("or-set", ["r1", "r2"], delivers);

async function session(history: HistoryBuilder) {
	return (await check(history, { checks: ["session"] })).properties[0];
}
const add = (history: HistoryBuilder, replica: string, update: string, delivered: Delivered) =>
	history.ok(replica, "add", update, { update, delivered });

describe("read your writes", () => {
	it("holds where later answers include what the session wrote", async () => {
		const history = add(set(), "r1", "r1:1", { r1: 1 }).read("r1", ["r1:1"], { r1: 1 }).end();
		expect(await session(history)).toMatchObject({ verdict: "pass" });
	});

	it("fails where a read lacks what the session wrote", async () => {
		const history = add(set(), "r1", "r1:1", { r1: 1 }).read("r1", [], { r2: 3 }).end();
		expect(await session(history)).toMatchObject({
			verdict: "fail",
			reason: expect.stringMatching(
				/^read your writes: .* c-1 \(read\), of client 0 at r1, was answered without r1:1 which the same session had written$/,
			),
			evidence: { kind: "read-your-writes", updates: ["r1:1"], operations: ["c-0", "c-1"] },
		});
	});

	it("still fails after a crash that kept the disk, since what was acknowledged survives it", async () => {
		const history = add(set(), "r1", "r1:1", { r1: 1 }).crash("r1").read("r1", [], {}).end();
		expect(await session(history)).toMatchObject({ verdict: "fail", evidence: { kind: "read-your-writes" } });
	});

	it.each([
		["the disk was lost", set(), "lose"],
		["the replica isn't durable", set({ ...CAUSAL, durable: false }), "keep"],
	] as const)("is over where %s", async (_why, history, disk) => {
		add(history, "r1", "r1:1", { r1: 1 }).crash("r1", disk).read("r1", [], {}).end();
		expect(await session(history)).toMatchObject({ verdict: "unknown" });
	});

	it("binds nobody by an operation with an unknown outcome", async () => {
		const history = add(set(), "r1", "r1:1", { r1: 1 })
			.notOk("info", "r1", "add", "y")
			.read("r1", ["r1:1"], { r1: 1 })
			.end();
		expect(await session(history)).toMatchObject({ verdict: "pass" });
	});

	it("is another session's affair at another replica, and another client's at the same", async () => {
		const history = add(set(), "r1", "r1:1", { r1: 1 }).read("r2", [], {});
		history.push({ event: "invoke", process: 7, replica: "r1", id: "x", f: "read", value: null });
		history.push({ event: "ok", process: 7, replica: "r1", id: "x", f: "read", value: [], delivered: {} });
		expect(await session(history.end())).toMatchObject({ verdict: "unknown" });
	});

	it("is judged of what began after the write, not of what ran beside it", async () => {
		const history = set();
		history.push({ event: "invoke", process: 1, replica: "r1", id: "x", f: "read", value: null });
		add(history, "r1", "r1:1", { r1: 1 });
		history.push({ event: "ok", process: 1, replica: "r1", id: "x", f: "read", value: [], delivered: {} });
		expect((await session(history.end()))?.verdict).toBe("unknown");
	});
});

describe("monotonic reads", () => {
	it("fails where a session sees less than it had seen", async () => {
		const history = add(set(), "r2", "r2:1", { r2: 1 })
			.read("r1", ["r2:1"], { r2: 1 })
			.read("r1", [], { r1: [[4, 4]] })
			.end();
		expect(await session(history)).toMatchObject({
			verdict: "fail",
			evidence: { kind: "monotonic-reads", updates: ["r2:1"], replicas: ["r1"] },
		});
	});

	it("holds the harness to be a session at each replica", async () => {
		const history = add(set(), "r2", "r2:1", { r2: 1 })
			.state("r1", ["r2:1"], { r2: 1 })
			.state("r1", [], {})
			.end();
		expect(await session(history)).toMatchObject({
			verdict: "fail",
			reason: expect.stringContaining("r1 showed a state without r2:1"),
		});
	});

	it.each(["keep", "lose"] as const)(
		"end with a crash (disk: %s): what was only seen may be gone",
		async (disk) => {
			const history = add(set(), "r2", "r2:1", { r2: 1 })
				.state("r1", ["r2:1"], { r2: 1 })
				.crash("r1", disk)
				.state("r1", [], {})
				.state("r1", [], {})
				.end();
			expect(await session(history)).toMatchObject({ verdict: "pass" });
		},
	);

	it("leaves out what was recorded while the replica was being killed", async () => {
		const history = add(set(), "r2", "r2:1", { r2: 1 });
		history.push({ event: "fault", fault: { crash: "r1", disk: "lose" }, phase: "start" });
		history.state("r1", ["r2:1"], { r2: 1 });
		history.push({ event: "fault", fault: { crash: "r1", disk: "lose" }, phase: "end" });
		history.state("r1", [], {}).state("r1", [], {}).end();
		expect(await session(history)).toMatchObject({ verdict: "pass" });
	});
});

describe("the order of a session's writes elsewhere", () => {
	const writes = (delivers?: typeof CAUSAL) =>
		add(add(set(delivers), "r1", "r1:1", { r1: 1 }), "r1", "r1:2", { r1: 2 });

	it("fails where the second is delivered without the first, if causal visibility is promised", async () => {
		const history = writes(CAUSAL)
			.state("r2", ["r1:2"], { r1: [[2, 2]] })
			.end();
		expect(await session(history)).toMatchObject({
			verdict: "fail",
			reason: expect.stringMatching(/^monotonic writes: .* r2 had delivered r1:2 without r1:1/),
			evidence: { kind: "monotonic-writes" },
		});
	});

	it("is not judged where it isn't promised, and says so", async () => {
		const history = writes()
			.state("r2", ["r1:2"], { r1: [[2, 2]] })
			.end();
		expect(await session(history)).toMatchObject({
			verdict: "pass",
			reason: expect.stringContaining("causal visibility isn't promised"),
		});
	});

	it("fails where a write is delivered without what its session had read", async () => {
		const history = add(set(CAUSAL), "r2", "r2:1", { r2: 1 }).read("r1", ["r2:1"], { r2: 1 });
		add(history, "r1", "r1:1", { r1: 1, r2: 1 });
		history.state("r3", ["r1:1"], { r1: 1 });
		expect(await session(history.end())).toMatchObject({
			verdict: "fail",
			evidence: { kind: "writes-follow-reads", updates: ["r1:1", "r2:1"] },
		});
	});
});

describe("without anything to compare", () => {
	it("is unknown when asked for, and not told otherwise", async () => {
		const history = add(set(), "r1", "r1:1", { r1: 1 }).end();
		expect(await session(history)).toMatchObject({ verdict: "unknown" });
		const { properties } = await check(history);
		expect(properties.map(({ name }) => name)).not.toContain("session");
	});

	it("is unknown of an empty history", async () => {
		expect(await session(set().end())).toMatchObject({ verdict: "unknown" });
	});
});

describe("by values, where nobody reports delivered sets", () => {
	const read = (history: HistoryBuilder, replica: string, value: Json) => {
		const id = `read-${history.events.length}`;
		history.push({ event: "invoke", process: 0, replica, id, f: "read", value: null });
		return history.push({ event: "ok", process: 0, replica, id, f: "read", value });
	};
	const counter = () => new HistoryBuilder("g-counter").ok("r1", "add", 3).ok("r1", "add", 5);
	const gSet = () => new HistoryBuilder("g-set").ok("r1", "add", "x");

	it.each([
		["a counter shows what the session added", read(counter(), "r1", 8), "pass"],
		["a counter shows more", read(counter(), "r1", 15), "pass"],
		["a counter shows less", read(counter(), "r1", 7), "fail"],
		["a counter shows less than before", read(read(counter(), "r1", 15), "r1", 8), "fail"],
		["a counter shows less after a crash", read(counter().crash("r1"), "r1", 0), "unknown"],
		["a set shows what the session added", read(gSet(), "r1", ["x", "y"]), "pass"],
		["a set shows it not elsewhere", read(gSet(), "r2", []), "unknown"],
		["a set shows it no more", read(gSet(), "r1", ["y"]), "fail"],
		["a set shows no more what it showed", read(read(gSet(), "r1", ["x", "y"]), "r1", ["x"]), "fail"],
		["another type", read(new HistoryBuilder("or-set").ok("r1", "add", "x"), "r1", []), "unknown"],
	] as const)("%s", async (_what, history, verdict) => {
		expect((await session(history.end()))?.verdict).toBe(verdict);
	});
});
