/**
 * Plays a schedule on a cluster and judges it at every step. `play` is a function of its arguments: the same schedule on the
 * same definition has the same outcome.
 *
 * After the last step comes what is the same for all: clocks go right, the crashed start, messages on their way arrive in the
 * order in which they were sent, and rounds of ticks follow until nothing can move any more. That is exact: all have
 * delivered the same and nothing is under way, or {@link QUIET_ROUNDS} rounds of ticks changed nothing.
 *
 * A replica that throws ends the play, as it ends its process elsewhere: that is a violation of `termination`.
 *
 * The manifest holds: what it doesn't allow (a duplicate, a message before one that it follows) is skipped.
 */

import { type Random, randomStream } from "../controller/plan/random.ts";
import {
	createCluster,
	type DiskFate,
	type Operation,
	type Reply,
	type SimMessage,
} from "../controller/runtimes/sim/cluster.ts";
import { createJudge, type Final } from "./judge.ts";
import { removeAt } from "./lists.ts";
import type { Chooser, Outcome, Playable, PlayOptions, World } from "./playable.ts";
import { replicaIds, type Schedule, STEP_MS, type Step } from "./schedule.ts";
import { wordsOfStep } from "./step-words.ts";
import type { Ending } from "./witness.ts";

/** No schedule has more steps, whatever its chooser wants. */
const MAXIMUM_STEPS = 100_000;
/** So many rounds of ticks without any change: longer than the longest wait between two of the SDK's heartbeats. */
const QUIET_ROUNDS = 48;
/** A cluster that moves for longer never settles. */
const MAXIMUM_ROUNDS = 2_000;
/** Chatter that one step can cause; the rest arrives after the next step. */
const MAXIMUM_CHATTER_MESSAGES = 1_000;
const DEFAULT_SEED = 1;
/**
 * While searching one replica of one play in so many is also saved and loaded, which costs libraries as much as a tenth of a
 * play; of given schedules all are, and so of those that the whole checker judges.
 */
const RELOADED_PLAYS = 64;

/**
 * @param type judges by this type's specification
 * @param plan a schedule, or how many replicas there are and what chooses their steps
 */
export function play(
	definition: Playable,
	type: string,
	plan: Schedule | { replicas: number; choose: Chooser },
	options: PlayOptions = {},
): Outcome {
	const run = createRun(definition, type, plan.replicas, "steps" in plan, options);
	try {
		if ("steps" in plan) {
			for (const step of plan.steps) run.take(step);
		} else {
			for (let count = 0; count < MAXIMUM_STEPS; count++) {
				const step = run.hasThrown() ? null : plan.choose(run.world);
				if (step === null) break;
				run.take(step);
			}
		}
		return run.end();
	} finally {
		run.dispose();
	}
}

interface Run {
	readonly world: World;
	/** Nothing can be done any more. */
	hasThrown(): boolean;
	take(step: Step): void;
	end(): Outcome;
	dispose(): void;
}

