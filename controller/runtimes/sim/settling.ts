/**
 * When a simulated run has settled: not because time is over, but because nothing that could move is left. Pure. The scenario's
 * `settle.within` only tells what came too late: a run that is quiet is waited out, however short the bound.
 *
 * Judged at rounds of ticks after healing. Nothing may be under way that faults delayed, nothing may wait for the order
 * of messages, and then so many rounds of ticks must have changed nothing. Chatter may go on for ever.
 */
import type { EndReason } from "../../../history/events.ts";

/** Where all have delivered the same and nothing waits. */
export const QUIET_TICKS = 8;
/**
 * Where something is missing: longer than the SDK's heartbeat and its longest backoff, since the checker takes a stall
 * for proof that an update was lost.
 */
export const STALL_TICKS = 200;
/** Views that change for ever (one that shows the time): the run ends after so much virtual time. */
export const MAX_SETTLE_MS = 600_000;

export interface Standing {
	/** Rounds of ticks since any view, delivered set or number of pending updates changed. */
	quietTicks: number;
	settlingForMs: number;
	/** From the beginning of settling to the latest change; 0: there was none. */
	changedAfterMs: number;
	/** The scenario's bound: what still changes after it has not settled in time. */
	withinMs: number;
	/** Messages that are delayed, wait or are held back. */
	underWay: number;
	/** Replicas that ended by themselves. */
	down: readonly string[];
	/** Distinct delivered sets; null where a replica does not report its own. */
	deliveredSets: () => number | null;
	pending: () => number;
	views: () => number;
}

/** @returns null while something may still move */
export function judgeStanding(standing: Standing): { reason: EndReason; detail: string } | null {
	const { quietTicks, underWay, down } = standing;
	if (standing.settlingForMs > MAX_SETTLE_MS) {
		return {
			reason: "still-moving",
			detail: `views still changed after ${MAX_SETTLE_MS} ms of virtual time`,
		};
	}
	if (standing.changedAfterMs > standing.withinMs) {
		return {
			reason: "still-moving",
			detail: `views, delivered sets or pending updates still changed ${standing.changedAfterMs} ms after healing, settle.within is ${standing.withinMs} ms`,
		};
	}
	if (quietTicks < QUIET_TICKS) return null;
	if (down.length > 0) {
		return { reason: "unreadable", detail: `no state could be read from ${down.join(", ")}` };
	}
	if (underWay > 0) return null;
	const sets = standing.deliveredSets();
	const pending = standing.pending();
	if (sets === 1 && pending === 0) {
		return {
			reason: "settled",
			detail: `equal delivered sets, and ${QUIET_TICKS} rounds of ticks changed nothing`,
		};
	}
	if (quietTicks < STALL_TICKS) return null;
	const unchanged = `${STALL_TICKS} rounds of ticks changed nothing`;
	if (sets === null)
		return { reason: "settled", detail: `${standing.views()} distinct views, and ${unchanged}` };
	if (sets === 1) {
		const detail = `equal delivered sets; ${pending} updates wait for some that nobody has; ${unchanged}`;
		return { reason: "settled", detail };
	}
	return {
		reason: "stalled",
		detail: `${sets} distinct delivered sets, ${pending} updates pending, and ${unchanged}`,
	};
}
