import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHistory } from "../history/read.ts";
import { openHistory } from "../history/write.ts";
import { check } from "./index.ts";
import { longHistory } from "./testing/long-history.ts";
import { Views } from "./views.ts";

describe("views", () => {
	const large = (last: string) => [...Array.from({ length: 100 }, (_, index) => `item-${index}`), last];

	it("knows equal ones by one key, short ones by what they are and long ones by their hash", () => {
		const views = new Views(true, null);
		expect(views.view(["b", "a"], 0)).toBe(views.view(["a", "b"], 1));
		expect(views.view(["a"], 2).key).toBe('{"a"}');
		const long = views.view(large("x"), 3);
		expect(views.view(large("x").reverse(), 4)).toBe(long);
		expect(views.view(large("y"), 5).key).not.toBe(long.key);
		expect(long.key).toHaveLength("#".length + 44);
	});

	it("keeps them up to its budget and reads the others again, from the event that showed them first", () => {
		const asked: number[] = [];
		const again = (index: number) => {
			asked.push(index);
			return large("y");
		};
		const views = new Views(false, again, 1_500);
		const kept = views.view(large("x"), 0);
		const left = views.view(large("y"), 1);
		expect([kept.json, asked]).toEqual([large("x"), []]);
		expect(views.view(large("y"), 2)).toBe(left);
		expect([left.json, asked]).toEqual([large("y"), [1]]);
	});
});

describe("a history's events again", () => {
	let folder: string;
	let path: string;
	const OPTIONS = { type: "text", replicas: 3, size: 200, pollEvery: 10, unknownEvery: 20, seed: 5 } as const;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "pakka-views-"));
		path = join(folder, "history.jsonl");
		const { header, events } = longHistory({ ...OPTIONS, events: 3_000, operations: 3_000 });
		await using writer = await openHistory(path, { ...header, scenario: "Grüße, 世界 😀" });
		for (const event of events()) writer.append(event);
		for (let more = 0; more < 20; more++) {
			writer.append({ time: 0, event: "note", what: "Grüße 😀".repeat(5_000), detail: more });
		}
	});
	afterAll(() => rm(folder, { recursive: true }));

	it("are those that were read, wherever they stand and whatever characters come before", async () => {
		const history = await readHistory(path);
		const events = [];
		for await (const event of history.events) events.push(event);
		const reopened = history.reopen();
		try {
			for (const index of [events.length - 1, 0, 17, events.length - 20, 1_000]) {
				expect(reopened.event(index)).toEqual(events[index]);
			}
			expect(() => reopened.event(events.length)).toThrow("was not read before");
		} finally {
			reopened.close();
		}
	});

	it("are the same one by one and in blocks", async () => {
		const [one, many] = [[], []] as [unknown[], unknown[]];
		for await (const event of (await readHistory(path)).events) one.push(event);
		for await (const block of (await readHistory(path)).blocks) many.push(...block);
		expect(many).toEqual(one);
	});

	it("are refused when the file has changed", async () => {
		const copy = join(folder, "changed.jsonl");
		await writeFile(
			copy,
			'{"pakka":1,"scenario":"s","seed":1,"type":null,"replicas":["r1"],"runtime":"sim","startedAt":""}\n{"index":0,"time":0,"event":"note","what":"a"}\n',
		);
		const history = await readHistory(copy);
		for await (const event of history.events) expect(event.index).toBe(0);
		await writeFile(copy, `${"x".repeat(400)}\n`);
		const reopened = history.reopen();
		expect(() => reopened.event(0)).toThrow(/changed\.jsonl:2/);
		reopened.close();
	});
});

describe("long right histories (seed 5)", () => {
	const COMMON = { replicas: 4, size: 30, pollEvery: 20, events: 4_000, operations: 4_000, seed: 5 };

	it.each(["g-counter", "g-set", "or-set", "text"] as const)(
		"of a %s pass with one reply in five lost, whose numbers nobody tells",
		async (type) => {
			const { header, events } = longHistory({ ...COMMON, type, unknownEvery: 5 });
			const recorded = [...events()].map((event, index) => ({ index, ...event }));
			const result = await check({ header, events: recorded });
			expect(result.properties.filter(({ verdict }) => verdict !== "pass")).toEqual([]);
			expect(result.stats.info).toBeGreaterThan(50);
		},
	);
});