function createRun(
	definition: Playable,
	type: string,
	replicas: number,
	replayed: boolean,
	options: PlayOptions,
): Run {
	const ids = replicaIds(replicas);
	const { order, duplicates } = definition.delivers;
	const judge = createJudge(definition, type, ids, options.wanted ?? null, options.checks ?? null);
	const { witness } = options;
	const steps: Step[] = [];
	const offsetsMs = ids.map(() => 0);
	const randoms: (Random | undefined)[] = [];
	/** Labelled messages by link, in the order of their numbers. */
	const links: SimMessage[][] = [];
	const inFlight: SimMessage[] = [];
	const arrived: SimMessage[] = [];
	const dropped: SimMessage[] = [];
	const chatter: SimMessage[] = [];
	const operationsOf = ids.map(() => 0);
	/** To be killed in mid-write. */
	const doomed = ids.map(() => false);
	let timeMs = 0;
	let updates = 0;
	let events = 0;
	const cluster = createCluster({
		definition,
		ids,
		options: {},
		copy: definition.copies === true,
		now: (index) => timeMs + (offsetsMs[index] as number),
		random(index) {
			randoms[index] ??= randomStream(definition.seed ?? DEFAULT_SEED, `replica ${ids[index]}`);
			return randoms[index].float();
		},
		onSend(message) {
			if (message.number === 0) {
				chatter.push(message);
				return;
			}
			const link = message.from * replicas + message.to;
			const sent = links[link];
			if (sent === undefined) links[link] = [message];
			else sent.push(message);
			inFlight.push(message);
		},
	});

	function take(step: Step): void {
		if (judge.hasThrown()) return;
		judge.stepIndex = steps.length;
		if (!attempt(step)) return;
		steps.push(step);
		timeMs += STEP_MS;
	}

	/** @returns false: it is impossible now */
	function attempt(step: Step): boolean {
		switch (step.kind) {
			case "invoke":
				return isUp(step.replica) && move(step.replica, "invoke", step);
			case "deliver": {
				const message = links[step.from * replicas + step.to]?.[step.number - 1];
				return message !== undefined && arrive(message);
			}
			case "drop": {
				const message = links[step.from * replicas + step.to]?.[step.number - 1];
				const at = message === undefined ? -1 : inFlight.indexOf(message);
				if (at < 0) return false;
				dropped.push(...inFlight.splice(at, 1));
				return true;
			}
			case "crash":
				if (!isUp(step.replica)) return false;
				if (step.disk === "torn") return doom(step.replica);
				fall(step.replica, step.disk);
				return true;
			case "start":
				if (doomed[step.replica] === true) fall(step.replica, "torn");
				return step.replica < replicas && !isUp(step.replica) && start(step.replica);
			case "tick":
				return isUp(step.replica) && move(step.replica, "tick", null);
			case "clock":
				if (step.replica >= replicas) return false;
				offsetsMs[step.replica] = step.offsetMs;
				return true;
			default:
				return step satisfies never;
		}
	}

	/** The next step of the replica that writes anything is its last: nobody hears of it, and its disk neither. */
	function doom(index: number): boolean {
		if (doomed[index] === true || !definition.delivers.durable) return false;
		doomed[index] = true;
		cluster.hold(index);
		return true;
	}

	function fall(index: number, disk: DiskFate): void {
		doomed[index] = false;
		cluster.crash(index, disk);
		judge.crashed(index, disk === "lose");
		witness?.crashed(timeMs, index, disk);
	}

	function isUp(index: number): boolean {
		const node = cluster.nodes[index];
		return node !== undefined && node.replica !== null;
	}

	/** In flight or, as a duplicate, once more. */
	function arrive(message: SimMessage): boolean {
		if (!isUp(message.to)) return false;
		const at = inFlight.indexOf(message);
		if (at < 0 && (!duplicates || dropped.includes(message))) return false;
		if (order !== "any" && mustWait(message, at)) return false;
		if (at >= 0) {
			removeAt(inFlight, at);
			arrived.push(message);
		}
		return move(message.to, "deliver", message);
	}

	/** Whether the manifest puts another one before it that may still come, or forbids it for good. */
	function mustWait(message: SimMessage, at: number): boolean {
		const arrival = cluster.arrival(message);
		if (arrival !== "early") return arrival === "late";
		for (let i = 0; i < at; i++) {
			const other = inFlight[i] as SimMessage;
			if (other.to === message.to && (order === "causal" || other.from === message.from)) return true;
		}
		return false;
	}

	/** One step of one replica, the chatter that it causes, and what all of that leads to being shown. */
	function move(index: number, doing: "invoke" | "deliver" | "tick", about: unknown): boolean {
		events++;
		try {
			if (doing === "deliver") cluster.deliver(about as SimMessage);
			else if (doing === "tick") cluster.tick(index);
			else invoke(index, about as Extract<Step, { kind: "invoke" }>);
		} catch (error) {
			judge.threw(index, wordsOfStep(doing, about), error);
			witness?.threw(timeMs, index, error);
		}
		if (doomed[index] === true && cluster.isWaiting(index)) fall(index, "torn");
		if (chatter.length > 0) passChatter();
		if (isUp(index)) observe(index);
		return true;
	}

	function invoke(index: number, { f, value }: Extract<Step, { kind: "invoke" }>): void {
		const count = operationsOf[index] as number;
		operationsOf[index] = count + 1;
		const operation: Operation = { id: `c${index + 1}-${count}`, f, value };
		const reply = witness === undefined ? cluster.invoke(index, operation) : invokeWatched(index, operation);
		if (!reply.ok || (doomed[index] === true && cluster.isWaiting(index))) return;
		if (reply.update !== undefined) {
			updates++;
			judge.accepted(index, operation, reply.update, cluster.delivered(index));
		} else if (definition.operations[f]?.kind !== "query") {
			updates++;
			judge.acceptedUnnumbered();
		}
	}

	function invokeWatched(index: number, operation: Operation): Reply {
		try {
			const reply = cluster.invoke(index, operation);
			const isLost = doomed[index] === true && cluster.isWaiting(index);
			witness?.invoked(timeMs, index, operation, isLost ? null : reply, cluster.delivered(index));
			return reply;
		} catch (error) {
			const thrown = error instanceof Error ? error : new Error(String(error));
			witness?.invoked(timeMs, index, operation, thrown, undefined);
			throw error;
		}
	}

	function passChatter(): void {
		let message: SimMessage | undefined;
		for (let count = 0; count < MAXIMUM_CHATTER_MESSAGES; count++) {
			message = chatter[count];
			if (message === undefined) break;
			if (!isUp(message.to)) continue;
			events++;
			try {
				cluster.deliver(message);
			} catch (error) {
				judge.threw(message.to, "receive a message without a label", error);
				witness?.threw(timeMs, message.to, error);
			}
			if (doomed[message.to] === true && cluster.isWaiting(message.to)) fall(message.to, "torn");
			if (isUp(message.to)) observe(message.to);
		}
		chatter.splice(0, MAXIMUM_CHATTER_MESSAGES);
	}

	function observe(index: number): void {
		try {
			const view = cluster.view(index);
			const delivered = cluster.delivered(index);
			judge.observe(index, view, delivered);
			witness?.shown(timeMs, index, view, delivered);
			options.onConfiguration?.(judge.configuration());
		} catch (error) {
			judge.threw(index, "show its view", error);
			witness?.threw(timeMs, index, error);
		}
	}

	function start(index: number): boolean {
		events++;
		try {
			cluster.start(index);
		} catch (error) {
			judge.threw(index, "start again", error);
			witness?.threw(timeMs, index, error);
			return true;
		}
		witness?.started(timeMs, index);
		observe(index);
		return true;
	}

	function end(): Outcome {
		judge.stepIndex = steps.length;
		offsetsMs.fill(0);
		for (const index of ids.keys()) if (doomed[index] === true) fall(index, "torn");
		for (const index of ids.keys()) if (!isUp(index)) start(index);
		const { ending, finals } = settle();
		if (!judge.hasThrown()) judge.finish(finals);
		if (replayed || judge.digest() % RELOADED_PLAYS === 0) reload(finals);
		witness?.ended(timeMs, finals, ending);
		const violation = judge.violation();
		const schedule: Schedule = { replicas, steps };
		const digest = judge.digest();
		if (violation !== null) return { kind: "violated", violation, schedule, events, digest };
		if (updates > 0) return { kind: "held", schedule, events, digest };
		const reason = "no update was accepted, so there is nothing to judge";
		return { kind: "invalid", reason, schedule, events, digest };
	}

	/** Compares what the replicas show with what copies of them show after save and load. */
	function reload(finals: readonly (Final | null)[]): void {
		for (const [index, final] of finals.entries()) {
			if (!replayed && index !== steps.length % replicas) continue;
			const replica = cluster.nodes[index]?.replica;
			if (judge.hasThrown() || final === null || replica?.reloadedView === undefined) continue;
			try {
				const view = replica.reloadedView();
				judge.observeReloaded(index, final, view);
				witness?.reloaded(timeMs, index, view, final.delivered);
			} catch (error) {
				judge.threw(index, "be saved and loaded", error);
				witness?.threw(timeMs, index, error);
			}
		}
	}

	/** Until nothing can move any more. */
	function settle(): { ending: Ending; finals: (Final | null)[] } {
		drain();
		let shown = ids.map((_, index) => readFinal(index));
		let quiet = 0;
		for (let round = 0; round < MAXIMUM_ROUNDS && quiet < QUIET_ROUNDS; round++) {
			if (judge.hasThrown() || haveAll(shown)) return { ending: "settled", finals: shown };
			timeMs += definition.tickMs;
			for (const index of ids.keys()) if (isUp(index)) move(index, "tick", null);
			drain();
			const next = ids.map((_, index) => readFinal(index));
			quiet = judge.isSame(shown, next) ? quiet + 1 : 0;
			shown = next;
		}
		if (quiet < QUIET_ROUNDS) return { ending: "still-moving", finals: shown };
		const isKnown = shown.every((final) => final?.delivered !== undefined);
		const ending = isKnown && !judge.haveDeliveredTheSame(shown) ? "stalled" : "settled";
		return { ending, finals: shown };
	}

	/** All that is under way arrives, in the order in which it was sent. */
	function drain(): void {
		for (let count = 0; count < MAXIMUM_STEPS; count++) {
			const message = inFlight.find(({ to }) => isUp(to));
			if (message === undefined || judge.hasThrown()) return;
			if (!arrive(message)) inFlight.splice(inFlight.indexOf(message), 1);
		}
	}

	/** Delivered sets are known and equal, and nothing waits: settled, without a single tick. */
	function haveAll(finals: readonly (Final | null)[]): boolean {
		if (inFlight.length > 0 || chatter.length > 0) return false;
		for (const index of ids.keys()) {
			if (!isUp(index) || cluster.pending(index) > 0) return false;
		}
		return judge.haveDeliveredTheSame(finals);
	}

	function readFinal(index: number): Final | null {
		if (!isUp(index)) return null;
		try {
			return { view: cluster.view(index), delivered: cluster.delivered(index) };
		} catch (error) {
			judge.threw(index, "show its view", error);
			witness?.threw(timeMs, index, error);
			return null;
		}
	}

	const world: World = {
		replicas,
		isUp,
		inFlight,
		arrived,
	};
	return { world, hasThrown: () => judge.hasThrown(), take, end, dispose: () => cluster.dispose() };
}
