/**
 * What a node remembers of its traffic for the harness to read (`GET /journal`): labelled messages as they were
 * received, and updates as they took effect. Bounded: of a reader that comes too late, the oldest entries are gone,
 * and the answer says how many.
 */
export const JOURNAL_ENTRIES = 50_000;

export interface ReceivedMessage {
	from: string;
	sequence: number;
	lane: number;
	/** Fractional Unix milliseconds of the sender's unskewed clock. */
	sentAt: number;
	overtaken: boolean;
	duplicate: boolean;
	label: string;
}

/** `n` is dense and starts at 1 in every incarnation; `at` is fractional Unix milliseconds, unskewed. */
export type JournalEntry = { n: number; at: number } & ({ deliver: string } | { message: ReceivedMessage });

export interface JournalPage {
	now: number;
	/** The `after` of the next request. */
	next: number;
	/** Entries after `after` that had fallen out before this request. */
	dropped: number;
	entries: JournalEntry[];
}

export interface NodeJournal {
	message(message: ReceivedMessage, at?: number): void;
	/** @param update e.g. `r1:5` */
	deliver(update: string, at: number): void;
	after(n: number): JournalPage;
}

export function createNodeJournal(now: () => number, capacity = JOURNAL_ENTRIES): NodeJournal {
	const ring: JournalEntry[] = [];
	let last = 0;
	function add(entry: JournalEntry): void {
		ring[(entry.n - 1) % capacity] = entry;
	}
	return {
		message(message, at = now()) {
			last += 1;
			add({ n: last, at, message });
		},
		deliver(update, at) {
			last += 1;
			add({ n: last, at, deliver: update });
		},
		after(n) {
			// A reader that followed an earlier incarnation asks beyond the end: it gets nothing, and starts over.
			const first = Math.max(n, last - capacity) + 1;
			const entries: JournalEntry[] = [];
			for (let number = first; number <= last; number += 1) {
				const entry = ring[(number - 1) % capacity];
				if (entry !== undefined) entries.push(entry);
			}
			return { now: now(), next: last, dropped: Math.max(0, first - 1 - n), entries };
		},
	};
}
