/**
 * From a link fault to what it does to each lane. Pure planning: no timers, no I/O; every choice comes from the
 * generator passed in. `links.ts` applies a plan and asks it for new effects every `everyMs`.
 *
 * TCP can't lose, duplicate or reorder inside a connection. So reordering comes from lanes of different delay, loss
 * from time windows in which some links swallow everything (for longer than a sender keeps trying), duplicates
 * from time windows in which acknowledgements come so late that the sender sends again. Toxiproxy's own jitter
 * and toxicity are never used: its randomness has no seed.
 */
import type { FaultAction, Link } from "../../scenarios/scenario.ts";
import type { LaneEffect, LaneEffects } from "./effects.ts";
import { allLinks, cutLinks, shuffled } from "./shapes.ts";

/** How often the delays of a link's lanes are dealt anew under `reorder`, at most: twice the spread if that is longer. */
export const REDEAL_MS = 500;
/** How often each lane's delay is drawn anew under `latency`, at most: twice the longest delay if that is longer. */
const REDRAW_MS = 1_000;
/** Longer than the transport of the SDK keeps trying (3 attempts 250 ms apart), so that what is lost stays lost. */
export const DROP_WINDOW_MS = 800;
export const DUPLICATE_WINDOW_MS = 800;
/** Longer than the transport waits before it sends again (250 ms), shorter than it keeps trying. */
const LATE_ANSWER_MS = 400;
/** How long new connections meet an RST under `reset`. */
export const RESET_MS = 100;

export type LinkAction = Extract<
	FaultAction,
	{ kind: "partition" | "reorder" | "duplicate" | "drop" | "latency" | "bandwidth" | "reset" }
>;

export interface Lane extends Link {
	/** From 0. */
	lane: number;
	/** Unique in the run. */
	name: string;
}

export interface FaultPlan {
	/** The links that the fault touches, as it began. */
	links: Link[];
	/** The effects that hold from now on; replaces those drawn before. */
	draw(): LaneEffects;
	/** When to draw again; null: never. */
	everyMs: number | null;
	/** For a fault that is over at once: how long its effects last. */
	lastsMs: number | null;
}

/**
 * @param lanes all lanes of the run, by link in the order of `allLinks`, then by number
 * @param random uniform in [0, 1); kept and drawn from by the plan
 * @throws on a fault that these lanes can't show, and on links or replicas that there are not
 */
export function planFault(
	action: LinkAction,
	replicas: readonly string[],
	lanes: readonly Lane[],
	random: () => number,
): FaultPlan {
	if (action.kind === "partition") {
		const links = cutLinks(action.shape, replicas, random);
		const cut = partitionEffects(action.mode, links, lanes);
		return { links, draw: () => cut, everyMs: null, lastsMs: null };
	}
	const links = chosenLinks(action.links, replicas);
	if (action.kind === "reorder") needLanes(links, lanes);
	const forLanes = (effectsOf: (lane: Lane) => LaneEffect[]) => effectsFor(links, lanes, effectsOf);
	switch (action.kind) {
		case "reorder":
			return {
				links,
				draw: () => dealDelays(links, lanes, action.spreadMs, random),
				everyMs: Math.max(REDEAL_MS, 2 * action.spreadMs),
				lastsMs: null,
			};
		case "latency":
			return {
				links,
				draw: () => forLanes(() => [delay(drawLatency(action.meanMs, action.jitterMs, random))]),
				everyMs: action.jitterMs > 0 ? Math.max(REDRAW_MS, 2 * (action.meanMs + action.jitterMs)) : null,
				lastsMs: null,
			};
		case "bandwidth": {
			const { bytesPerSecond } = action;
			const throttled = forLanes(() => [{ kind: "throttle", direction: "messages", bytesPerSecond }]);
			return { links, draw: () => throttled, everyMs: null, lastsMs: null };
		}
		case "drop":
		case "duplicate":
			return planWindows(action, links, lanes, random);
		case "reset": {
			const reset = forLanes(() => [
				{ kind: "reset", direction: "messages" },
				{ kind: "reset", direction: "answers" },
			]);
			return { links, draw: () => reset, everyMs: null, lastsMs: RESET_MS };
		}
	}
}

/** `r1->r2`, as in histories and scenario files. */
export function linkName({ from, to }: Link): string {
	return `${from}->${to}`;
}

/**
 * A cut link loses its messages. What flows back over its connections belongs to the opposite link, and is cut
 * only where the same partition cuts that one too.
 */
function partitionEffects(
	mode: "refuse" | "drop" | "hold",
	links: readonly Link[],
	lanes: readonly Lane[],
): LaneEffects {
	const cut = new Set(links.map(linkName));
	return effectsFor(links, lanes, (lane) => {
		if (mode === "refuse") return [{ kind: "refuse" }];
		const kind = mode === "drop" ? "black-hole" : "hold";
		const messages: LaneEffect = { kind, direction: "messages" };
		const bothWays = cut.has(linkName({ from: lane.to, to: lane.from }));
		return bothWays ? [messages, { kind, direction: "answers" }] : [messages];
	});
}

