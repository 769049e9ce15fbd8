/**
 * A schedule as plain data: what happens to a handful of replicas, step by step, in one total order. `play.ts` runs it.
 *
 * A step that is impossible when it comes up (the message was not sent yet, the node is down, the manifest forbids it) is
 * skipped, so that every part of a schedule is a schedule too: shrinking only has to leave out. Each step that is not
 * skipped takes {@link STEP_MS} of the nodes' clocks: what `play` says it has played has step `i` at `i × STEP_MS`.
 *
 * Left out on purpose: what follows the last step, which is the same for all (see `play.ts`), and protocol chatter
 * (messages without a label), which arrives as soon as it is sent.
 */
import type { DiskFate, Json } from "../controller/runtimes/sim/cluster.ts";

/** Replicas are numbered from 0; in a scenario 0 is `r1`. */
export type Step =
	| { kind: "invoke"; replica: number; f: string; value: Json }
	/** `number`: of the link's labelled messages in the order in which they were sent, from 1. Once more is a duplicate. */
	| { kind: "deliver"; from: number; to: number; number: number }
	/** It never arrives. */
	| { kind: "drop"; from: number; to: number; number: number }
	| { kind: "crash"; replica: number; disk: DiskFate }
	| { kind: "start"; replica: number }
	| { kind: "tick"; replica: number }
	/** From now on the node's wall clock is off by this much. */
	| { kind: "clock"; replica: number; offsetMs: number };

export interface Schedule {
	replicas: number;
	steps: Step[];
}

/** What a step takes of the nodes' clocks, in milliseconds. */
export const STEP_MS = 1;

/** `r1`, `r2`, …: the names of a schedule's replicas. */
export function replicaIds(count: number): string[] {
	return Array.from({ length: count }, (_, index) => `r${index + 1}`);
}

/** What a person calls a schedule's size. */
export function countOperations(schedule: Schedule): number {
	return schedule.steps.reduce((count, step) => count + (step.kind === "invoke" ? 1 : 0), 0);
}
