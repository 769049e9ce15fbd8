import { describe, expect, it } from "vitest";
import { createNodeJournal } from "./journal.ts";
import { createSkewedClock } from "./skewed-clock.ts";

describe("a node's journal", () => {
	it("numbers its entries densely and gives those after a number", () => {
		const journal = createNodeJournal(() => 10.5);
		journal.deliver("r1:1", 3);
		const message = {
			from: "r2",
			sequence: 1,
			lane: 0,
			sentAt: 1,
			overtaken: false,
			duplicate: false,
			label: "x",
		};
		journal.message(message, 4);
		expect(journal.after(0)).toEqual({
			now: 10.5,
			next: 2,
			dropped: 0,
			entries: [
				{ n: 1, at: 3, deliver: "r1:1" },
				{ n: 2, at: 4, message },
			],
		});
		expect(journal.after(2)).toMatchObject({ next: 2, dropped: 0, entries: [] });
		expect(journal.after(9)).toMatchObject({ next: 2, dropped: 0, entries: [] });
	});

	it("forgets the oldest and says how many a reader missed", () => {
		const journal = createNodeJournal(() => 0, 3);
		for (let i = 1; i <= 5; i += 1) journal.deliver(`r1:${i}`, i);
		expect(journal.after(0)).toMatchObject({ next: 5, dropped: 2, entries: [{ n: 3 }, { n: 4 }, { n: 5 }] });
		expect(journal.after(2)).toMatchObject({ dropped: 0, entries: [{ n: 3 }, { n: 4 }, { n: 5 }] });
		expect(journal.after(4)).toMatchObject({ dropped: 0, entries: [{ n: 5 }] });
	});
});

describe("a skewed clock", () => {
	it("adds an offset at once and a drift from then on, in whole milliseconds", () => {
		let real = 1000.7;
		const clock = createSkewedClock(() => real);
		expect(clock.now()).toBe(1000);
		clock.set({ offsetMs: -500, drift: 0.5 });
		expect(clock.now()).toBe(500);
		real += 100;
		expect(clock.now()).toBe(650);
		clock.set({ offsetMs: 0, drift: 0 });
		expect(clock.now()).toBe(1100);
	});
});
