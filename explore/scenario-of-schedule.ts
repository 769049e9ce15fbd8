/**
 * A schedule as a scenario: operations as a script, what keeps messages back as one-way partitions that hold them,
 * duplicates, losses, crashes and clocks as ordinary faults. Every runtime has those. Where an order can't be said
 * that way (messages of one link that overtake one another), the `exact` form lists messages one by one.
 *
 * The translation may be off: ticks come by time in a scenario, and a partition holds all messages of its link. Whether it
 * still fails is found by running it (`counterexample.ts`).
 */
import type { Fault, FaultAction, MessageFate, Scenario, ScriptedOperation } from "../scenarios/scenario.ts";
import { replicaIds, type Schedule, type Step } from "./schedule.ts";
import { putIntoSlots, type SlotOptions, type Slots } from "./slots.ts";
import type { TracedMessage } from "./trace.ts";

export interface Form extends SlotOptions {
	/** Messages one by one, instead of partitions. */
	exact: boolean;
	/** Everything comes twice, for what depends on a message that its sender sends again. */
	duplicates: boolean;
	/** What a slot takes. */
	slotMs: number;
}

/** Long enough that a sender of the process runtime, which resends after 250 ms, has done so. */
const DUPLICATE_MS = 1_000;
const DUPLICATE_EVERYTHING: Fault = {
	atMs: 0,
	forMs: DUPLICATE_MS,
	action: { kind: "duplicate", share: 1, links: null },
};

interface Timing {
	slots: Slots;
	/** When a step happens. */
	atMs: (step: number) => number;
	/** Between a step and whatever was before it. */
	beforeMs: (step: number) => number;
	/** A slot after the last: what the schedule leaves under way arrives then, and not together with what comes last. */
	endMs: number;
}

/** @param base what is tested, and whatever else the schedule does not say */
export function scenarioOf(
	schedule: Schedule,
	messages: readonly TracedMessage[],
	base: Scenario,
	form: Form,
): Scenario {
	const names = replicaIds(schedule.replicas);
	const timing = timingOf(schedule, messages, form);
	return {
		...base,
		replicas: { ...base.replicas, names },
		workload: {
			...base.workload,
			operations: null,
			durationMs: null,
			mix: null,
			clients: names.length,
			script: scriptOf(schedule, names, timing),
		},
		faults: [
			...(form.duplicates ? [DUPLICATE_EVERYTHING] : []),
			...(form.exact ? [] : linkFaults(messages, names, timing)),
			...nodeFaults(schedule, names, timing),
		].sort((a, b) => startOf(a) - startOf(b)),
		messages: form.exact ? messageFates(messages, names, timing) : [],
	};
}

/** The first slot leaves room before it for faults to begin. */
function timingOf(schedule: Schedule, messages: readonly TracedMessage[], form: Form): Timing {
	const sentAtStep: number[] = [];
	for (const message of messages) {
		for (const step of message.deliveredAtSteps) sentAtStep[step] = message.sentAtStep;
	}
	const slots = putIntoSlots(schedule, sentAtStep, form);
	const slotAtMs = (slot: number) => (slot + 1) * form.slotMs;
	const slotOf = (step: number) => slots.of[step] ?? slots.count;
	return {
		slots,
		atMs: (step) => slotAtMs(slotOf(step)),
		beforeMs: (step) => slotAtMs(slotOf(step)) - form.slotMs / 2,
		endMs: slotAtMs(slots.count),
	};
}

function scriptOf({ steps }: Schedule, names: readonly string[], { atMs }: Timing): ScriptedOperation[] {
	return steps.flatMap((step, index) => {
		if (step.kind !== "invoke") return [];
		const { f, value } = step;
		return [{ atMs: atMs(index), replica: names[step.replica] as string, f, value }];
	});
}

function nodeFaults({ steps }: Schedule, names: readonly string[], timing: Timing): Fault[] {
	return steps.flatMap((step, index): Fault[] => {
		const atMs = timing.atMs(index);
		if (step.kind === "crash") {
			const action = { kind: "crash", replica: names[step.replica] as string, disk: step.disk } as const;
			const forMs = lasts(steps, index, "start", timing);
			const laterMs = step.disk === "torn" ? tearsAtMs(steps, index, timing) - atMs : 0;
			return [{ atMs: atMs + laterMs, forMs: forMs === null ? null : Math.max(1, forMs - laterMs), action }];
		}
		if (step.kind === "clock" && step.offsetMs !== 0) {
			const replica = names[step.replica] as string;
			const action: FaultAction = { kind: "clock", replica, offsetMs: step.offsetMs, drift: 0 };
			return [{ atMs, forMs: lasts(steps, index, "clock", timing), action }];
		}
		return [];
	});
}

