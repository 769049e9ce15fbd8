/** What of the bridge is a function of its arguments. */
import { describe, expect, it } from "vitest";
import type { Draw } from "../sdk/replica.ts";
import { gSet } from "../types/g-set.ts";
import { createLineReader } from "./lines.ts";
import { errorOf, parseLine } from "./messages.ts";
import { createRouting, type RoutingOptions } from "./routing.ts";
import { neighbours } from "./topology.ts";
import { generatedOperations, readOptions } from "./workloads.ts";

describe("lines", () => {
	it("come out whole however the bytes were cut, in the middle of a character too", () => {
		const bytes = Buffer.from("héllo\n\n  \nzwei\r\nrest");
		for (let cut = 1; cut < bytes.length; cut += 1) {
			const reader = createLineReader(() => undefined);
			const lines = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
			expect(lines, `cut at ${cut}`).toEqual(["héllo", "zwei"]);
		}
	});

	it("that are too long are left out once, and the next one is read", () => {
		let tooLong = 0;
		const reader = createLineReader(() => (tooLong += 1), 10);
		expect(reader.push(Buffer.from("0123456789\n01234567890"))).toEqual(["0123456789"]);
		expect(reader.push(Buffer.from("more\nshort\n"))).toEqual(["short"]);
		expect(tooLong).toBe(1);
	});
});

describe("messages", () => {
	it("are JSON objects with src, dest and a body; anything else says what it lacks", () => {
		expect(parseLine('{"id":0,"src":"n1","dest":"n2","body":{"type":"x"}}')).toMatchObject({
			message: { src: "n1", dest: "n2", body: { type: "x" } },
		});
		const wrong = ["Got it", "[]", "null", '{"dest":"n2","body":{}}', '{"src":"n1","body":{}}'];
		expect([...wrong, '{"src":"n1","dest":"n2","body":3}'].map((line) => parseLine(line))).toMatchObject(
			["not JSON", "object", "object", "src", "dest", "body"].map((why) => ({
				ok: false,
				why: expect.stringContaining(why),
			})),
		);
	});

	it("of errors are definite where Maelstrom's table says so, and only there", () => {
		const definite = [0, 1, 10, 11, 12, 13, 14, 20, 21, 22, 30, 1000, -1, null].filter(
			(code) => errorOf({ type: "error", code }).definite,
		);
		expect(definite).toEqual([1, 10, 11, 12, 14, 20, 21, 22, 30]);
	});
});

describe("a topology", () => {
	it("is a grid, a line, a binary tree or everybody", () => {
		const nodes = ["n1", "n2", "n3", "n4", "n5"];
		expect(neighbours("grid", nodes)).toEqual({
			n1: ["n2", "n4"],
			n2: ["n1", "n3", "n5"],
			n3: ["n2"],
			n4: ["n1", "n5"],
			n5: ["n2", "n4"],
		});
		expect(neighbours("line", nodes)["n2"]).toEqual(["n1", "n3"]);
		expect(neighbours("tree", nodes)).toMatchObject({ n1: ["n2", "n3"], n2: ["n1", "n4", "n5"], n3: ["n1"] });
		expect(neighbours("total", nodes)["n3"]).toEqual(["n1", "n2", "n4", "n5"]);
	});
});

describe("a workload", () => {
	it("adds integers, each once, where Maelstrom does", () => {
		let drawn = 0;
		const draw = { unique: () => `v${drawn++}` } as unknown as Draw;
		const { add } = generatedOperations("g-set", gSet.operations);
		expect([1, 2, 3].map(() => add?.generate(draw))).toEqual([0, 1, 2]);
	});

	it("is the type's namesake, and has to fit the type", () => {
		expect(readOptions("g-set", {})).toMatchObject({ ok: true, bridge: { workload: { shownAs: "value" } } });
		expect(readOptions("g-set", { workload: "broadcast" })).toMatchObject({
			ok: true,
			bridge: { workload: { shownAs: "messages" }, topology: "grid" },
		});
		expect(readOptions("pn-counter", { workload: "g-counter" }).ok).toBe(false);
		expect(readOptions(null, { workload: "broadcast" }).ok).toBe(false);
	});
});

describe("routing", () => {
	function routed(line: object): {
		written: string[];
		sent: string[][];
		settled: unknown[];
		warned: string[];
	} {
		const seen = { written: [], sent: [], settled: [], warned: [] } as ReturnType<typeof routed>;
		const options: RoutingOptions = {
			id: "berlin",
			replicas: ["paris", "berlin"],
			write: (text) => seen.written.push(text) > 0,
			send: (...message) => void seen.sent.push(message),
			settle: (body) => void seen.settled.push(body),
			warn: (text) => void seen.warned.push(text),
		};
		createRouting(options).route(JSON.stringify(line));
		return seen;
	}

	it("knows nodes by their place among the replicas, and carries what they say as they printed it", () => {
		const message = { src: "n2", dest: "n1", body: { type: "gossip", msg_id: 3, big: 1 } };
		expect(routed(message).sent).toEqual([["paris", JSON.stringify(message), 'gossip {"big":1}']]);
		const own = { src: "n2", dest: "n2", body: { type: "tick" } };
		expect(routed(own).written).toEqual([JSON.stringify(own)]);
		expect(routed({ src: "n2", dest: "c1", body: { in_reply_to: 4 } }).settled).toEqual([{ in_reply_to: 4 }]);
	});

	it("answers for nobody with error 1, if there was a request", () => {
		const { written, warned } = routed({ src: "n2", dest: "seq-kv", body: { type: "read", msg_id: 7 } });
		expect(JSON.parse(written[0] ?? "")).toMatchObject({
			src: "seq-kv",
			dest: "n2",
			body: { type: "error", in_reply_to: 7, code: 1 },
		});
		expect(warned[0]).toContain("no 'seq-kv' here");
		expect(routed({ src: "n2", dest: "n9", body: { type: "gossip" } }).written).toEqual([]);
	});
});
