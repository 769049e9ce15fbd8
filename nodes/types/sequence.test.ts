/** What lists and texts mean, by both algorithms, on replicas that exchange everything only when the test says so. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, it } from "vitest";
import { builtIn } from "../registry.ts";
import type { OpBasedType } from "../sdk/op-based-type.ts";
import type { Json, Reply } from "../sdk/replica.ts";
import { CALM, createNetwork, invoke, type Network, settle } from "../sdk/testing/network.ts";
import { encodeView } from "../sdk/view-encoding.ts";
import { fugue } from "./fugue.ts";
import { listElements } from "./list.ts";
import { rga } from "./rga.ts";
import type { Sequence } from "./sequence.ts";
import { type SequenceEffect, sequenceType } from "./sequence-type.ts";
import { yata } from "./yata.ts";

const LISTS = ["list", "rga-list", "yata-list"];
const TEXTS = ["text", "rga-text"];

interface Writers {
	network: Network;
	insert: (replica: number, index: number, content: Json) => Reply;
	remove: (replica: number, index: number, count: number) => Reply;
	exchange: () => void;
	views: () => Json[];
}

function writers(type: string, replicas = 2): Writers {
	const definition = builtIn(type);
	if (definition === undefined) throw new Error(`no built-in '${type}'`);
	const network = createNetwork(definition, { ...CALM, replicas, seed: 1 });
	const member = definition.type === "text" ? "text" : "value";
	const ask = (replica: number, f: string, value: Json) => {
		const node = network.nodes[replica - 1];
		if (node === undefined) throw new Error(`no replica ${replica}`);
		return invoke(network, node, { f, value });
	};
	return {
		network,
		insert: (replica, index, content) => ask(replica, "insert", { index, [member]: content }),
		remove: (replica, index, count) => ask(replica, "delete", { index, count }),
		exchange: () => expect(settle(network)).toBe(true),
		views: () => network.nodes.map(({ replica }) => encodeView(replica?.view())),
	};
}

/** Types each character before the last one typed. */
function typeBackwards({ insert }: Writers, replica: number, at: number, text: string): void {
	for (const character of text.split("").reverse()) insert(replica, at, character);
}

function typeForwards({ insert }: Writers, replica: number, at: number, text: string): void {
	for (const [offset, character] of text.split("").entries()) insert(replica, at + offset, character);
}

describe.each(LISTS)("%s", (type) => {
	it("puts values where they are wanted, and takes out what is deleted", () => {
		const { insert, remove, exchange, views } = writers(type);
		insert(1, 0, "a");
		insert(1, 1, { deep: [1, null] });
		insert(1, 1, "b");
		exchange();
		expect(remove(2, 0, 2)).toMatchObject({ ok: true, value: ["a", "b"] });
		insert(2, 0, "c");
		exchange();
		expect(views()).toEqual([
			["c", { deep: [1, null] }],
			["c", { deep: [1, null] }],
		]);
	});

	it("keeps what is inserted among elements that are deleted meanwhile, and deletes one only once", () => {
		const { insert, remove, exchange, views } = writers(type, 3);
		for (const [index, value] of ["a", "b", "c"].entries()) insert(1, index, value);
		exchange();
		remove(1, 0, 3);
		remove(2, 1, 1);
		insert(3, 2, "new");
		exchange();
		expect(views()).toEqual([["new"], ["new"], ["new"]]);
	});

	it("takes equal values for different elements", () => {
		const { insert, remove, exchange, views } = writers(type);
		insert(1, 0, "same");
		insert(2, 0, "same");
		exchange();
		remove(1, 0, 1);
		exchange();
		expect(views()).toEqual([["same"], ["same"]]);
	});
});

describe.each(TEXTS)("%s", (type) => {
	it("takes several characters as one update", () => {
		const { insert, remove, exchange, views } = writers(type);
		expect(insert(1, 0, "hello")).toEqual({ ok: true, update: 1 });
		exchange();
		insert(2, 4, "-");
		expect(remove(2, 1, 2)).toEqual({ ok: true, update: 2, value: "el" });
		exchange();
		expect(views()).toEqual(["hl-o", "hl-o"]);
	});

	it("parts no surrogate pair", () => {
		const { insert, remove, exchange, views } = writers(type);
		insert(1, 0, "a😀b");
		expect(insert(1, 2, "|")).toMatchObject({ ok: false, code: "out-of-range" });
		expect(remove(1, 0, 2)).toMatchObject({ ok: false, code: "out-of-range" });
		expect(remove(1, 1, 2)).toMatchObject({ ok: true, value: "😀" });
		exchange();
		expect(views()).toEqual(["ab", "ab"]);
	});

	it("deletes nothing as an update without effect", () => {
		const { insert, remove } = writers(type);
		expect(remove(1, 0, 0)).toEqual({ ok: true, update: 1, value: "" });
		expect(insert(1, 0, "")).toEqual({ ok: true, update: 2 });
	});

	it("keeps apart what two type forwards at one place", () => {
		const all = writers(type);
		all.insert(1, 0, "Hello!");
		all.exchange();
		typeForwards(all, 1, 5, " Alice");
		typeForwards(all, 2, 5, " Charlie");
		all.exchange();
		const [first, second] = all.views();
		expect(first).toBe(second);
		expect(["Hello Alice Charlie!", "Hello Charlie Alice!"]).toContain(first);
	});
});

