/**
 * Schedule number `index` of a campaign, from the campaign's seed: how many replicas and operations it has, about how many keys,
 * under which faults, and the chooser that makes it. Campaigns begin small and grow: what small schedules can show, they
 * show sooner, and shrinking has less to do.
 */
import type { ReplicaDefinition } from "../controller/runtimes/sim/cluster.ts";
import { drawsOf } from "./draws.ts";
import { drawFaultLoad } from "./faults.ts";
import { type OperationMix, operationSource } from "./operations.ts";
import type { Chooser } from "./playable.ts";
import { pctChooser } from "./strategies/pct.ts";
import { randomChooser } from "./strategies/random.ts";

export type RandomStrategy = "random" | "pct";

export interface Sizes {
	/** The most; some schedules have fewer, at least two. */
	replicas: number;
	/** Operations of each replica in the first schedules; later ones have up to {@link MOST_GROWTH} times as many. */
	operations: number;
	/** The most keys; most schedules have fewer. */
	keys: number;
}

const MOST_GROWTH = 8;
/** One more multiple of the operations is drawn from after 1, 3, 7, … times this many schedules. */
const SCHEDULES_UNTIL_GROWTH = 2_000;
/** An operation of n replicas makes n − 1 messages at first. */
const MOST_STEPS_PER_MESSAGE = 3;
/** Most defects show among three replicas; more cost more. */
const USUAL_REPLICAS = 3;
const USUAL_SHARE = 0.7;

export function generate(
	definition: ReplicaDefinition,
	mix: OperationMix,
	strategy: RandomStrategy,
	sizes: Sizes,
	seed: number,
	index: number,
): { replicas: number; choose: Chooser } {
	const draws = drawsOf(seed, index);
	const usual = Math.min(USUAL_REPLICAS, sizes.replicas);
	const replicas =
		sizes.replicas <= 2 || draws.chance(USUAL_SHARE) ? usual : 2 + draws.below(sizes.replicas - 1);
	const growth = Math.min(MOST_GROWTH, 1 + Math.floor(Math.log2(1 + index / SCHEDULES_UNTIL_GROWTH)));
	const operations = sizes.operations * (1 + draws.below(growth));
	const keys = draws.chance(0.5) ? 1 + draws.below(Math.min(3, sizes.keys)) : sizes.keys;
	const source = operationSource(mix, draws, keys);
	const faults = drawFaultLoad(definition, replicas, draws);
	const options = { replicas, operations, source, faults, draws };
	const choose = strategy === "pct" ? pctChooser(options) : randomChooser(options);
	return { replicas, choose: atMost(MOST_STEPS_PER_MESSAGE * replicas * replicas * operations, choose) };
}

/** Replicas that send again what is held back, or lost, would go on for ever: the rest comes when all has healed. */
function atMost(steps: number, choose: Chooser): Chooser {
	let left = steps;
	return (world) => (left-- > 0 ? choose(world) : null);
}
