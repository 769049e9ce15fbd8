/**
 * Watches the replicas while they run: polls `/state` and `/journal` of every node that is up, and records what changed.
 * The latest reading of each replica is kept for settling and for the progress display.
 *
 * Left out on purpose: nodes that the nemesis has crashed or paused are not asked; their silence is no news.
 */
import { createHash } from "node:crypto";
import type { Json } from "../history/events.ts";
import type { JournalWriter } from "../history/journal.ts";
import type { RunClock } from "./clock.ts";
import type { Answer, StateReply } from "./control-client.ts";
import type { Reading } from "./quiescence.ts";
import { createJournalReader, type JournalReader } from "./read-journal.ts";
import type { Recorder } from "./recorder.ts";
import type { StartedRuntime } from "./runtimes/runtime.ts";

export const POLL_EVERY_MS = 150;
const STATE_TIMEOUT_MS = 2_000;
/** A final state is worth more patience. */
const FINAL_ATTEMPTS = 3;
const FINAL_PAUSE_MS = 200;

export interface Observer {
	/** Polls every replica until the signal aborts, each on its own: a slow one does not hold up the others. */
	poll(everyMs: number, signal: AbortSignal): Promise<void>;
	/** One look at every replica at once. */
	look(): Promise<ReadonlyMap<string, Reading>>;
	/** Records the final state of every replica. @returns those that could not be read */
	readFinal(): Promise<string[]>;
	/** As last read; a replica that was never read is missing. */
	latest(): ReadonlyMap<string, Reading>;
}

interface ObserverOptions {
	replicas: readonly string[];
	/** The view is an array whose order means nothing. */
	unordered: boolean;
	runtime: StartedRuntime;
	recorder: Recorder;
	journal: JournalWriter;
	clock: RunClock;
}

interface Watched {
	replica: string;
	journal: JournalReader;
	reading: Reading | undefined;
	/** Of the last reply: equal text needs no parsing to know that nothing changed. */
	recorded: string;
	/** Incarnation whose outage or garbage was reported: once each is enough. */
	reported: Map<"unreachable" | "garbage", number>;
}

export function createObserver(options: ObserverOptions): Observer {
	const { runtime, recorder, clock } = options;
	const journals = createJournalReader(options);
	const watched = options.replicas.map(
		(replica): Watched => ({
			replica,
			journal: journals(replica),
			reading: undefined,
			recorded: "",
			reported: new Map(),
		}),
	);

	/** @returns null where it was not asked, or has gone since */
	async function readState(of: Watched): Promise<Answer<StateReply> | null> {
		if (runtime.status(of.replica) !== "up") return null;
		const incarnation = runtime.incarnation(of.replica);
		const answer = await runtime.control(of.replica).state(STATE_TIMEOUT_MS);
		const isStill = runtime.status(of.replica) === "up" && runtime.incarnation(of.replica) === incarnation;
		return isStill ? answer : null;
	}

	async function look(of: Watched): Promise<void> {
		const askedAtMs = clock.nowMs();
		const answer = await readState(of);
		if (answer?.kind === "ok") {
			of.reading = readingOf(answer.value, options.unordered);
			of.reported.delete("unreachable");
			const seen = JSON.stringify([of.reading.view, of.reading.delivered]);
			if (seen !== of.recorded) {
				of.recorded = seen;
				// The reply was made somewhere between request and reply.
				recordState(recorder, of.replica, answer.value, false, (askedAtMs + clock.nowMs()) / 2);
			}
		} else {
			of.reading = { kind: "unreadable" };
			if (answer !== null) reportOnce(of, answer);
		}
		await of.journal.read();
	}

	function reportOnce(of: Watched, answer: Exclude<Answer<StateReply>, { kind: "ok" }>): void {
		const what = answer.kind === "garbage" ? "garbage" : "unreachable";
		const incarnation = runtime.incarnation(of.replica);
		if (of.reported.get(what) === incarnation) return;
		of.reported.set(what, incarnation);
		const detail =
			answer.kind === "garbage"
				? answer.message
				: `GET /state: ${answer.error.code}, ${answer.error.message}`;
		recorder.record({ event: "node", replica: of.replica, what, incarnation, detail });
	}

	async function readFinal(of: Watched): Promise<boolean> {
		const { signal } = new AbortController();
		for (let attempt = 1; attempt <= FINAL_ATTEMPTS; attempt++) {
			const answer = await readState(of);
			if (answer?.kind === "ok") {
				await of.journal.read();
				recordState(recorder, of.replica, answer.value, true);
				return true;
			}
			if (answer !== null) reportOnce(of, answer);
			if (attempt < FINAL_ATTEMPTS) await clock.sleepUntil(clock.nowMs() + FINAL_PAUSE_MS, signal);
		}
		return false;
	}

	const latest = () =>
		new Map(watched.flatMap(({ replica, reading }) => (reading === undefined ? [] : [[replica, reading]])));

	return {
		async poll(everyMs, signal) {
			await Promise.all(
				watched.map(async (of) => {
					while (!signal.aborted) {
						const nextMs = clock.nowMs() + everyMs;
						await look(of);
						await clock.sleepUntil(nextMs, signal);
					}
				}),
			);
		},
		async look() {
			await Promise.all(watched.map(look));
			return latest();
		},
		async readFinal() {
			const read = await Promise.all(watched.map(readFinal));
			return watched.filter((_, index) => !read[index]).map(({ replica }) => replica);
		},
		latest,
	};
}

function recordState(
	recorder: Recorder,
	replica: string,
	state: StateReply,
	final: boolean,
	atMs?: number,
): void {
	const { view, delivered, pending } = state;
	recorder.record(
		{
			event: "state",
			replica,
			view,
			...(delivered !== undefined && { delivered }),
			...(pending !== undefined && { pending }),
			final,
		},
		atMs,
	);
}

/** Views are only compared, so a digest of them is kept. */
function readingOf(
	{ view, delivered, pending }: StateReply,
	unordered: boolean,
): Extract<Reading, { kind: "read" }> {
	const text = unordered && Array.isArray(view) ? view.map(canonicalText).sort().join() : canonicalText(view);
	return {
		kind: "read",
		view: createHash("sha1").update(text).digest("base64"),
		delivered: delivered === undefined ? null : canonicalDelivered(delivered),
		pending: pending ?? 0,
	};
}

/** JSON with keys in one order. */
function canonicalText(json: Json): string {
	return JSON.stringify(json, (_, value: Json) => {
		if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
		return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
	});
}

/** `{"r1": 3}` and `{"r1": [[1, 3]], "r2": 0}` are the same set. */
export function canonicalDelivered(delivered: NonNullable<StateReply["delivered"]>): string {
	const runs = Object.entries(delivered).map(([replica, upTo]): [string, (readonly number[])[]] => {
		const listed = typeof upTo === "number" ? [[1, upTo] as const] : upTo;
		return [replica, joinRuns(listed.filter(([first, last]) => first <= last))];
	});
	return JSON.stringify(runs.filter(([, listed]) => listed.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function joinRuns(runs: readonly (readonly [number, number])[]): [number, number][] {
	const joined: [number, number][] = [];
	for (const [first, last] of [...runs].sort((a, b) => a[0] - b[0])) {
		const before = joined.at(-1);
		if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
		else joined.push([first, last]);
	}
	return joined;
}
