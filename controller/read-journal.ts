/**
 * Follows the journals of the nodes (`GET /journal`): deliveries become history events, messages become lines of the run's
 * journal. A node stamps entries with its own clock; the reply brings that clock's `now`, so the entries' times are mapped
 * to the run's by the middle of the request. Of all requests to one incarnation the quickest gives the best mapping.
 */
import type { JournalWriter } from "../history/journal.ts";
import { type RunClock, toNanoseconds } from "./clock.ts";
import type { JournalPage } from "./control-client.ts";
import type { Recorder } from "./recorder.ts";
import type { JournalEntry } from "./replies.ts";
import type { StartedRuntime } from "./runtimes/runtime.ts";

const JOURNAL_TIMEOUT_MS = 2_000;
/** Two processes of a machine don't agree better on when their clocks began. */
const CLOCK_GRAIN_MS = 2;

export interface JournalReader {
	/** Takes over what is new. Never throws for what the node answers. */
	read(): Promise<void>;
}

interface JournalReaderOptions {
	runtime: StartedRuntime;
	recorder: Recorder;
	journal: JournalWriter;
	clock: RunClock;
}

/** What to add to a node's clock to get the run's, and how long the request took that told. */
interface ClockOffset {
	offsetMs: number;
	roundTripMs: number;
}

/** @returns one reader for each replica; they share what is known of one another's clocks */
export function createJournalReader(options: JournalReaderOptions): (replica: string) => JournalReader {
	const offsets = new Map<string, ClockOffset>();
	return (replica) => followJournal(options, offsets, replica);
}

function followJournal(
	{ runtime, recorder, journal, clock }: JournalReaderOptions,
	offsets: Map<string, ClockOffset>,
	replica: string,
): JournalReader {
	let incarnation = -1;
	let after = 0;
	let isAvailable = true;
	let saidDropped = false;

	function take(entry: JournalEntry, offsetMs: number): void {
		if ("deliver" in entry) {
			recorder.record({ event: "deliver", replica, update: entry.deliver }, entry.at + offsetMs);
			return;
		}
		const { sentAt, ...message } = entry.message;
		journal.append({
			event: "message",
			to: replica,
			...message,
			sentAt: toNanoseconds(sentAt + (offsets.get(message.from)?.offsetMs ?? offsetMs)),
			receivedAt: toNanoseconds(entry.at + offsetMs),
		});
	}

	function takePage(page: JournalPage): void {
		const offsetMs = offsets.get(replica)?.offsetMs ?? 0;
		for (const entry of page.entries) take(entry, offsetMs);
		after = page.next;
		if (page.dropped > 0 && !saidDropped) {
			saidDropped = true;
			recorder.note(`the journal of ${replica} overflowed: some deliveries and messages are not recorded`, {
				dropped: page.dropped,
			});
		}
	}

	return {
		async read() {
			if (runtime.status(replica) !== "up") return;
			const present = runtime.incarnation(replica);
			if (present !== incarnation) {
				incarnation = present;
				after = 0;
				offsets.delete(replica);
			}
			if (!isAvailable) return;
			const askedAtMs = clock.nowMs();
			const answer = await runtime.control(replica).journal(after, JOURNAL_TIMEOUT_MS);
			const answeredAtMs = clock.nowMs();
			if (runtime.incarnation(replica) !== present) return;
			if (answer.kind === "ok") {
				const roundTripMs = answeredAtMs - askedAtMs;
				const best = offsets.get(replica)?.roundTripMs ?? Infinity;
				if (roundTripMs < best) {
					const offsetMs = offsetOf(clock, answer.value.now, (askedAtMs + answeredAtMs) / 2, roundTripMs);
					offsets.set(replica, { offsetMs, roundTripMs });
				}
				takePage(answer.value);
			} else if (answer.kind === "garbage" || answer.error.code.startsWith("http-4")) {
				// Not a replica made with the SDK: the harness does without.
				isAvailable = false;
			}
		},
	};
}

/**
 * A node on the same machine has the very same clock, and the middle of a slow request is a bad guess: where the reply
 * allows that the clocks agree, they are taken to.
 */
function offsetOf(clock: RunClock, nodeNow: number, middleMs: number, roundTripMs: number): number {
	const guessedMs = middleMs - nodeNow;
	const sameClockMs = -clock.startedAtUnixMs;
	return Math.abs(guessedMs - sameClockMs) <= roundTripMs / 2 + CLOCK_GRAIN_MS ? sameClockMs : guessedMs;
}