/** Shortly before the next step of the replica: a node that is to die in mid-write waits for a write, but not for long. */
function tearsAtMs(steps: readonly Step[], from: number, { atMs, beforeMs }: Timing): number {
	const { replica } = steps[from] as Extract<Step, { kind: "crash" }>;
	const writes = (step: Step): boolean =>
		step.kind === "deliver" ? step.to === replica : step.kind === "invoke" && step.replica === replica;
	const next = steps.findIndex((step, index) => index > from && writes(step));
	return next === -1 ? atMs(from) : Math.max(atMs(from), beforeMs(next));
}

/** Until the next such step at the same replica; null: for good. */
function lasts(
	steps: readonly Step[],
	from: number,
	until: "start" | "clock",
	{ atMs }: Timing,
): number | null {
	const replica = (step: Step | undefined) => (step !== undefined && "replica" in step ? step.replica : -1);
	const end = steps.findIndex(
		(step, index) => index > from && step.kind === until && replica(step) === replica(steps[from]),
	);
	return end === -1 ? null : atMs(end) - atMs(from);
}

interface Window {
	fromMs: number;
	untilMs: number;
}

function linkFaults(messages: readonly TracedMessage[], names: readonly string[], timing: Timing): Fault[] {
	const links = new Map<string, TracedMessage[]>();
	for (const message of messages) {
		const key = `${message.from}>${message.to}`;
		links.set(key, [...(links.get(key) ?? []), message]);
	}
	return [...links.values()].flatMap((ofLink) => faultsOfLink(ofLink, names, timing));
}

function faultsOfLink(messages: readonly TracedMessage[], names: readonly string[], timing: Timing): Fault[] {
	const [first] = messages;
	if (first === undefined) return [];
	const [from, to] = [names[first.from] as string, names[first.to] as string];
	const faults: Fault[] = [];
	if (messages.some(({ deliveredAtSteps }) => deliveredAtSteps.length > 1)) {
		const action: FaultAction = { kind: "duplicate", share: 1, links: [{ from, to }] };
		faults.push({ atMs: 0, forMs: DUPLICATE_MS, action });
	}
	for (const mode of ["hold", "drop"] as const) {
		for (const { fromMs, untilMs } of cuts(messages, timing, mode)) {
			const action: FaultAction = { kind: "partition", shape: { from: [from], to: [to] }, mode };
			faults.push({ atMs: fromMs, forMs: untilMs - fromMs, action });
		}
	}
	return faults;
}

/** When a link must be cut; from the very beginning when nothing comes through before. */
function cuts(messages: readonly TracedMessage[], timing: Timing, mode: "hold" | "drop"): Window[] {
	const windows: Window[] = [];
	let through = false;
	for (const message of messages) {
		const cut = mode === "drop" ? lossOf(message, timing) : waitOf(message, timing);
		if (cut === null) {
			through = true;
			continue;
		}
		const last = windows.at(-1);
		if (last !== undefined && cut.fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, cut.untilMs);
		else windows.push(through || windows.length > 0 || mode === "drop" ? cut : { ...cut, fromMs: 0 });
	}
	return windows;
}

/** Null: it comes through at once. */
function waitOf(message: TracedMessage, timing: Timing): Window | null {
	const [delivered] = message.deliveredAtSteps;
	if (message.dropped) return null;
	const fromMs = timing.beforeMs(message.sentAtStep);
	if (delivered === undefined) return { fromMs, untilMs: timing.endMs };
	const untilMs = timing.atMs(delivered);
	return untilMs === timing.atMs(message.sentAtStep) ? null : { fromMs, untilMs };
}

function lossOf(message: TracedMessage, timing: Timing): Window | null {
	if (!message.dropped) return null;
	const fromMs = timing.beforeMs(message.sentAtStep);
	return { fromMs, untilMs: 2 * timing.atMs(message.sentAtStep) - fromMs };
}

/** Only messages that do not come through at once, and once. */
function messageFates(
	messages: readonly TracedMessage[],
	names: readonly string[],
	timing: Timing,
): MessageFate[] {
	return messages.flatMap(({ from, to, number, sentAtStep, deliveredAtSteps, dropped }): MessageFate[] => {
		const link = { from: names[from] as string, to: names[to] as string };
		if (dropped) return [{ link, number, atMs: null }];
		if (deliveredAtSteps.length === 0) return [{ link, number, atMs: timing.endMs }];
		const [only] = deliveredAtSteps;
		if (deliveredAtSteps.length === 1 && timing.slots.of[only as number] === timing.slots.of[sentAtStep])
			return [];
		return deliveredAtSteps.map((step) => ({ link, number, atMs: timing.atMs(step) }));
	});
}

function startOf(fault: Fault): number {
	return "atMs" in fault ? fault.atMs : 0;
}
