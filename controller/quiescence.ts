/**
 * Decides when replicas have settled. A fold over rounds of observations, without clock or I/O: `observeRound` takes in what
 * was read of every replica, `judge` says whether to go on. Driven by settle.ts.
 *
 * Settled means that nothing more will come, not that all is well: views that differ at equal delivered sets are settled,
 * and the checker judges them.
 */
import type { EndReason } from "../history/events.ts";

/** Equal delivered sets, nothing pending and unchanged views must hold for this long. */
export const STABLE_FOR_MS = 300;
/** Where replicas don't report delivered sets: equal views must stay unchanged for this long. */
export const STABLE_WITHOUT_DELIVERED_FOR_MS = 1_000;
/**
 * Nothing at all moved for this long: nothing more will come. Longer than any backoff or gossip interval of the SDK, since
 * the checker takes it for a proof that an update was lost.
 */
export const STALL_WINDOW_MS = 5_000;

/** One replica as it was read after the network had healed. Equal strings mean equal values. */
export type Reading =
	| { kind: "read"; view: string; delivered: string | null; pending: number }
	| { kind: "unreadable" };

export interface Round {
	atMs: number;
	replicas: ReadonlyMap<string, Reading>;
}

export interface Quiescence {
	/** Of the last round. */
	replicas: ReadonlyMap<string, Reading>;
	atMs: number;
	/** Since when every reading is as it is now. */
	unchangedSinceMs: number;
}

export type Settlement = Extract<EndReason, "settled" | "stalled" | "still-moving" | "unreadable">;
export type Judgement = { kind: "wait" } | { kind: "done"; reason: Settlement; detail: string };

export function beginQuiescence(first: Round): Quiescence {
	return { ...first, unchangedSinceMs: first.atMs };
}

export function observeRound(before: Quiescence, round: Round): Quiescence {
	const same = [...round.replicas].every(([id, reading]) => sameReading(before.replicas.get(id), reading));
	return { ...round, unchangedSinceMs: same ? before.unchangedSinceMs : round.atMs };
}

/** @param boundMs run time at which waiting ends whatever moves */
export function judge(state: Quiescence, boundMs: number): Judgement {
	const unchangedForMs = state.atMs - state.unchangedSinceMs;
	const readings = [...state.replicas];
	const unreadable = readings.filter(([, reading]) => reading.kind === "unreadable").map(([id]) => id);
	const read = readings.flatMap(([, reading]) => (reading.kind === "read" ? [reading] : []));
	const stalled = unchangedForMs >= STALL_WINDOW_MS;
	if (unreadable.length > 0) {
		if (!stalled && state.atMs < boundMs) return { kind: "wait" };
		return done("unreadable", `no state could be read from ${unreadable.join(", ")}`);
	}
	if (read.some(({ delivered }) => delivered === null)) {
		const views = new Set(read.map(({ view }) => view)).size;
		if (views === 1 && unchangedForMs >= STABLE_WITHOUT_DELIVERED_FOR_MS) {
			return done("settled", `all views equal and unchanged for ${STABLE_WITHOUT_DELIVERED_FOR_MS} ms`);
		}
		// Without delivered sets only time can tell that no exchange is under way.
		if (stalled) return done("settled", `${views} distinct views, unchanged for ${STALL_WINDOW_MS} ms`);
	} else {
		const pending = read.reduce((sum, reading) => sum + reading.pending, 0);
		const sets = new Set(read.map(({ delivered }) => delivered)).size;
		if (sets === 1 && pending === 0) {
			if (unchangedForMs >= STABLE_FOR_MS) {
				return done("settled", `equal delivered sets and unchanged views for ${STABLE_FOR_MS} ms`);
			}
		} else if (stalled) {
			return done(
				"stalled",
				`${sets} distinct delivered sets, ${pending} updates pending, and nothing moved for ${STALL_WINDOW_MS} ms`,
			);
		}
	}
	if (state.atMs < boundMs) return { kind: "wait" };
	const lastChange = `the last change was ${Math.round(unchangedForMs)} ms before the bound of settle.within`;
	return done(
		"still-moving",
		`${lastChange}, and only ${STALL_WINDOW_MS} ms without one prove that nothing comes`,
	);
}

function done(reason: Settlement, detail: string): Judgement {
	return { kind: "done", reason, detail };
}

function sameReading(a: Reading | undefined, b: Reading): boolean {
	if (a?.kind !== "read" || b.kind !== "read") return a?.kind === b.kind;
	return a.view === b.view && a.delivered === b.delivered && a.pending === b.pending;
}
