import { describe, expect, it } from "vitest";
import {
	beginQuiescence,
	type Judgement,
	judge,
	observeRound,
	type Reading,
	STABLE_FOR_MS,
	STABLE_WITHOUT_DELIVERED_FOR_MS,
	STALL_WINDOW_MS,
} from "./quiescence.ts";

const BOUND_MS = 20_000;
const GONE: Reading = { kind: "unreadable" };
const read = (view: string, delivered: string | null, pending = 0): Reading => ({
	kind: "read",
	view,
	delivered,
	pending,
});

/** Every 50 ms the readings of r1 and r2 at that time. @returns how it ended, and when */
function follow(readingsAt: (atMs: number) => [Reading, Reading]): Judgement & { atMs: number } {
	const round = (atMs: number) => {
		const [r1, r2] = readingsAt(atMs);
		return { atMs, replicas: new Map([["r1", r1] as const, ["r2", r2] as const]) };
	};
	let state = beginQuiescence(round(0));
	for (let atMs = 0; atMs <= 2 * BOUND_MS; atMs += 50) {
		state = observeRound(state, round(atMs));
		const judgement = judge(state, BOUND_MS);
		if (judgement.kind === "done") return { ...judgement, atMs };
	}
	throw new Error("it never ended");
}

describe("replicas", () => {
	it("have settled when their delivered sets are equal and their views stable", () => {
		const end = follow(() => [read("a", "1"), read("a", "1")]);
		expect(end).toMatchObject({ reason: "settled", atMs: STABLE_FOR_MS });
	});

	it("have settled with differing views at equal delivered sets: that is for the checker", () => {
		expect(follow(() => [read("a", "1"), read("b", "1")])).toMatchObject({ reason: "settled" });
	});

	it("have not settled while a view still changes", () => {
		const end = follow((atMs) => [read(atMs < 1_000 ? `v${atMs}` : "v", "1"), read("v", "1")]);
		expect(end).toMatchObject({ reason: "settled", atMs: 1_000 + STABLE_FOR_MS });
	});

	it("have not settled while updates are pending", () => {
		const end = follow((atMs) => [read("a", "1", atMs < 2_000 ? 3 : 0), read("a", "1")]);
		expect(end).toMatchObject({ reason: "settled", atMs: 2_000 + STABLE_FOR_MS });
	});

	it("have stalled when delivered sets differ and nothing moves for the window", () => {
		const end = follow((atMs) => [read("a", atMs < 1_000 ? "1" : "2"), read("b", "3")]);
		expect(end).toMatchObject({ reason: "stalled", atMs: 1_000 + STALL_WINDOW_MS });
	});

	it("have stalled when an update stays pending at equal delivered sets", () => {
		expect(follow(() => [read("a", "1", 1), read("a", "1")])).toMatchObject({ reason: "stalled" });
	});

	it("are still moving when something changes up to the bound", () => {
		const end = follow((atMs) => [read("a", String(atMs)), read("a", "x")]);
		expect(end).toMatchObject({ reason: "still-moving", atMs: BOUND_MS });
	});

	it("are unreadable when one never answers, once the others stand still", () => {
		const end = follow((atMs) => [GONE, read(atMs < 1_000 ? `${atMs}` : "a", "1")]);
		expect(end).toMatchObject({
			reason: "unreadable",
			atMs: 1_000 + STALL_WINDOW_MS,
			detail: expect.stringContaining("r1") as string,
		});
	});

	it("are waited for when they come back", () => {
		const end = follow((atMs) => [atMs < 3_000 ? GONE : read("a", "1"), read("a", "1")]);
		expect(end).toMatchObject({ reason: "settled", atMs: 3_000 + STABLE_FOR_MS });
	});

	it("are unreadable at the bound when one answers only now and then", () => {
		const end = follow((atMs) => [(atMs / 50) % 2 === 0 ? GONE : read("a", "1"), read("a", "1")]);
		expect(end.atMs).toBe(BOUND_MS);
		expect(end).toMatchObject({ reason: "unreadable" });
	});
});

describe("replicas without delivered sets", () => {
	it("have settled when equal views stay for a while", () => {
		const end = follow(() => [read("a", null), read("a", null)]);
		expect(end).toMatchObject({ reason: "settled", atMs: STABLE_WITHOUT_DELIVERED_FOR_MS });
	});

	it("are given the whole stall window when their views differ", () => {
		const end = follow(() => [read("a", null), read("b", "1")]);
		expect(end).toMatchObject({ reason: "settled", atMs: STALL_WINDOW_MS });
	});
});