/** Lane k of n gets the delay spread · k / (n − 1); which lane is k is dealt anew each time. */
function dealDelays(
	links: readonly Link[],
	lanes: readonly Lane[],
	spreadMs: number,
	random: () => number,
): LaneEffects {
	const effects: LaneEffects = new Map();
	for (const link of links) {
		const own = lanesOf(link, lanes);
		shuffled(own, random).forEach((lane, rank) => {
			effects.set(lane.name, [delay((spreadMs * rank) / (own.length - 1))]);
		});
	}
	return effects;
}

function needLanes(links: readonly Link[], lanes: readonly Lane[]): void {
	const poor = links.find((link) => lanesOf(link, lanes).length < 2);
	if (poor === undefined) return;
	throw new Error(
		`reorder needs at least 2 lanes per link, but ${linkName(poor)} has ${lanesOf(poor, lanes).length}: one TCP ` +
			"connection never reorders. Set replicas.lanes to 2 or more.",
	);
}

/**
 * In each window some are hit: links with all their lanes where messages are lost (a sender tries the next lane), single
 * lanes where answers are late. How many follows from the share by error diffusion: what a window could not hit (a
 * tenth of six links is 0.6) is owed to the next, so that the mean over time is the share. The first window always hits
 * one, and none is hit twice before all were hit once, so that a short fault on few links is not an empty one.
 */
function planWindows(
	action: Extract<LinkAction, { kind: "drop" | "duplicate" }>,
	links: Link[],
	lanes: readonly Lane[],
	random: () => number,
): FaultPlan {
	const lossy = action.kind === "drop";
	const effect: LaneEffect = lossy
		? { kind: "black-hole", direction: "messages" }
		: { kind: "delay", direction: "answers", delayMs: LATE_ANSWER_MS };
	const byLink = links.map((link) => lanesOf(link, lanes));
	const targets: Lane[][] = lossy ? byLink : byLink.flat().map((lane) => [lane]);
	const choose = inTurns(targets, random);
	const perWindow = Math.min(1, Math.max(0, action.share)) * targets.length;
	let owed = perWindow === 0 ? 0 : Math.max(0, 1 - perWindow);
	return {
		links,
		draw() {
			owed += perWindow;
			// 0.1 added ten times is a little less than 1.
			const hits = Math.min(targets.length, Math.floor(owed + 1e-9));
			owed -= hits;
			return new Map(choose(hits).flatMap((hit) => hit.map(({ name }) => [name, [effect]] as const)));
		},
		everyMs: lossy ? DROP_WINDOW_MS : DUPLICATE_WINDOW_MS,
		lastsMs: null,
	};
}

/** Draws different items each time, and none again before all were drawn. */
function inTurns<T>(items: readonly T[], random: () => number): (count: number) => T[] {
	let waiting: T[] = [];
	return (count) => {
		const chosen = waiting.splice(0, count);
		if (chosen.length === count) return chosen;
		const next = shuffled(items, random);
		const others = next.filter((item) => !chosen.includes(item)).slice(0, count - chosen.length);
		waiting = next.filter((item) => !others.includes(item));
		return [...chosen, ...others];
	};
}

function drawLatency(meanMs: number, jitterMs: number, random: () => number): number {
	return Math.max(0, meanMs + (2 * random() - 1) * jitterMs);
}

function delay(delayMs: number): LaneEffect {
	return { kind: "delay", direction: "messages", delayMs: Math.round(delayMs) };
}

function effectsFor(
	links: readonly Link[],
	lanes: readonly Lane[],
	effectsOf: (lane: Lane) => LaneEffect[],
): LaneEffects {
	return new Map(
		links.flatMap((link) => lanesOf(link, lanes).map((lane) => [lane.name, effectsOf(lane)] as const)),
	);
}

function lanesOf(link: Link, lanes: readonly Lane[]): Lane[] {
	return lanes.filter((lane) => lane.from === link.from && lane.to === link.to);
}

/**
 * The links that a fault names; null: all. In the order of `allLinks`.
 * @throws on a link that there is not
 */
export function chosenLinks(wanted: readonly Link[] | null, replicas: readonly string[]): Link[] {
	const all = allLinks(replicas);
	if (wanted === null) return all;
	const known = new Set(all.map(linkName));
	const stranger = wanted.find((link) => !known.has(linkName(link)));
	if (stranger !== undefined) {
		throw new Error(`no link ${linkName(stranger)}: the replicas are ${replicas.join(", ")}.`);
	}
	const chosen = new Set(wanted.map(linkName));
	return all.filter((link) => chosen.has(linkName(link)));
}
