/** The order of lists and texts, on histories written by hand. */
import { describe, expect, it } from "vitest";
import type { Json } from "../../history/events.ts";
import { check } from "../index.ts";
import { HistoryBuilder } from "../testing/history-builder.ts";
import type { PropertyVerdict } from "../verdict.ts";

/** A list of single letters, or a text of them, each inserted by r1. */
function letters(type: "list" | "text", inserted: string): HistoryBuilder {
	const history = new HistoryBuilder(type, ["r1", "r2", "r3"]);
	for (const letter of inserted) {
		history.ok("r1", "insert", type === "list" ? { index: 0, value: letter } : { index: 0, text: letter });
	}
	return history;
}

async function judge(history: HistoryBuilder, name = "list-order"): Promise<PropertyVerdict> {
	const { properties } = await check(history, { checks: [name] });
	return properties[0] as PropertyVerdict;
}

describe.each(["list", "text"] as const)("list-order of a %s", (type) => {
	const view = (shown: string): Json => (type === "list" ? shown.split("") : shown);

	it("passes when one order explains all views, with elements gone and others new", async () => {
		const history = letters(type, "abcd")
			.state("r1", view("ab"))
			.state("r2", view("bd"))
			.state("r3", view("acd"));
		expect(await judge(history)).toMatchObject({
			verdict: "pass",
			reason: "one order of 4 elements explains 3 views",
			evidence: { examined: { views: 3, neighbours: 4 } },
		});
	});

	it("fails when three views go round in a circle, and says who showed what", async () => {
		const history = letters(type, "abc")
			.state("r1", view("ab"))
			.state("r2", view("bc"))
			.state("r3", view("ca"));
		const { verdict, reason, evidence } = await judge(history);
		expect(verdict).toBe("fail");
		expect(reason).toBe(
			'no single order of the elements explains what was shown: r1 at 0.006 s showed "a" before "b", r2 at 0.007 s showed "b" before "c" and r3 at 0.008 s showed "c" before "a"',
		);
		expect(evidence).toMatchObject({
			replicas: ["r1", "r2", "r3"],
			cycle: [
				{ before: "a", after: "b", replica: "r1", event: 6 },
				{ before: "b", after: "c", replica: "r2", event: 7 },
				{ before: "c", after: "a", replica: "r3", event: 8 },
			],
			operations: ["c-0", "c-1", "c-2"],
		});
	});

	it("finds two replicas that disagree across elements which only one of them shows, and names the two", async () => {
		const history = letters(type, "abcd").state("r1", view("abcd")).state("r2", view("da"));
		expect((await judge(history)).reason).toContain(
			'showed "a" before "d" and r2 at 0.009 s showed "d" before "a"',
		);
	});

	it("fails when an element that was inserted once is shown twice", async () => {
		const history = letters(type, "ab").state("r2", view("aba"));
		expect(await judge(history)).toMatchObject({
			verdict: "fail",
			reason: 'at 0.004 s r2 showed "a" twice, which was inserted once: it would come before itself',
		});
	});

	it("leaves out elements that were inserted more than once, whatever order they are shown in", async () => {
		const history = letters(type, "abab").state("r1", view("ab")).state("r2", view("ba"));
		expect((await judge(history)).reason).toContain("nobody can tell which is which");
		const some = letters(type, "abcb").state("r1", view("abc")).state("r2", view("bca"));
		expect(await judge(some)).toMatchObject({ verdict: "fail", evidence: { examined: { leftOut: 1 } } });
	});

	it("counts an insert that may have happened, and not one that failed", async () => {
		const value: Json = type === "list" ? { index: 0, value: "a" } : { index: 0, text: "a" };
		const run = (kind: "info" | "fail") =>
			letters(type, "abc")
				.notOk(kind, "r2", "insert", value)
				.state("r1", view("abc"))
				.state("r2", view("ca"));
		expect(await judge(run("info"))).toMatchObject({ verdict: "pass" });
		expect(await judge(run("fail"))).toMatchObject({ verdict: "fail" });
	});

	it("is judged unasked, unless there is nothing to tell apart", async () => {
		const names = async (history: HistoryBuilder) =>
			(await check(history)).properties.map(({ name }) => name);
		expect(await names(letters(type, "ab").finals(view("ab")).end())).toContain("list-order");
		expect(await names(letters(type, "aa").finals(view("aa")).end())).not.toContain("list-order");
		expect(await names(new HistoryBuilder("or-set").ok("r1", "add", "x").finals(["x"]).end())).not.toContain(
			"list-order",
		);
	});

	it("is unknown without updates, and when no view showed two elements", async () => {
		expect(await judge(new HistoryBuilder(type).finals(view("")).end())).toMatchObject({
			verdict: "unknown",
		});
		expect(await judge(letters(type, "ab").state("r1", view("a")))).toMatchObject({ verdict: "unknown" });
	});
});

