/**
 * The bounded wait after faults have ended: looks at all replicas again and again until quiescence.ts says that nothing
 * more will come. Not a sleep: it ends as soon as they have settled.
 */
import type { RunClock } from "./clock.ts";
import type { Observer } from "./observe.ts";
import { beginQuiescence, type Judgement, judge, observeRound } from "./quiescence.ts";

const LOOK_EVERY_MS = 50;

export interface SettleOptions {
	observer: Observer;
	clock: RunClock;
	withinMs: number;
	signal: AbortSignal;
}

/** @returns how it ended; null when the signal aborted it */
export async function settle(options: SettleOptions): Promise<Extract<Judgement, { kind: "done" }> | null> {
	const { observer, clock, withinMs, signal } = options;
	const boundMs = clock.nowMs() + withinMs;
	const round = async () => ({ replicas: await observer.look(), atMs: clock.nowMs() });
	let state = beginQuiescence(await round());
	while (!signal.aborted) {
		const judgement = judge(state, boundMs);
		if (judgement.kind === "done") return judgement;
		await clock.sleepUntil(clock.nowMs() + LOOK_EVERY_MS, signal);
		state = observeRound(state, await round());
	}
	return null;
}
