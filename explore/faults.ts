/**
 * Which faults a generated schedule has, and how many. Drawn anew for each schedule: one in four is calm, in the others each
 * kind is in with even chances, so that some have one kind only and others all of them. Nothing is drawn that the
 * replica's manifest doesn't promise to withstand (docs/faults.md): loss, crashes and clocks are always fair, since
 * the judge waives what they may cost.
 */
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import type { Draws } from "./draws.ts";
import type { World } from "./playable.ts";
import type { Step } from "./schedule.ts";

/** Kinds of faults, as progress counts them. */
export const FAULT_KINDS = [
	"reorder",
	"duplicate",
	"drop",
	"crash",
	"lose",
	"torn",
	"clock",
	"tick",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export function noFaults(): Record<FaultKind, number> {
	return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
}

/** Chances for each step, and what holds for the whole schedule. */
export interface FaultLoad {
	duplicate: number;
	drop: number;
	crash: number;
	start: number;
	tick: number;
	clock: number;
	/** Of a crash: that the disk is lost; that it is torn. */
	lose: number;
	tear: number;
	/** Any message of a link may come next, not the oldest only. */
	reorder: boolean;
	/** Links on which nothing arrives before the end, as `from × replicas + to`: a partition that heals last. */
	held: ReadonlySet<number>;
}

const CALM_SCHEDULES = 0.25;
/** Highest chances for each step. */
const MOST = { duplicate: 0.15, drop: 0.15, crash: 0.08, tick: 0.15, clock: 0.1 } as const;
/** A node that is down starts again with this chance at each step. */
const START = 0.25;
const LOSE = 0.3;
const TEAR = 0.15;
/** Share of schedules with links that are cut until the end, and of links that are cut then. */
const HOLDING = 0.2;
const HELD_LINKS = 0.4;
/** About the coarsest steps of clocks, and far beyond a schedule's length. */
const CLOCK_OFFSETS_MS = [-300_000, -1_000, -50, 50, 1_000, 300_000] as const;

/** @param calm share of schedules without faults */
export function drawFaultLoad(
	{ delivers }: ReplicaDefinition,
	replicas: number,
	draws: Draws,
	calm = CALM_SCHEDULES,
): FaultLoad {
	const inOrder = delivers.order !== "any";
	if (draws.chance(calm)) return { ...CALM, reorder: !inOrder && draws.chance(0.5) };
	const upTo = (most: number): number => (draws.chance(0.5) ? draws.float() * most : 0);
	const crash = upTo(MOST.crash);
	return {
		duplicate: delivers.duplicates ? upTo(MOST.duplicate) : 0,
		drop: upTo(MOST.drop),
		crash,
		start: START,
		tick: upTo(MOST.tick),
		clock: upTo(MOST.clock),
		lose: crash > 0 && draws.chance(0.5) ? LOSE : 0,
		// Without durability nothing waits for the disk.
		tear: delivers.durable ? TEAR : 0,
		reorder: !inOrder && draws.chance(0.7),
		held: draws.chance(HOLDING) ? drawHeld(replicas, draws) : NONE,
	};
}

/** @returns null: no fault now */
export function drawFault(load: FaultLoad, world: World, down: readonly number[], draws: Draws): Step | null {
	const { replicas, inFlight, arrived } = world;
	if (down.length > 0 && draws.chance(load.start)) {
		return { kind: "start", replica: down[draws.below(down.length)] as number };
	}
	if (arrived.length > 0 && load.duplicate > 0 && draws.chance(load.duplicate)) {
		const message = arrived[draws.below(arrived.length)] as World["arrived"][number];
		return { kind: "deliver", from: message.from, to: message.to, number: message.number };
	}
	if (inFlight.length > 0 && load.drop > 0 && draws.chance(load.drop)) {
		const message = inFlight[draws.below(inFlight.length)] as World["inFlight"][number];
		return { kind: "drop", from: message.from, to: message.to, number: message.number };
	}
	if (load.crash > 0 && down.length + 1 < replicas && draws.chance(load.crash)) {
		const replica = draws.below(replicas);
		const fate = draws.float();
		const disk = fate < load.lose ? "lose" : fate >= 1 - load.tear ? "torn" : "keep";
		return { kind: "crash", replica, disk };
	}
	if (load.tick > 0 && draws.chance(load.tick)) return { kind: "tick", replica: draws.below(replicas) };
	if (load.clock > 0 && draws.chance(load.clock)) {
		const offsetMs = CLOCK_OFFSETS_MS[draws.below(CLOCK_OFFSETS_MS.length)] as number;
		return { kind: "clock", replica: draws.below(replicas), offsetMs };
	}
	return null;
}

const NONE: ReadonlySet<number> = new Set();
const CALM: FaultLoad = {
	duplicate: 0,
	drop: 0,
	crash: 0,
	start: START,
	tick: 0,
	clock: 0,
	lose: 0,
	tear: 0,
	reorder: false,
	held: NONE,
};

function drawHeld(replicas: number, draws: Draws): Set<number> {
	const held = new Set<number>();
	for (let link = 0; link < replicas * replicas; link++) if (draws.chance(HELD_LINKS)) held.add(link);
	return held;
}
