/**
 * Histories that other checkers pass: Maelstrom's counter passes two replicas that read 8 and 15; Jepsen's set-full an element that
 * four of five replicas never show, a phantom element, and a failed add that is read. Here each fails, whether replicas
 * say what they had delivered or not, and whether it shows in the end or only meanwhile.
 */
import { describe, expect, it } from "vitest";
import type { Json } from "../history/events.ts";
import { check } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";

const FIVE = ["r1", "r2", "r3", "r4", "r5"];

async function failing(history: HistoryBuilder): Promise<string[]> {
	const { verdict, properties } = await check(history);
	expect(verdict).toBe("fail");
	return properties.filter((property) => property.verdict === "fail").map(({ name }) => name);
}

describe("a counter of which two replicas read 8 and 15", () => {
	// 8 was added for certain, 7 perhaps: each reading by itself is possible, both together are not.
	it("fails by the final views alone", async () => {
		const history = new HistoryBuilder("pn-counter")
			.ok("r1", "add", 8)
			.notOk("info", "r2", "add", 7)
			.state("r1", 8, undefined, true)
			.state("r2", 15, undefined, true)
			.end();
		expect(await failing(history)).toContain("convergence");
	});

	it("fails by what each had delivered", async () => {
		const history = new HistoryBuilder("pn-counter")
			.ok("r1", "add", 8, { update: "r1:1", delivered: { r1: 1 } })
			.notOk("info", "r2", "add", 7)
			.state("r1", 8, { r1: 1, r2: 1 })
			.state("r2", 15, { r1: 1, r2: 1 })
			.end();
		expect(await failing(history)).toEqual(["strong-convergence", "specification"]);
	});
});

describe("an element that four of five replicas never show", () => {
	const finals = (history: HistoryBuilder, delivered?: Record<string, number>) => {
		for (const replica of FIVE) history.state(replica, replica === "r1" ? ["x"] : [], delivered, true);
		return history.end();
	};

	it("fails by the final views alone", async () => {
		const history = finals(new HistoryBuilder("g-set", FIVE).ok("r1", "add", "x"));
		expect(await failing(history)).toEqual(expect.arrayContaining(["convergence", "specification"]));
	});

	it("fails at equal delivered sets", async () => {
		const added = new HistoryBuilder("g-set", FIVE).ok("r1", "add", "x", {
			update: "r1:1",
			delivered: { r1: 1 },
		});
		expect(await failing(finals(added, { r1: 1 }))).toEqual([
			"convergence",
			"strong-convergence",
			"specification",
		]);
	});
});

describe.each([
	["a phantom element", (history: HistoryBuilder) => history],
	[
		"an add that failed and is read",
		(history: HistoryBuilder) => history.notOk("fail", "r2", "add", "ghost", "busy"),
	],
])("%s", (_what, before) => {
	const blind = () => before(new HistoryBuilder("g-set").ok("r1", "add", "x"));
	const read = (history: HistoryBuilder, value: Json) => {
		history.push({ event: "invoke", process: 9, replica: "r2", id: "read", f: "read", value: null });
		return history.push({ event: "ok", process: 9, replica: "r2", id: "read", f: "read", value });
	};

	it("fails by the final views alone", async () => {
		const names = await failing(blind().finals(["x", "ghost"]).end());
		expect(names).toEqual(["specification", "causality"]);
	});

	it("fails by a read meanwhile, though it is gone in the end", async () => {
		expect(await failing(read(blind(), ["x", "ghost"]).finals(["x"]).end())).toContain("causality");
	});

	it("fails by what had been delivered", async () => {
		const history = before(
			new HistoryBuilder("g-set").ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1 } }),
		);
		expect(await failing(history.finals(["x", "ghost"], { r1: 1 }).end())).toEqual(["specification"]);
	});

	it("fails by its number, where the views don't show it", async () => {
		const history = before(
			new HistoryBuilder("g-set").ok("r1", "add", "x", { update: "r1:1", delivered: { r1: 1 } }),
		);
		expect(await failing(history.finals(["x"], { r1: 1, r2: 1 }).end())).toEqual(["causality"]);
	});
});
