import { describe, expect, it } from "vitest";
import { createInbox, HOLD_BACK_MS, type Inbox, MAX_HELD_MESSAGES } from "./inbox.ts";

function feed(inbox: Inbox<number>, sequences: number[], lowest = 1, incarnation = 0, nowMs = 0): number[] {
	return sequences.flatMap(
		(sequence) => inbox.accept({ incarnation, sequence, lowest, message: sequence }, nowMs).ready,
	);
}

describe("an inbox", () => {
	it("passes everything on as it comes where the manifest allows it, and says what was late or came before", () => {
		const inbox = createInbox<number>({ order: "any", duplicates: true });
		const judged = [2, 1, 2, 3].map((sequence) =>
			inbox.accept({ incarnation: 0, sequence, lowest: 1, message: sequence }, 0),
		);
		expect(judged).toEqual([
			{ overtaken: false, duplicate: false, ready: [2] },
			{ overtaken: true, duplicate: false, ready: [1] },
			{ overtaken: false, duplicate: true, ready: [2] },
			{ overtaken: false, duplicate: false, ready: [3] },
		]);
	});

	it("passes a sequence once without duplicates, per incarnation of the sender", () => {
		const inbox = createInbox<number>({ order: "any", duplicates: false });
		expect(feed(inbox, [3, 1, 3, 2, 1, 4])).toEqual([3, 1, 2, 4]);
		expect(feed(inbox, [1, 1], 1, 1)).toEqual([1]);
		expect(feed(inbox, [2, 5])).toEqual([5]);
	});

	it("remembers what was seen beyond gaps that never close", () => {
		const inbox = createInbox<number>({ order: "any", duplicates: false });
		const odd = Array.from({ length: 30_000 }, (_, i) => 2 * i + 1);
		expect(feed(inbox, odd).length).toBe(30_000);
		expect(feed(inbox, odd)).toEqual([]);
	});

	it("passes in sequence under fifo, and not what comes after it was passed over", () => {
		const inbox = createInbox<number>({ order: "fifo", duplicates: false });
		expect(feed(inbox, [2, 3])).toEqual([]);
		expect(feed(inbox, [1, 2, 4])).toEqual([1, 2, 3, 4]);
		expect(feed(inbox, [7])).toEqual([]);
		// 5 and 6 were given up by the sender.
		expect(feed(inbox, [8], 7)).toEqual([7, 8]);
		expect(feed(inbox, [5, 6], 5)).toEqual([]);
	});

	it("begins, after a restart of its own, where the sender is", () => {
		const inbox = createInbox<number>({ order: "fifo", duplicates: false });
		expect(feed(inbox, [58], 57)).toEqual([]);
		expect(feed(inbox, [57], 57)).toEqual([57, 58]);
	});

	it("gives up a gap that lasts too long, or behind which too much waits", () => {
		const inbox = createInbox<number>({ order: "fifo", duplicates: false });
		feed(inbox, [1, 3, 4]);
		expect(inbox.expire(HOLD_BACK_MS - 1)).toEqual([]);
		expect(inbox.expire(HOLD_BACK_MS)).toEqual([3, 4]);
		const many = Array.from({ length: MAX_HELD_MESSAGES + 1 }, (_, i) => i + 6);
		expect(feed(inbox, many)).toEqual(many);
	});

	it("lets nothing of an earlier incarnation pass under fifo once a later one was heard", () => {
		const inbox = createInbox<number>({ order: "fifo", duplicates: false });
		feed(inbox, [1, 3]);
		expect(feed(inbox, [1], 1, 1)).toEqual([3, 1]);
		expect(feed(inbox, [2], 1, 0)).toEqual([]);
	});
});
