import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { horizons } from "./page/causality.ts";
import { characterDiff } from "./page/character-diff.ts";
import { condensed, diffLines } from "./page/diff-lines.ts";
import { indexRun, type RunIndex } from "./page/run-index.ts";
import { pageData } from "./page-data.ts";
import { writeFixtureRun } from "./testing/fixture-run.ts";

describe("texts by character", () => {
	const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "\u{1f600}"), maxLength: 30 });

	test.prop([text, text])("explains both texts completely", (left, right) => {
		const parts = characterDiff(left, right) ?? [];
		const without = (sign: string): string =>
			parts
				.filter((part) => part.sign !== sign)
				.map((part) => part.text)
				.join("");
		expect(without("+")).toBe(left);
		expect(without("-")).toBe(right);
	});

	it("finds the shortest explanation", () => {
		expect(characterDiff("hello world", "hello brave world")).toEqual([
			{ sign: " ", text: "hello " },
			{ sign: "+", text: "brave " },
			{ sign: " ", text: "world" },
		]);
	});

	it("gives up on texts that share next to nothing", () => {
		expect(characterDiff("a".repeat(1_000), "b".repeat(1_000))).toBeNull();
	});
});

describe("views by structure", () => {
	const signs = (left: never[] | object, right: never[] | object): string[] =>
		(diffLines(left as never, right as never) ?? [])
			.filter(({ sign }) => sign !== " ")
			.map(({ sign, text }) => `${sign}${text}`);

	it("shows one removal from a long list as that one member", () => {
		const left = Array.from({ length: 400 }, (_, id) => ({ id }));
		expect(signs(left, left.toSpliced(200, 1))).toEqual(["-{", '-"id": 200,', "-},"]);
	});

	it("names the key that differs, and both values", () => {
		expect(signs({ items: { milk: 2, tea: 1 } }, { items: { milk: 3, tea: 1 } })).toEqual([
			'-"milk": 2,',
			'+"milk": 3,',
		]);
	});

	it("is not misled by keys of Object's own", () => {
		expect(signs(JSON.parse('{"__proto__":1}'), { constructor: 1 })).toEqual([
			'-"__proto__": 1,',
			'+"constructor": 1,',
		]);
	});

	it("leaves out what is equal and far away, and counts it", () => {
		const left = Array.from({ length: 100 }, (_, n) => n);
		const shown = condensed(diffLines(left, left.toSpliced(50, 1)) ?? [], 2);
		expect(shown.filter((line) => typeof line === "number")).toEqual([49, 48]);
	});
});

describe("a run as the page sees it (seed 5)", () => {
	let root: string;
	let run: RunIndex;
	beforeAll(async () => {
		root = await mkdtemp(join(tmpdir(), "pakka-parts-"));
		run = indexRun(
			await pageData(await writeFixtureRun({ folder: root, events: 1_500, seed: 5, verdict: "pass" })),
		);
	});
	afterAll(() => rm(root, { recursive: true, force: true }));

	it("ends with one view in force", () => {
		expect(run.distinct[run.distinct.length - 1]?.count).toBe(1);
		expect(new Set(run.spans.map((spans) => spans[spans.length - 1]?.view)).size).toBe(1);
	});

	it("colours views alike exactly when they are equal, at every moment", () => {
		for (const { time } of run.distinct) {
			const inForce = run.spans.flatMap((spans) => spans.findLast(({ from }) => from <= time) ?? []);
			for (const a of inForce) for (const b of inForce) expect(a.slot === b.slot).toBe(a.view === b.view);
		}
	});

	it("finds the same causal past as following every delivery back, one by one", () => {
		const { deliveries, operations } = run.model;
		const { lastTime } = run.model;
		for (const [replica, share] of [
			[0, 0.3],
			[2, 0.5],
			[4, 0.8],
		] as const) {
			const time = lastTime * share;
			const { past } = horizons(run, replica, time);
			const slow = run.lanes.map((_, lane) => (lane === replica ? time : Number.NEGATIVE_INFINITY));
			for (let moved = true; moved; ) {
				moved = false;
				deliveries.update.forEach((update, n) => {
					const operation = run.operationOfUpdate.get(update) as number;
					const origin = operations.replica[operation] as number;
					const effect = operations.effect[operation] as number;
					const isPast = (deliveries.time[n] as number) <= (slow[deliveries.replica[n] as number] as number);
					if (!isPast || effect <= (slow[origin] as number)) return;
					slow[origin] = effect;
					moved = true;
				});
			}
			expect(past).toEqual(slow);
		}
	});
});
