/**
 * The run's clock: it both tells time and sleeps. Everything above the runtimes takes one, so that the same code can be
 * driven by a virtual clock. Times are milliseconds since the run began unless a name says otherwise.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export interface RunClock {
	/** When the run began, by the wall clock: fractional Unix milliseconds. */
	readonly startedAtUnixMs: number;
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
		startedAtUnixMs: performance.timeOrigin + startedAt,
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
		startedAtUnixMs: clock.startedAtUnixMs + zeroMs,
		nowMs: () => clock.nowMs() - zeroMs,
		sleepUntil: (atMs, signal) => clock.sleepUntil(atMs + zeroMs, signal),
	};
}

/** Aborts with the first of them. Any number may sleep on it: without the call Node warns from the eleventh on. */
export function anySignal(...signals: AbortSignal[]): AbortSignal {
	const any = AbortSignal.any(signals);
	setMaxListeners(0, any);
	return any;
}
