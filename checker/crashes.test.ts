/** What crashes, lost disks and numbers given twice excuse, and what they don't; histories written by hand. */
import { describe, expect, it } from "vitest";
import { check } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";
import type { PropertyVerdict } from "./verdict.ts";

async function judge(name: string, history: HistoryBuilder): Promise<PropertyVerdict> {
	const { properties } = await check(history, { checks: [name] });
	return properties[0] as PropertyVerdict;
}

const MILK = { update: "r1:1", delivered: { r1: 1 } };
const set = () => new HistoryBuilder("or-set");

describe("a crash", () => {
	it.each([
		["lose", "pass"],
		["keep", "fail"],
	] as const)(
		"with disk: %s excuses a reply that was recorded while it went on: %s",
		async (disk, verdict) => {
			const history = set()
				.push({ event: "fault", fault: { crash: "r1", disk }, phase: "start" })
				.ok("r1", "add", "milk", MILK)
				.push({ event: "fault", fault: { crash: "r1", disk }, phase: "end" })
				.finals([], {})
				.end();
			expect(await judge("durability", history)).toMatchObject({ verdict });
		},
	);

	it("lost the disk too where the node was seen to end before the fault was recorded", async () => {
		const history = set()
			.ok("r1", "add", "milk", MILK)
			.push({ event: "node", replica: "r1", what: "crashed" })
			.crash("r1", "lose")
			.finals([], {})
			.end();
		expect(await judge("durability", history)).toMatchObject({ verdict: "pass" });
	});
});

describe("a number given twice", () => {
	const twice = () =>
		set()
			.ok("r1", "add", "milk", MILK)
			.state("r1", ["milk"], { r1: 1 })
			.crash("r1", "lose")
			.ok("r1", "add", "tea", MILK)
			.state("r1", ["tea"], { r1: 1 });

	it("is excused where only the replica itself had shown the first", async () => {
		expect(await judge("durability", twice().finals(["tea"], { r1: 1 }).end())).toMatchObject({
			verdict: "pass",
		});
	});

	it("doesn't count as the same update delivered", async () => {
		expect(await judge("strong-convergence", twice())).toMatchObject({ verdict: "unknown" });
	});
});

describe("what is judged", () => {
	it("no view with an update delivered: unknown", async () => {
		const history = set().ok("r1", "add", "milk", MILK).state("r1", [], {}).state("r2", [], {});
		const { verdict, reason } = await judge("specification", history);
		expect(verdict).toBe("unknown");
		expect(reason).toContain("no view was seen with an update delivered");
	});

	it("a read of one key is no view", async () => {
		const history = new HistoryBuilder("lww-map")
			.ok("r1", "set", ["k", 1], MILK)
			.state("r2", { k: 1 }, { r1: 1 })
			.state("r1", { k: 1 }, { r1: 1 })
			.ok("r1", "read", "k", { delivered: { r1: 1 } });
		expect(await judge("strong-convergence", history)).toMatchObject({ verdict: "pass" });
	});

	it.each(["g-set", "two-phase-set", "or-set", "rw-set", "mv-register"])(
		"elements of a %s stand in any order",
		async (type) => {
			const f = type === "mv-register" ? "write" : "add";
			const history = new HistoryBuilder(type)
				.ok("r1", f, "a", MILK)
				.state("r1", ["a", "b"], {}, true)
				.state("r2", ["b", "a"], {}, true)
				.end();
			expect(await judge("convergence", history)).toMatchObject({ verdict: "pass" });
		},
	);
});
