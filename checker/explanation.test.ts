/** What is said of failures, on histories written by hand: each sentence must be true of them, word by word. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json } from "../history/events.ts";
import { openHistory } from "../history/write.ts";
import { check, type Explanation, readHistory } from "./index.ts";
import { HistoryBuilder } from "./testing/history-builder.ts";

async function explain(name: string, history: HistoryBuilder): Promise<Explanation> {
	const { properties } = await check(history, { checks: [name] });
	const [property] = properties;
	expect(property?.verdict).toBe("fail");
	expect(property?.evidence["explanationError"]).toBeUndefined();
	return property?.evidence.explanation as Explanation;
}

const set = (replicas = ["r1", "r2", "r3"]) => new HistoryBuilder("or-set", replicas);
const deliver = (history: HistoryBuilder, replica: string, ...updates: string[]) => {
	for (const update of updates) history.push({ event: "deliver", replica, update });
	return history;
};

/** r1 adds milk and r2 removes it; r3 gets the remove first. */
function removeBeforeAdd(): HistoryBuilder {
	const history = set()
		.ok("r1", "add", "tea", { update: "r1:1", delivered: { r1: 1 } })
		.ok("r1", "add", "milk", { update: "r1:2", delivered: { r1: 2 } });
	deliver(history, "r2", "r1:1", "r1:2");
	history.ok("r2", "remove", "milk", { update: "r2:1", delivered: { r1: 2, r2: 1 } });
	deliver(history, "r3", "r1:1", "r2:1", "r1:2");
	const all = { r1: 2, r2: 1 };
	return history.state("r2", ["tea"], all, true).state("r3", ["tea", "milk"], all, true);
}

describe("strong-convergence", () => {
	it("names the remove that a replica applied before the add that it removes, and nothing else", async () => {
		const explanation = await explain("strong-convergence", removeBeforeAdd().end());
		expect(explanation.sentence).toBe(
			'r3 applied r2:1 (remove "milk") before r1:2 (add "milk"), which it removes, and r2 after it.',
		);
		expect(explanation.updates).toEqual([
			{ update: "r1:2", operation: "c-1", f: "add", value: "milk", hadSeen: [] },
			{ update: "r2:1", operation: "c-2", f: "remove", value: "milk", hadSeen: ["r1:2"] },
		]);
		expect(explanation.deliveries).toEqual({ r2: ["r1:2", "r2:1"], r3: ["r2:1", "r1:2"], r1: ["r1:2"] });
		expect(explanation.firstDisagreement).toMatchObject({ replicas: ["r2", "r3"], events: [11, 12] });
	});

	it("takes the order from delivered sets where nobody tells of deliveries", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "remove", "milk", { update: "r1:2", delivered: { r1: 2 } })
			.state("r2", [], { r1: [[2, 2]] })
			.state("r1", [], { r1: 2 }, true)
			.state("r2", ["milk"], { r1: 2 }, true)
			.end();
		const { sentence, deliveries } = await explain("strong-convergence", history);
		expect(sentence).toBe(
			'r2 applied r1:2 (remove "milk") before r1:1 (add "milk"), which it removes, and r1 after it.',
		);
		expect(deliveries["r2"]).toEqual(["r1:2", "r1:1"]);
	});

	it("says who shows which of two concurrent writes, and that each applied them in another order", async () => {
		const history = new HistoryBuilder("lww-register")
			.ok("r1", "write", "a", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "write", "b", { update: "r2:1", delivered: { r2: 1 } });
		deliver(history, "r1", "r2:1");
		deliver(history, "r2", "r1:1");
		history.state("r1", "a", { r1: 1, r2: 1 }, true).state("r2", "b", { r1: 1, r2: 1 }, true).end();
		const { sentence, path } = await explain("strong-convergence", history);
		expect(sentence).toBe(
			'r1 shows what r1:1 (write "a") wrote, r2 what r2:1 (write "b") did; neither had seen the other, and each applied them in another order.',
		);
		expect(path).toBe("");
	});

	it("names the delta that was applied twice", async () => {
		const history = new HistoryBuilder("pn-counter")
			.ok("r1", "add", 3, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", 5, { update: "r1:2", delivered: { r1: 2 } })
			.state("r1", 8, { r1: 2 }, true)
			.state("r2", 13, { r1: 2 }, true)
			.end();
		const { sentence, updates } = await explain("strong-convergence", history);
		expect(sentence).toBe(
			"r2 shows 13, 5 more than the 2 updates that it had delivered add up to (8), as if r1:2 (add 5) had been applied twice.",
		);
		expect(updates.map(({ update }) => update)).toEqual(["r1:2"]);
	});

	it("names the two inserts that a list shows in another order", async () => {
		const insert = (value: string): Json => ({ index: 0, value });
		const history = new HistoryBuilder("list")
			.ok("r1", "insert", insert("a"), { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "insert", insert("b"), { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", ["b", "a"], { r1: 1, r2: 1 }, true)
			.state("r2", ["a", "b"], { r1: 1, r2: 1 }, true)
			.end();
		expect((await explain("strong-convergence", history)).sentence).toBe(
			'at [0] r1 shows what r2:1 (insert "b" at 0) inserted, r2 what r1:1 (insert "a" at 0) did; neither had seen the other, and each applied them in another order.',
		);
	});

	it("blames the save and load where nothing was delivered in between", async () => {
		const history = set(["r1", "r2"]).ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } });
		history.state("r1", ["milk"], { r1: 1 });
		history.push({
			event: "state",
			replica: "r1",
			view: [],
			delivered: { r1: 1 },
			final: false,
			reloaded: true,
		});
		const { sentence } = await explain("strong-convergence", history.end());
		expect(sentence).toBe(
			'r1 shows something else once its state is saved and loaded, although nothing was delivered in between; the last update before that was r1:1 (add "milk").',
		);
	});
});