describe("backward typing at one place", () => {
	it("stays apart in text (Fugue)", () => {
		const all = writers("text");
		all.insert(1, 0, "Hello!");
		all.exchange();
		typeBackwards(all, 1, 5, " Alice");
		typeBackwards(all, 2, 5, " Charlie");
		all.exchange();
		expect(["Hello Alice Charlie!", "Hello Charlie Alice!"]).toContain(all.views()[0]);
	});

	it("interleaves in rga-text, as it does in the literature: not wrong, but a reason for Fugue", () => {
		const all = writers("rga-text");
		typeBackwards(all, 1, 0, "aaa");
		typeBackwards(all, 2, 0, "bbb");
		all.exchange();
		expect(all.views()).toEqual(["bababa", "bababa"]);
	});

	it("of two insertions in the middle of a run puts both between its halves", () => {
		for (const type of TEXTS) {
			const all = writers(type, 3);
			all.insert(1, 0, "ad");
			all.exchange();
			all.insert(1, 1, "b");
			all.insert(1, 2, "c");
			all.insert(2, 1, "X");
			all.insert(3, 1, "Y");
			all.exchange();
			expect(new Set(all.views()).size).toBe(1);
			expect(all.views()[0]).toMatch(/^a.*bc.*d$/);
		}
	});
});

describe.each([...LISTS, ...TEXTS])("%s", (type) => {
	const content: Record<string, Json> = TEXTS.includes(type) ? { text: "a" } : { value: "a" };

	it("refuses a place that it does not have, in words", () => {
		const { insert, remove } = writers(type);
		insert(1, 0, "a");
		expect(insert(1, 2, "b")).toEqual({
			ok: false,
			code: "out-of-range",
			message: `insert: expected a place within the ${TEXTS.includes(type) ? "text" : "list"}, which has the indexes 0 to 1 here, found 2`,
		});
		expect(remove(1, 0, 2)).toMatchObject({ ok: false, code: "out-of-range" });
		expect(insert(1, 1, "b")).toMatchObject({ ok: true });
	});

	it.each<[string, Json]>([
		["insert", { index: -1, ...content }],
		["insert", { index: 0.5, ...content }],
		["insert", { index: 0 }],
		["insert", { index: 0, text: "\ud800", value: -0 }],
		["insert", "a"],
		["insert", null],
		["delete", { index: 0 }],
		["delete", { index: 0, count: -1 }],
	])("refuses %s %j", (f, value) => {
		const { network } = writers(type);
		const reply = invoke(network, network.nodes[0] as Network["nodes"][0], { f, value });
		expect(reply).toMatchObject({ ok: false, code: "bad-value" });
	});
});

const OPERATIONS = 10_000;
const WRITERS = ["r1", "r2", "r3"];

describe(`${OPERATIONS} operations, each applied by three writers, within 2 s of processor time (seed 3)`, () => {
	it("fugue", () => expect(secondsOf(sequenceType(listElements, fugue))).toBeLessThan(2));
	it("yata", () => expect(secondsOf(sequenceType(listElements, yata))).toBeLessThan(2));
	it("rga", () => expect(secondsOf(sequenceType(listElements, rga))).toBeLessThan(2));
});

/** Of processor time, since other tests run beside this one. In each round the writers don't hear of one another. */
function secondsOf<P, I>(type: OpBasedType<Sequence<P, I>, SequenceEffect<P>>): number {
	const generator = xoroshiro128plus(3);
	const draw = (highest: number) => uniformInt(generator, 0, highest);
	const context = {
		actor: "",
		incarnation: 0,
		options: {},
		replicas: WRITERS,
		now: () => 0,
		random: () => 0,
	};
	const states = WRITERS.map((replica) => ({ replica, state: type.initial({ ...context, replica }) }));
	const before = process.cpuUsage();
	for (let number = 1; number * WRITERS.length <= OPERATIONS; number++) {
		const updates = states.map(({ replica, state }) => {
			const length = state.shown.length;
			const isDelete = length > 3 && draw(7) === 0;
			const value: Json = isDelete
				? { index: draw(length - 3), count: 3 }
				: { index: draw(length), value: 1 };
			const operation = { id: "", f: isDelete ? "delete" : "insert", value };
			const prepared = type.prepare(state, operation, { ...context, replica, number });
			if (!("effect" in prepared)) throw new Error(JSON.stringify(prepared));
			return { origin: replica, number, effect: prepared.effect };
		});
		for (const [at, { state }] of states.entries()) {
			for (const update of [...updates.slice(at), ...updates.slice(0, at)]) {
				type.apply(state, update.effect, update);
			}
		}
	}
	const { user, system } = process.cpuUsage(before);
	expect(new Set(states.map(({ state }) => JSON.stringify(type.canonical?.(state)))).size).toBe(1);
	expect(states[0]?.state.shown.length).toBeGreaterThan(4_000);
	return (user + system) / 1e6;
}
