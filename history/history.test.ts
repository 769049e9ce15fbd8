import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builtEntry } from "../nodes/sdk/built-entry.ts";
import type { HistoryEvent, HistoryHeader } from "./events.ts";
import { openJournal, readJournal } from "./journal.ts";
import { parseHistory, readHistory } from "./read.ts";
import { openHistory } from "./write.ts";

const HEADER: HistoryHeader = {
	pakka: 1,
	scenario: "test",
	seed: 1,
	type: "or-set",
	replicas: ["r1", "r2"],
	runtime: "process",
	startedAt: "2026-01-01T00:00:00.000Z",
};
const HEADER_LINE = JSON.stringify(HEADER);

let folder = "";
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-history-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function all(path: string): Promise<{ events: HistoryEvent[]; warnings: string[] }> {
	const history = await readHistory(path);
	const events: HistoryEvent[] = [];
	for await (const event of history.events) events.push(event);
	return { events, warnings: history.warnings };
}

describe("recording", () => {
	it("reads back what was appended, numbered from 0", async () => {
		const path = join(folder, "run", "history.jsonl");
		{
			await using history = await openHistory(path, HEADER);
			expect(history.append({ time: 5, event: "phase", phase: "workload" })).toBe(0);
			expect(history.append({ time: 9, event: "end", reason: "settled" })).toBe(1);
		}
		const history = await readHistory(path);
		expect(history.header).toEqual(HEADER);
		expect((await all(path)).events).toEqual([
			{ index: 0, time: 5, event: "phase", phase: "workload" },
			{ index: 1, time: 9, event: "end", reason: "settled" },
		]);
	});

	it("never overwrites a recording", async () => {
		const path = join(folder, "history.jsonl");
		await (await openHistory(path, HEADER)).close();
		await expect(openHistory(path, HEADER)).rejects.toThrow(
			/exists already, and a recording is never overwritten/,
		);
	});

	it("has an event in the file soon after it was appended, without sync or close", async () => {
		const path = join(folder, "history.jsonl");
		await using history = await openHistory(path, HEADER);
		history.append({ time: 5, event: "phase", phase: "workload" });
		await expect.poll(() => readFile(path, "utf8"), { timeout: 2_000, interval: 10 }).toContain('"workload"');
	});

	it("refuses to append to a closed history", async () => {
		const history = await openHistory(join(folder, "history.jsonl"), HEADER);
		await history.close();
		await history.close();
		expect(() => history.append({ time: 0, event: "note", what: "late" })).toThrow(/is closed/);
	});

	const SEED = 7;
	it(`stays readable when its process is killed at any moment (seed ${SEED})`, async () => {
		const generator = xoroshiro128plus(SEED);
		const module = pathToFileURL(builtEntry("history/write.ts")).href;
		const program = `
			const { openHistory } = await import(${JSON.stringify(module)});
			const history = await openHistory(process.argv[1], ${HEADER_LINE});
			for (let time = 0; ; time++) {
				const index = history.append({ time, event: "note", what: "x".repeat(time % 5000) });
				if (time % 50 === 0) { await history.sync(); process.stdout.write(index + "\\n"); }
			}`;
		for (let round = 0; round < 8; round++) {
			const path = join(folder, `history-${round}.jsonl`);
			const child = spawn(process.execPath, ["--input-type=module", "-e", program, path]);
			let synced = "";
			child.stdout.on("data", (chunk: Buffer) => {
				synced += chunk.toString();
			});
			await once(child.stdout, "data");
			await new Promise((resolve) => setTimeout(resolve, uniformInt(generator, 0, 60)));
			child.kill("SIGKILL");
			await once(child, "close");
			const { events, warnings } = await all(path);
			const lastSynced = Number(synced.trim().split("\n").at(-1));
			expect(events.length).toBeGreaterThan(lastSynced);
			expect(warnings.length).toBeLessThanOrEqual(1);
		}
	});
});