describe("convergence", () => {
	it("names the update that one of them never delivered", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.state("r1", ["milk"], { r1: 1 }, true)
			.state("r2", [], {}, true)
			.end("stalled");
		const { sentence, deliveries } = await explain("convergence", history);
		expect(sentence).toBe('r2 never delivered r1:1 (add "milk"), which r1 shows.');
		expect(deliveries).toEqual({ r1: ["r1:1"], r2: [] });
	});

	it("tells of the first moment at which views differed that ought to have been equal", async () => {
		const { properties } = await check(removeBeforeAdd().state("r1", ["tea"], { r1: 2, r2: 1 }, true).end());
		const explanation = properties.find(({ name }) => name === "convergence")?.evidence.explanation;
		expect(explanation?.sentence).toBe(
			'It began at 0.012 s: r3 applied r2:1 (remove "milk") before r1:2 (add "milk"), which it removes, and r2 after it.',
		);
	});
});

describe("specification", () => {
	it("resurrected: the remove that had come before the add", async () => {
		const { sentence } = await explain("specification", removeBeforeAdd().end());
		expect(sentence).toBe(
			'r3 applied r2:1 (remove "milk") before r1:2 (add "milk"), which it removes, and shows "milk".',
		);
	});

	it("resurrected: the remove that had seen the last add, where the order was right", async () => {
		const history = set(["r1"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "remove", "milk", { update: "r1:2", delivered: { r1: 2 } })
			.state("r1", ["milk"], { r1: 2 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 shows "milk" although it had applied r1:2 (remove "milk"), which had seen r1:1 (add "milk"), the last add of it.',
		);
	});

	it("lost: the remove that had not seen the add", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "remove", "milk", { update: "r2:1", delivered: { r2: 1 } });
		deliver(history, "r1", "r1:1", "r2:1");
		history.state("r1", [], { r1: 1, r2: 1 });
		expect((await explain("specification", history.end())).sentence).toBe(
			'r1 doesn\'t show "milk" although it had applied r1:1 (add "milk"); r2:1 (remove "milk"), applied after it, hadn\'t seen that add, so it must not undo it.',
		);
	});

	it("lost: the crash before it", async () => {
		const history = set(["r1"])
			.crash("r1")
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } });
		expect((await explain("specification", history.state("r1", [], { r1: 1 }).end())).sentence).toBe(
			'r1 doesn\'t show "milk" although it had applied r1:1 (add "milk"), and nothing removed it; r1 had crashed at 0.000 s.',
		);
	});

	it("phantom: the add that isn't among what had been delivered", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "tea", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "add", "milk", { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", ["tea", "milk"], { r1: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 shows "milk", but r2:1 (add "milk") isn\'t among what it says that it had delivered.',
		);
	});

	it("duplicated: the adds of it", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "add", "milk", { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", ["milk", "milk"], { r1: 1, r2: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r1 shows "milk" more than once after r1:1 (add "milk") and r2:1 (add "milk"); a set shows an element once, however often it was added.',
		);
	});

	it("a register: the write that had seen the one that is shown", async () => {
		const history = new HistoryBuilder("lww-register")
			.ok("r1", "write", "a", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "write", "b", { update: "r2:1", delivered: { r1: 1, r2: 1 } })
			.state("r1", "a", { r1: 1, r2: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			'r2:1 (write "b") had seen r1:1 (write "a") and replaced it, but r1 still shows what r1:1 wrote.',
		);
	});

	it("a counter: the delta that was not applied", async () => {
		const history = new HistoryBuilder("g-counter")
			.ok("r1", "add", 3, { update: "r1:1", delivered: { r1: 1 } })
			.ok("r2", "add", 4, { update: "r2:1", delivered: { r2: 1 } })
			.state("r1", 3, { r1: 1, r2: 1 })
			.end();
		expect((await explain("specification", history)).sentence).toBe(
			"r1 shows 3, 4 less than the 2 updates that it had delivered add up to (7), as if r2:1 (add 4) had never been applied.",
		);
	});
});

