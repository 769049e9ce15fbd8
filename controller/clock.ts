/**
 * The run's clock: it both tells time and sleeps. Everything above the runtimes takes one, so that the same code can be
 * driven by a virtual clock. Times are milliseconds since the run began unless a name says otherwise.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface RunClock {
	/** Fractional milliseconds since the run began. */
	nowMs(): number;
	/** Resolves at that time, at once if it is past, and early (without throwing) when the signal aborts. */
	sleepUntil(atMs: number, signal: AbortSignal): Promise<void>;
}

/** A clock that begins now. */
export function startRealClock(): RunClock {
	const startedAt = performance.now();
	const nowMs = () => performance.now() - startedAt;
	return {
		nowMs,
		async sleepUntil(atMs, signal) {
			const leftMs = atMs - nowMs();
			if (leftMs <= 0 || signal.aborted) return;
			await sleep(leftMs, undefined, { signal }).catch(() => undefined);
		},
	};
}

/** History's unit. */
export function toNanoseconds(ms: number): number {
	return Math.max(0, Math.round(ms * 1e6));
}

/** The same clock, with its zero at `zeroMs` of the other. */
export function shiftClock(clock: RunClock, zeroMs: number): RunClock {
	return {
		nowMs: () => clock.nowMs() - zeroMs,
		sleepUntil: (atMs, signal) => clock.sleepUntil(atMs + zeroMs, signal),
	};
}