describe("reading", () => {
	const note = (index: number) => JSON.stringify({ index, time: index, event: "note", what: "n" });

	it("drops a torn last line with a warning, cut anywhere", async () => {
		const whole = `${HEADER_LINE}\n${note(0)}\n`;
		const last = note(1);
		for (let cut = 1; cut < last.length; cut++) {
			const path = join(folder, "history.jsonl");
			await writeFile(path, whole + last.slice(0, cut));
			const { events, warnings } = await all(path);
			expect(events).toHaveLength(1);
			expect(warnings).toEqual([expect.stringMatching(/^history\.jsonl:3: the last line is torn/)]);
		}
	});

	it("takes a whole last line that no line feed ends", () => {
		const { events, warnings } = parseHistory(`${HEADER_LINE}\n${note(0)}`);
		expect([events.length, warnings.length]).toEqual([1, 0]);
	});

	it("gives the number of a bad line that is not the last", async () => {
		const path = join(folder, "history.jsonl");
		await writeFile(path, `${HEADER_LINE}\n${note(0)}\n{"index":1,"ti\n${note(2)}\n`);
		await expect(all(path)).rejects.toThrow(/^history\.jsonl:3: not JSON/);
	});

	it("reads lines that span blocks, whatever their letters", async () => {
		const path = join(folder, "history.jsonl");
		const history = await openHistory(path, HEADER);
		const long = "हिन्दी😀".repeat(40_000);
		for (let time = 0; time < 5; time++) history.append({ time, event: "note", what: long });
		await history.close();
		const { events } = await all(path);
		expect(events.map((event) => event.event === "note" && event.what === long)).toEqual(Array(5).fill(true));
	});

	it("keeps integers that a double can't hold", () => {
		const line =
			'{"index":0,"time":1,"event":"state","replica":"r1","view":[9007199254740993,1],"final":true}';
		const [event] = parseHistory(`${HEADER_LINE}\n${line}\n`).events;
		expect(event).toMatchObject({ view: [{ $bigint: "9007199254740993" }, 1] });
	});

	it("takes what Jepsen's histories leave out", () => {
		const lines = [
			'{"index":0,"time":1,"event":"invoke","process":0,"replica":"r1","id":"a","f":"read"}',
			'{"index":1,"time":2,"event":"info","process":0,"replica":"r1","id":"a","f":"read","error":"timeout"}',
		];
		const { events } = parseHistory([HEADER_LINE, ...lines, ""].join("\n"));
		expect(events[0]).toMatchObject({ value: null });
		expect(events[1]).toMatchObject({ error: { code: "unknown", message: "timeout" } });
	});

	const operation = { time: 1, process: 0, replica: "r1", id: "a", f: "add", value: 1 };
	it.each([
		[
			"an index that is missing",
			{ ...operation, index: 1, event: "invoke" },
			/:2: invoke: index: expected 0/,
		],
		[
			"an unknown replica",
			{ ...operation, index: 0, event: "invoke", replica: "r9" },
			/replica: expected one of .*r1, r2.* found "r9"/,
		],
		["an unknown event", { index: 0, time: 1, event: "boom" }, /event: expected one of invoke, ok/],
		[
			"an update without a number",
			{ ...operation, index: 0, event: "ok", update: "r1" },
			/update: expected an update id like "r1:5", found "r1"/,
		],
		[
			"delivered sets that count down",
			{ ...operation, index: 0, event: "ok", delivered: { r1: [[5, 3]] } },
			/delivered: expected numbers or runs/,
		],
		[
			"a state without a view",
			{ index: 0, time: 1, event: "state", replica: "r1", final: true },
			/view: expected the replica's view, found nothing/,
		],
		[
			"an end without a known reason",
			{ index: 0, time: 1, event: "end", reason: "bored" },
			/reason: expected one of settled/,
		],
	])("refuses %s", (_what, event, message) => {
		expect(() => parseHistory(`${HEADER_LINE}\n${JSON.stringify(event)}\n`)).toThrow(message);
	});

	it.each([
		["an empty file", "", /1: expected the header .* found an empty file/],
		["a torn header", HEADER_LINE.slice(0, 20), /found a torn line/],
		["another version", HEADER_LINE.replace('"pakka":1', '"pakka":2'), /header: pakka: expected 1/],
		["no replicas", HEADER_LINE.replace('["r1","r2"]', "[]"), /header: replicas: expected an array/],
	])("refuses %s", (_what, text, message) => {
		expect(() => parseHistory(text === "" ? text : `${text}${text.endsWith("}") ? "\n" : ""}`)).toThrow(
			message,
		);
	});
});

describe("journal", () => {
	const record = {
		event: "message" as const,
		from: "r1",
		to: "r2",
		sequence: 1,
		lane: 0,
		sentAt: 1,
		receivedAt: 2,
		overtaken: false,
		duplicate: false,
		label: "update r1:1",
	};

	it("reads back its records and drops a torn last one", async () => {
		const path = join(folder, "journal.jsonl");
		const journal = await openJournal(path);
		journal.append(record);
		await journal.close();
		await writeFile(path, `${await readFile(path, "utf8")}{"event":"mess`);
		const records = [];
		for await (const each of readJournal(path)) records.push(each);
		expect(records).toEqual([record]);
	});

	it("is empty where there is none", async () => {
		for await (const each of readJournal(join(folder, "none.jsonl"))) expect(each).toBeUndefined();
	});

	it("names the field and the line that are wrong", async () => {
		const path = join(folder, "journal.jsonl");
		await writeFile(path, `${JSON.stringify(record)}\n${JSON.stringify({ ...record, lane: "0" })}\n`);
		const read = async () => {
			for await (const each of readJournal(path)) expect(each).toEqual(record);
		};
		await expect(read()).rejects.toThrow(/journal\.jsonl:2: lane: expected a number, found "0"/);
	});
});