describe("interleaving", () => {
	/** r1 types first, r2 at once, each in a row; every state is seen. */
	function typed(
		left: string[],
		right: string[],
		direction: "forward" | "backward",
		final: string[],
	): HistoryBuilder {
		const history = new HistoryBuilder("list", ["r1", "r2"]);
		for (const [replica, values] of [
			["r1", left],
			["r2", right],
		] as const) {
			for (const [at, value] of values.entries()) {
				const delivered = { [replica]: at + 1 };
				const index = direction === "forward" ? at : 0;
				history.ok(replica, "insert", { index, value }, { update: `${replica}:${at + 1}`, delivered });
				const shown = values.slice(0, at + 1);
				history.state(replica, direction === "forward" ? shown : shown.reverse(), delivered);
			}
		}
		return history.finals(final, { r1: left.length, r2: right.length }).end();
	}

	it.each<[direction: "forward" | "backward", final: string[], mixed: boolean]>([
		["forward", ["a", "b", "c", "x", "y"], false],
		["forward", ["x", "y", "a", "b", "c"], false],
		["forward", ["a", "x", "b", "y", "c"], true],
		["forward", ["a", "x", "y", "b", "c"], true],
		["backward", ["c", "b", "a", "y", "x"], false],
		["backward", ["c", "y", "b", "x", "a"], true],
	])("of runs typed %s and shown as %j: %j", async (direction, final, mixed) => {
		const history = typed(["a", "b", "c"], ["x", "y"], direction, final);
		const { verdict, warnings } = await check(history);
		expect(verdict).toBe("pass");
		const [left, right] = direction === "forward" ? ["abc", "xy"] : ["cba", "yx"];
		const sentence = `interleaving: runs typed concurrently at one place are mixed in the view of r1 at 0.015 s: `;
		expect(warnings.filter((warning) => warning.startsWith("interleaving"))).toEqual(
			mixed ? [expect.stringContaining(sentence)] : [],
		);
		if (mixed) expect(warnings[0]).toMatch(new RegExp(`"(${left}" of r1|${right}" of r2) with "`));
		expect(await judge(history, "interleaving")).toMatchObject({
			verdict: "pass",
			evidence: mixed ? { isWarning: true, replicas: ["r1", "r2"] } : { examined: { runs: 2 } },
		});
	});

	it("has nothing against one who types within what it had seen", async () => {
		const history = new HistoryBuilder("list", ["r1", "r2"])
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "insert", { index: 1, value: "b" }, { update: "r1:2", delivered: { r1: 2 } })
			.state("r1", ["a", "b"], { r1: 2 })
			.ok("r2", "insert", { index: 1, value: "x" }, { update: "r2:1", delivered: { r1: 2, r2: 1 } })
			.ok("r2", "insert", { index: 2, value: "y" }, { update: "r2:2", delivered: { r1: 2, r2: 2 } })
			.state("r2", ["a", "x", "y", "b"], { r1: 2, r2: 2 })
			.finals(["a", "x", "y", "b"], { r1: 2, r2: 2 })
			.end();
		expect((await check(history)).warnings).toEqual([]);
	});

	it("takes for a run only what a view showed side by side", async () => {
		const history = new HistoryBuilder("list", ["r1", "r2"])
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "insert", { index: 1, value: "b" }, { update: "r1:2", delivered: { r1: 2 } })
			.ok("r2", "insert", { index: 0, value: "x" }, { update: "r2:1", delivered: { r2: 1 } })
			.ok("r2", "insert", { index: 1, value: "y" }, { update: "r2:2", delivered: { r2: 2 } })
			.state("r2", ["x", "y"], { r2: 2 })
			.finals(["a", "x", "y", "b"], { r1: 2, r2: 2 })
			.end();
		expect((await check(history)).warnings).toEqual([]);
	});

	it("lets a run end where something else is delivered", async () => {
		const history = new HistoryBuilder("list", ["r1", "r2", "r3"])
			.ok("r1", "insert", { index: 0, value: "a" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "insert", { index: 0, value: "x" }, { update: "r2:1", delivered: { r2: 1 } })
			.ok("r1", "insert", { index: 1, value: "b" }, { update: "r1:2", delivered: { r1: 2, r2: 1 } })
			.state("r1", ["a", "b", "x"], { r1: 2, r2: 1 })
			.ok("r3", "insert", { index: 0, value: "p" }, { update: "r3:1", delivered: { r3: 1 } })
			.ok("r3", "insert", { index: 1, value: "q" }, { update: "r3:2", delivered: { r3: 2 } })
			.state("r3", ["p", "q"], { r3: 2 })
			.finals(["a", "p", "q", "b", "x"], { r1: 2, r2: 1, r3: 2 })
			.end();
		expect((await check(history)).warnings).toEqual([]);
	});

	it("sees one insert of several characters as a run", async () => {
		const history = new HistoryBuilder("text", ["r1", "r2"])
			.ok("r1", "insert", { index: 0, text: "ab" }, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "insert", { index: 0, text: "xy" }, { update: "r2:1", delivered: { r2: 1 } })
			.finals("axyb", { r1: 1, r2: 1 })
			.end();
		expect((await check(history)).warnings[0]).toContain('"ab" of r1 with "xy" of r2');
	});

	it("is unknown of what is no list, and of fewer than two runs", async () => {
		const set = new HistoryBuilder("or-set").ok("r1", "add", "x").finals(["x"]).end();
		expect(await judge(set, "interleaving")).toMatchObject({ verdict: "unknown" });
		expect(await judge(typed(["a", "b"], [], "forward", ["a", "b"]), "interleaving")).toMatchObject({
			verdict: "unknown",
		});
	});
});
