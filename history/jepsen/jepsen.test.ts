import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HistoryEvent, HistoryHeader } from "../events.ts";
import { parseHistory } from "../read.ts";
import { openAnyHistory } from "./open.ts";
import type { JepsenPart } from "./read.ts";
import { jepsenLines } from "./write.ts";

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "pakka-jepsen-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function parts(
	text: string | Buffer,
	name = "history.edn",
	type: string | null = null,
): Promise<JepsenPart[]> {
	const path = join(folder, name);
	await writeFile(path, text);
	const opened = await openAnyHistory(path, type);
	if (opened.by !== "jepsen") throw new Error("taken for one of ours");
	return opened.parts;
}

async function read(text: string | Buffer, name?: string, type?: string) {
	const [{ history }] = (await parts(text, name, type)) as [JepsenPart];
	const events: HistoryEvent[] = [];
	for await (const event of history.events) events.push(event);
	return { header: history.header, events, warnings: history.warnings };
}

const ADD = "{:type :invoke, :process 0, :f :add, :value 1}\n{:type :ok, :process 0, :f :add, :value 1}\n";
const READ =
	"{:type :invoke, :process 1, :f :read, :value nil}\n{:type :ok, :process 1, :f :read, :value #{1}}\n";

describe("reading Jepsen's histories", () => {
	const asJson = [
		'{"type":"invoke","process":0,"f":"add","value":1}',
		'{"type":"ok","process":0,"f":"add","value":1}',
		'{"type":"invoke","process":1,"f":"read","value":null}',
		'{"type":"ok","process":1,"f":"read","value":[1]}',
	];
	const layouts: [name: string, text: string][] = [
		["one operation a line", ADD + READ],
		["one vector", `[${ADD}${READ}]`],
		["one list, of records", `(${(ADD + READ).replaceAll("{:type", "#jepsen.history.Op{:type")})\n`],
		[
			"over several lines, with comments",
			`; a comment\n${(ADD + READ).replaceAll(", ", ",\n  ; why {\n  ")}`,
		],
		["Windows line ends", (ADD + READ).replaceAll("\n", "\r\n")],
		["all on one line", (ADD + READ).replaceAll("\n", " ")],
		["lines of JSON", asJson.join("\n")],
		["an array of JSON", `[\n${asJson.join(",\n")}\n]`],
		["a byte order mark", `\ufeff${ADD}${READ}`],
		["an operation that is commented out", `#_{:type :ok}\n${ADD}${READ}`],
	];
	it.each(layouts)("laid out as %s gives the same events", async (_, text) => {
		const { header, events } = await read(text, "history.txt");
		expect(header).toMatchObject({ type: "g-set", replicas: ["process 1"], runtime: "jepsen" });
		expect(events.map(({ event }) => event)).toEqual(["invoke", "ok", "invoke", "ok", "state", "end"]);
		expect(events.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
		expect(events[4]).toMatchObject({ replica: "process 1", view: [1], final: true });
	});

	it("takes replicas from :node where every operation has it", async () => {
		const text = (ADD + READ).replaceAll("}", ', :node "n1"}').replaceAll('#{1, :node "n1"}', "#{1}");
		expect((await read(text)).header.replicas).toEqual(["n1"]);
	});

	it("keeps integers of any length, special numbers, strings and keywords as they are", async () => {
		const values = [
			"12345678901234567890",
			"-12345678901234567890N",
			"##NaN",
			'"1234567890123456789 }"',
			":key",
			"\\{",
			"[1 #{2}]",
			"{:a 1}",
		];
		const text = values.map((value) => ADD.replaceAll("1}", `${value}}`)).join("");
		const { events } = await read(text + READ.replace("#{1}", "#{12345678901234567890}"));
		const written = events.flatMap((event) =>
			event.event === "ok" && event.f === "add" ? [event.value] : [],
		);
		expect(written).toEqual([
			{ $bigint: "12345678901234567890" },
			{ $bigint: "-12345678901234567890" },
			{ $number: "NaN" },
			"1234567890123456789 }",
			":key",
			"{",
			[1, { $set: [2] }],
			{ a: 1 },
		]);
		expect(events.at(-2)).toMatchObject({ view: [{ $bigint: "12345678901234567890" }] });
	});

	it("shows what a nemesis did as faults, with a beginning and an end", async () => {
		const nemesis = (f: string) =>
			`{:type :info, :process :nemesis, :f ${f}, :value {"n1" #{"n2"}}}\n`.repeat(2);
		const { events } = await read(`${nemesis(":start-partition")}${ADD}${nemesis(":heal")}${READ}`);
		const faults = events.flatMap((event) =>
			event.event === "fault" ? [[event.fault["nemesis"], event.phase]] : [],
		);
		expect(faults).toEqual([
			["start-partition", "start"],
			["heal", "end"],
		]);
	});

	it("takes an invocation without completion for one that may have happened", async () => {
		const { events } = await read(`${ADD}{:type :invoke, :process 7, :f :add, :value 2}\n${READ}`);
		expect(events.at(-2)).toMatchObject({
			event: "info",
			f: "add",
			value: 2,
			error: { code: "no-completion" },
		});
	});

	it("takes keyed values apart, key by key", async () => {
		const text = ["a", "b"].flatMap((key) => [
			`{:type :invoke, :process 0, :f :write, :value [:${key} 1]}`,
			`{:type :ok, :process 0, :f :write, :value [:${key} 1]}`,
			`{:type :invoke, :process 1, :f :cas, :value [:${key} [1 2]]}`,
			`{:type :ok, :process 1, :f :cas, :value [:${key} [1 2]]}`,
			`{:type :invoke, :process 0, :f :read, :value [:${key} nil]}`,
			`{:type :ok, :process 0, :f :read, :value [:${key} 2]}`,
		]);
		const found = await parts(text.join("\n"));
		expect(found.map(({ key }) => key)).toEqual(['":a"', '":b"']);
		const values: unknown[] = [];
		for await (const event of (found[1] as JepsenPart).history.events)
			if (event.event === "ok") values.push([event.f, event.value]);
		expect(values).toEqual([
			["write", 1],
			["write", 2],
			["read", 2],
		]);
	});

	it("tells a counter from a set by what is read, and lets the user say it", async () => {
		expect((await read(ADD + READ.replace("#{1}", "1"))).header.type).toBe("g-counter");
		expect((await read(ADD.replaceAll("1}", "-1}") + READ.replace("#{1}", "-1"))).header.type).toBe(
			"pn-counter",
		);
		expect((await read(ADD, "history.edn", "set-full")).header.type).toBe("g-set");
		expect((await read(ADD + READ, "history.edn", "or-set")).header.type).toBe("or-set");
	});
});

describe("what can't be read", () => {
	const wrong: [what: string, text: string | Buffer, message: string][] = [
		["an empty file", "", "history.edn:1: expected operations such as {:type :invoke"],
		["no operation", "foo bar", "history.edn:1: expected an operation, {…}, found foo bar"],
		[
			"a bracket that doesn't fit",
			`${ADD}{:type :invoke, :value [1}`,
			`history.edn:3: expected "]" for line 3's "["`,
		],
		[
			"an operation that isn't closed",
			`{:type :invoke, :process 0, :f :add, :value [1\n${ADD}`,
			`history.edn:1: expected "]" before the next operation, on line 2`,
		],
		[
			"a string that isn't closed",
			`{:type :invoke, :f "add\n${ADD}`,
			'history.edn:1: expected a closing " before the next operation, on line 2',
		],
		[
			"more after the vector",
			`[${ADD}]\n${READ}`,
			"history.edn:4: expected nothing after the last operation",
		],
		[
			"another type",
			ADD.replace(":ok", ":okay"),
			'history.edn:2: :type: expected :invoke, :ok, :fail or :info, found ":okay"',
		],
		[
			"no name",
			"{:type :ok, :process 1}",
			"history.edn:1: :f: expected a name, such as :add or :read, found nothing",
		],
		[
			"a process that is none",
			ADD.replace("0", "-3"),
			"history.edn:1: :process: expected a client's number, or :nemesis, found -3",
		],
		[
			"a time that is none",
			ADD.replace("}", ', :time "now"}'),
			'history.edn:1: :time: expected nanoseconds since the start, found "now"',
		],
		[
			"two at once by one client",
			ADD.slice(0, ADD.indexOf("\n") + 1).repeat(2) + READ,
			"history.edn:2: expected the completion of process 0's :add of line 1",
		],
		[
			"a completion of something else",
			ADD + READ + READ.replace(":ok, :process 1, :f :read", ":ok, :process 1, :f :add"),
			"history.edn:6: expected a completion of :read",
		],
		[
			"a set that is none",
			ADD + READ + READ.replace("#{1}", "12"),
			"history.edn:6: :value: expected a read of a set",
		],
		[
			"transactions",
			ADD.replaceAll(":add", ":txn"),
			"history.edn:1: :f: expected an operation of the workload set (:add",
		],
		["no way to tell", ADD, "Say it with --type set, --type counter or --type register"],
		[
			"bytes that are no text",
			Buffer.concat([Buffer.from(ADD), Buffer.from([0x7b, 0xff, 0xfe])]),
			"history.edn:3: expected a text in UTF-8",
		],
		["Jepsen's binary file", "JEPSEN\u0000\u0001", "give the history.edn that stands beside it"],
	];
	it.each(wrong)("is explained with its place: %s", async (_, text, message) => {
		await expect(read(text)).rejects.toThrow(message);
	});

	it("is explained where JSON is broken", async () => {
		await expect(
			read('[{"type":"invoke","process":0,"f":"add","value":1},\n{"type":"ok" "f":1}]', "history.json"),
		).rejects.toThrow("history.json:2: not JSON");
	});

	it("is dropped with a note where it is the torn last operation, and the history has no end", async () => {
		for (const text of [`${ADD}${READ}{:type :ok, :f "re`, `[${ADD}${READ}`]) {
			const { events, warnings } = await read(text);
			expect(events.at(-1)?.event).not.toBe("end");
			expect(warnings.join()).toContain("the writer was cut off");
		}
	});
});

const HEADER: HistoryHeader = {
	pakka: 1,
	scenario: "by-hand",
	seed: 0,
	type: "or-set",
	replicas: ["r1", "r2"],
	runtime: "sim",
	startedAt: "1970-01-01T00:00:00.000Z",
};
const OURS = [
	{ event: "invoke", process: 0, replica: "r1", id: "c0-0", f: "add", value: "milk" },
	{ event: "ok", process: 0, replica: "r1", id: "c0-0", f: "add", value: "milk", update: "r1:1" },
	{ event: "fault", fault: { crash: "r2", disk: "lose" }, phase: "start" },
	{
		event: "invoke",
		process: 1,
		replica: "r2",
		id: "c1-0",
		f: "add",
		value: { $bigint: "90071992547409931" },
	},
	{
		event: "info",
		process: 1,
		replica: "r2",
		id: "c1-0",
		f: "add",
		value: { $bigint: "90071992547409931" },
		error: { code: "timeout", message: 'no "reply"' },
	},
	{ event: "fault", fault: { crash: "r2", disk: "lose" }, phase: "end" },
	{ event: "invoke", process: 2, replica: "r2", id: "c2-0", f: "read", value: null },
	{ event: "ok", process: 2, replica: "r2", id: "c2-0", f: "read", value: ["milk"] },
	{ event: "state", replica: "r1", view: ["milk"], final: true },
	{ event: "state", replica: "r2", view: ["milk"], final: true },
	{ event: "end", reason: "settled" },
];

function ours(events: object[] = OURS) {
	const lines = [HEADER, ...events.map((event, index) => ({ index, time: index * 1e6, ...event }))];
	return parseHistory(lines.map((line) => JSON.stringify(line)).join("\n")).events;
}

async function exported(
	notation: "edn" | "json",
	events = ours(),
): Promise<{ text: string; warnings: string[] }> {
	async function* stream() {
		yield* events;
	}
	const warnings: string[] = [];
	let text = "";
	for await (const line of jepsenLines({ header: HEADER, events: stream() }, notation, (warning) =>
		warnings.push(warning),
	))
		text += line;
	return { text, warnings };
}

describe("writing Jepsen's histories", () => {
	it.each(["edn", "json"] as const)(
		"as %s loses no operation, fault or final state when read again",
		async (notation) => {
			const { text } = await exported(notation);
			const again = await read(text, `history.${notation}`, "or-set");
			const told = (events: HistoryEvent[]) =>
				events.flatMap((event): unknown[] => {
					if (event.event === "fault") return [[event.fault, event.phase]];
					if (event.event === "state") return [[event.replica, event.view, event.final]];
					if (!("process" in event) || event.process > 2) return [];
					const { event: kind, process, replica, f, value } = event;
					return [[kind, process, replica, f, value, "error" in event ? event.error : null]];
				});
			expect(told(again.events)).toEqual(told(ours()));
			expect(again.header.replicas).toEqual(["r1", "r2"]);
			expect(again.events.at(-1)).toMatchObject({ event: "end", reason: "settled" });
		},
	);

	it("writes the very text that it reads", async () => {
		const { text } = await exported("edn");
		expect(text.split("\n").slice(0, 2)).toEqual([
			'{:index 0, :time 0, :type :invoke, :process 0, :f :add, :value "milk", :node "r1"}',
			'{:index 1, :time 1000000, :type :ok, :process 0, :f :add, :value "milk", :node "r1"}',
		]);
		expect(text.trimEnd().split("\n").at(-1)).toBe(
			'{:index 13, :time 9000000, :type :ok, :process 4, :f :read, :value #{"milk"}, :node "r2", :final? true}',
		);
	});

	it("leaves out the last states of a run that was cut off, and says so", async () => {
		const { text, warnings } = await exported("edn", ours(OURS.slice(0, -1)));
		expect(text).not.toContain(":final?");
		expect(warnings.join()).toContain("had not come to rest");
	});
});
