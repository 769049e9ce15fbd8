/**
 * Schedules rewritten: without some of their steps, with other replicas. Pure; whether the outcome still fails is
 * for `shrink.ts` to find out.
 */
import type { Schedule, Step } from "./schedule.ts";

/**
 * The schedule without the steps that are not kept, its deliveries and drops numbered anew: messages are numbered by
 * link, so an update that is gone takes one from each of its replica's later messages, and its own messages with it.
 * That is exact while every update sends one message to each peer and nothing else sends any; elsewhere it is a
 * guess as good as any other.
 */
export function renumbered(
	schedule: Schedule,
	kept: ReadonlySet<Step>,
	isUpdate: (f: string) => boolean,
): Schedule {
	/** By replica: for each of its updates, in order, whether it stays. */
	const stays: boolean[][] = Array.from({ length: schedule.replicas }, () => []);
	for (const step of schedule.steps) {
		if (step.kind === "invoke" && isUpdate(step.f)) stays[step.replica]?.push(kept.has(step));
	}
	const steps = schedule.steps.flatMap((step): Step[] => {
		if (!kept.has(step)) return [];
		if (step.kind !== "deliver" && step.kind !== "drop") return [step];
		const before = (stays[step.from] ?? []).slice(0, step.number - 1);
		if (stays[step.from]?.[step.number - 1] === false) return [];
		const gone = before.reduce((count, staying) => count + (staying ? 0 : 1), 0);
		return gone === 0 ? [step] : [{ ...step, number: step.number - gone }];
	});
	return { ...schedule, steps };
}

/**
 * The schedule with each replica `i` being `into[i]`; null: it and all its steps are gone. Two replicas may become one,
 * and messages to oneself are gone.
 */
export function withReplicas(schedule: Schedule, into: readonly (number | null)[]): Schedule {
	const name = (replica: number) => into[replica] ?? null;
	const steps = schedule.steps.flatMap((step): Step[] => {
		if (step.kind === "deliver" || step.kind === "drop") {
			const [from, to] = [name(step.from), name(step.to)];
			return from === null || to === null || from === to ? [] : [{ ...step, from, to }];
		}
		const replica = name(step.replica);
		return replica === null ? [] : [{ ...step, replica }];
	});
	return { ...schedule, replicas: new Set(into.filter((replica) => replica !== null)).size, steps };
}

/** Replicas numbered in the order in which the steps name them first; null when they are already. */
export function inOrderOfAppearance(schedule: Schedule): Schedule | null {
	const order: number[] = [];
	const meet = (replica: number) => {
		if (!order.includes(replica)) order.push(replica);
	};
	for (const step of schedule.steps) {
		if (step.kind === "deliver" || step.kind === "drop") {
			meet(step.from);
			meet(step.to);
		} else {
			meet(step.replica);
		}
	}
	for (let replica = 0; replica < schedule.replicas; replica++) meet(replica);
	if (order.every((replica, index) => replica === index)) return null;
	return withReplicas(
		schedule,
		Array.from({ length: schedule.replicas }, (_, replica) => order.indexOf(replica)),
	);
}

/** The schedule with one step moved to an earlier place. */
export function moved(schedule: Schedule, from: number, to: number): Schedule {
	const step = schedule.steps[from] as Step;
	return { ...schedule, steps: schedule.steps.toSpliced(from, 1).toSpliced(to, 0, step) };
}

export function replaced(schedule: Schedule, index: number, step: Step): Schedule {
	return { ...schedule, steps: schedule.steps.with(index, step) };
}