describe("eventual-delivery", () => {
	it("says that a later one of the same replica came", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "a", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", "b", { update: "r1:2", delivered: { r1: 2 } })
			.state("r1", ["a", "b"], { r1: 2 }, true)
			.state("r2", ["b"], { r1: [[2, 2]] }, true)
			.end("stalled");
		const { sentence, deliveries } = await explain("eventual-delivery", history);
		expect(sentence).toBe(
			'r1:1 (add "a"), which r1 accepted at 0.001 s, never reached r2, although r1:2, accepted after it, did.',
		);
		expect(deliveries).toEqual({ r2: ["r1:2"], r1: ["r1:1", "r1:2"] });
	});

	it("says that nothing came any more, and who has it", async () => {
		const history = set()
			.ok("r1", "add", "a", { update: "r1:1", delivered: { r1: 1 } })
			.ok("r1", "add", "b", { update: "r1:2", delivered: { r1: 2 } })
			.state("r1", ["a", "b"], { r1: 2 }, true)
			.state("r2", ["a"], { r1: 1 }, true)
			.state("r3", ["a", "b"], { r1: 2 }, true)
			.end("stalled");
		expect((await explain("eventual-delivery", history)).sentence).toBe(
			'r1:2 (add "b"), which r1 accepted at 0.003 s, never reached r2, nor did anything that r1 accepted later; r3 has it.',
		);
	});
});

describe("durability", () => {
	it("tells when it was acknowledged, when the replica crashed, and when it was back without it", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.crash("r1")
			.state("r1", [], {}, true)
			.state("r2", [], {}, true)
			.end();
		const { sentence, firstDisagreement } = await explain("durability", history);
		expect(sentence).toBe(
			'r1 acknowledged r1:1 (add "milk") at 0.001 s and crashed at 0.002 s; at 0.004 s it was back and had it no longer.',
		);
		expect(firstDisagreement).toEqual({ time: 4e6, replicas: ["r1"], events: [2, 4] });
	});

	it("tells what got the number of a forgotten update", async () => {
		const history = set(["r1", "r2"])
			.ok("r1", "add", "milk", { update: "r1:1", delivered: { r1: 1 } })
			.crash("r1")
			.ok("r1", "add", "tea", { update: "r1:1", delivered: { r1: 1 } })
			.finals(["tea"], { r1: 1 })
			.end();
		const { sentence, updates } = await explain("durability", history);
		expect(sentence).toBe(
			'r1 acknowledged r1:1 (add "milk") at 0.001 s, crashed at 0.002 s, and at 0.005 s gave the same number to add "tea": by then it no longer knew of the first.',
		);
		expect(updates.map(({ operation }) => operation)).toEqual(["c-0", "c-1"]);
	});
});

it("says the same of a history in a file", async () => {
	const folder = await mkdtemp(join(tmpdir(), "pakka-explanation-"));
	try {
		const history = removeBeforeAdd().end();
		const path = join(folder, "history.jsonl");
		await using writer = await openHistory(path, history.header);
		for (const { index: _, ...event } of history.events) writer.append(event);
		await writer.close();
		const [fromFile, inMemory] = [await check(await readHistory(path)), await check(history)];
		expect(fromFile.properties).toEqual(inMemory.properties);
	} finally {
		await rm(folder, { recursive: true });
	}
});
