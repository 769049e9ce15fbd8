/** What applications and users declare: invariants, always or once settled, and a specification of their own. */
import { describe, expect, it } from "vitest";
import type { Json } from "../history/events.ts";
import { type Application, check, type DeclaredSpecification } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";

const account = () => new HistoryBuilder("account");
const transfer = (history: HistoryBuilder, replica: string, number: number, value: Json, seen: number[]) => {
	const delivered = { r1: seen[0] ?? 0, r2: seen[1] ?? 0 };
	return history.ok(replica, "add", value, { update: `${replica}:${number}`, delivered });
};
const sum: DeclaredSpecification = (updates) =>
	updates.reduce((total, { value }) => total + (value as number), 0);

async function judged(history: HistoryBuilder, application: Application, name: string) {
	const { properties } = await check(history, { application });
	return properties.find((property) => property.name === name);
}

describe("a declared invariant", () => {
	const positive = {
		positive: {
			statement: "nobody is below zero",
			when: "always" as const,
			holds: (view: Json) => (view as number) >= 0,
		},
	};
	const settled = {
		whole: {
			statement: "in the end all is there",
			when: "settled" as const,
			holds: (view: Json) => view === 3,
		},
	};
	const history = () => transfer(account(), "r1", 1, 3, [1]).state("r1", 1, { r1: 1 });

	it("is judged of every run, and says in its words what doesn't hold", async () => {
		expect(
			await judged(history().state("r2", -1, {}).end(), { invariants: positive }, "invariant:positive"),
		).toMatchObject({
			verdict: "fail",
			reason: "positive (nobody is below zero) doesn't hold at r2, at 0.003 s",
			evidence: { views: { r2: -1 } },
		});
	});

	it("holds once settled, whatever was seen before", async () => {
		const good = history().finals(3, { r1: 1 }).end();
		expect(await judged(good, { invariants: settled }, "invariant:whole")).toMatchObject({
			verdict: "pass",
			reason: "whole holds in each of 2 final views",
		});
		const bad = history().finals(4, { r1: 1 }).end();
		expect((await judged(bad, { invariants: settled }, "invariant:whole"))?.verdict).toBe("fail");
	});

	it.each(["stalled", "still-moving", "interrupted"] as const)(
		"that is to hold once settled is unknown of a run that ended %s",
		async (reason) => {
			const history_ = history().finals(4, { r1: 1 }).end(reason);
			expect((await judged(history_, { invariants: settled }, "invariant:whole"))?.verdict).toBe("unknown");
		},
	);

	it("that can't be told of one view still fails by another", async () => {
		const holds = (view: Json) => {
			if (view === null) throw new Error("no view");
			return view === 3;
		};
		const application = { invariants: { whole: { holds } } };
		const unsure = history().state("r2", null, {});
		expect(await judged(unsure.end(), application, "invariant:whole")).toMatchObject({ verdict: "fail" });
		const only = account().state("r2", null, {}).end();
		expect(await judged(only, application, "invariant:whole")).toMatchObject({
			verdict: "unknown",
			reason: expect.stringContaining("whole can't be told of the view of r2 at 0.000 s: no view."),
			evidence: { views: { r2: null } },
		});
	});

	it("gives way to one of the same name that is passed in", async () => {
		const { properties } = await check(history().end(), {
			application: { invariants: positive },
			invariants: { positive: () => false },
		});
		expect(properties.filter(({ name }) => name === "invariant:positive")).toMatchObject([
			{ verdict: "fail" },
		]);
	});
});

describe("a declared specification", () => {
	const two = () => transfer(transfer(account(), "r1", 1, 3, [1]), "r2", 1, 4, [1, 1]);

	it("takes the place of the built-in one, and no warning says that none is known", async () => {
		const history = two().state("r1", 3, { r1: 1 }).finals(7, { r1: 1, r2: 1 }).end();
		const { properties, warnings } = await check(history, { application: { specification: sum } });
		expect(properties.find(({ name }) => name === "specification")).toMatchObject({
			verdict: "pass",
			reason: "each of 2 views is what the application's own specification demands",
		});
		expect(warnings).toEqual([]);
	});

	it("fails where all replicas agree on a wrong view", async () => {
		const history = two().finals(6, { r1: 1, r2: 1 }).end();
		const { properties } = await check(history, { application: { specification: sum } });
		expect(properties.filter(({ verdict }) => verdict === "fail")).toMatchObject([
			{ name: "specification", evidence: { expected: 7, found: 6, kind: "wrong" } },
		]);
	});

	it("gets updates after all that they had seen, with what they had seen, their values and replies", async () => {
		const orders: unknown[] = [];
		const history = two()
			.ok("r1", "add", 5, { update: "r1:2", delivered: { r1: 2, r2: 1 }, result: "done" })
			.state("r1", 12, { r1: 2, r2: 1 })
			.end();
		const specification: DeclaredSpecification = (updates, { replicas }) => {
			orders.push(
				updates.map(({ replica, number }) => `${replica}:${number}`),
				replicas,
				updates.at(-1),
			);
			return sum(updates, { replicas, options: {} });
		};
		expect((await judged(history, { specification }, "specification"))?.verdict).toBe("pass");
		expect(orders).toEqual([
			["r1:1", "r2:1", "r1:2"],
			["r1", "r2"],
			{
				replica: "r1",
				number: 2,
				f: "add",
				value: 5,
				seen: { r1: [[1, 2]], r2: [[1, 1]] },
				result: "done",
			},
		]);
	});

	it("judges an operation of unknown outcome whose number shows that it happened", async () => {
		const history = () => two().notOk("info", "r2", "add", 10).state("r1", 17, { r1: 1, r2: 2 });
		expect((await judged(history().end(), { specification: sum }, "specification"))?.verdict).toBe("pass");
		const wrong = history().state("r1", 7, { r1: 1, r2: 2 }).end();
		expect((await judged(wrong, { specification: sum }, "specification"))?.verdict).toBe("fail");
	});

	it("judges nothing where it matters what an operation of unknown outcome had seen", async () => {
		const history = two().notOk("info", "r2", "add", 10).state("r1", 99, { r1: 1, r2: 2 }).end();
		const sights: DeclaredSpecification = (updates) => JSON.stringify(updates.map(({ seen }) => seen));
		expect(await judged(history, { specification: sights }, "specification")).toMatchObject({
			verdict: "unknown",
			evidence: { examined: { ambiguous: 1 } },
		});
	});

	it("judges nothing where a number may belong to several operations, and what it doesn't tell", async () => {
		const several = two()
			.notOk("info", "r2", "add", 10)
			.notOk("info", "r2", "add", 20)
			.state("r1", 99, { r1: 1, r2: 2 })
			.end();
		expect((await judged(several, { specification: sum }, "specification"))?.verdict).toBe("unknown");
		const silent = two().finals(0, { r1: 1, r2: 1 }).end();
		expect(await judged(silent, { specification: () => undefined }, "specification")).toMatchObject({
			verdict: "unknown",
			evidence: { examined: { notTold: 1 } },
		});
	});

	it("is unknown without delivered sets, and where it throws", async () => {
		const blind = account().ok("r1", "add", 3).finals(3).end();
		expect((await judged(blind, { specification: sum }, "specification"))?.verdict).toBe("unknown");
		const broken = () => {
			throw new Error("oops");
		};
		const history = two().finals(7, { r1: 1, r2: 1 }).end();
		expect((await judged(history, { specification: broken }, "specification"))?.verdict).toBe("unknown");
	});
});
