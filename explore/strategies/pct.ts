/**
 * Probabilistic concurrency testing: each client and each link is a thread with a random priority, and always the first of
 * those that can move does; at d − 1 change points, drawn among the expected steps, the thread that would move falls
 * behind all others. Finds a bug of depth d with a chance of at least 1 / (n · k^(d − 1)) for n threads and k steps.
 * Source: Burckhardt, Kothari, Musuvathi, Nagarakatte 2010, "A randomized scheduler with probabilistic guarantees of
 * finding bugs", ASPLOS, section 3.2. Faults come on top as in the random strategy; the bound is for those without.
 */
import type { SimMessage } from "../../controller/runtimes/sim/cluster.ts";
import { drawFault } from "../faults.ts";
import { clear } from "../lists.ts";
import type { Chooser } from "../playable.ts";
import { deliverable, delivery, type StrategyOptions } from "./random.ts";

/** Two change points: enough for all but three of the twenty historical bugs that we know (depths 1 to 3). */
const DEPTH = 3;

export function pctChooser(options: StrategyOptions, depth = DEPTH): Chooser {
	const { replicas, operations, source, faults, draws } = options;
	const left = Array.from({ length: replicas }, () => operations);
	/** Clients first, then links; the greater goes first. Change points lower one to depth − 1, …, 1, as in the paper. */
	const priorities = Array.from({ length: replicas + replicas * replicas }, () => depth + draws.float());
	const expectedSteps = replicas * operations * replicas;
	const changePoints = Array.from({ length: depth - 1 }, () => draws.below(expectedSteps));
	const scratch: SimMessage[] = [];
	let messages: readonly SimMessage[] = scratch;
	const down: number[] = [];
	let steps = 0;

	return (world) => {
		clear(down);
		let open = 0;
		for (let replica = 0; replica < replicas; replica++) {
			if (!world.isUp(replica)) down.push(replica);
			open += left[replica] as number;
		}
		messages = deliverable(world, faults, down.length === 0, scratch);
		if (open === 0 && messages.length === 0) return null;
		const fault = drawFault(faults, world, down, draws);
		if (fault !== null) return fault;
		let thread = first(world.isUp);
		if (thread < 0) return { kind: "start", replica: down[0] as number };
		const change = changePoints.indexOf(steps++);
		if (change >= 0) {
			priorities[thread] = change;
			thread = first(world.isUp);
		}
		if (thread < replicas) {
			left[thread] = (left[thread] as number) - 1;
			return source.next(thread);
		}
		const those = messages.filter((message) => linkOf(message) === thread);
		return delivery(those[draws.below(those.length)] as SimMessage);
	};

	/** The thread with the greatest priority of those that can move; -1: none can. */
	function first(isUp: (replica: number) => boolean): number {
		let best = -1;
		const consider = (thread: number): void => {
			if (best < 0 || (priorities[thread] as number) > (priorities[best] as number)) best = thread;
		};
		for (let replica = 0; replica < replicas; replica++) {
			if ((left[replica] as number) > 0 && isUp(replica)) consider(replica);
		}
		for (const message of messages) consider(linkOf(message));
		return best;
	}

	function linkOf({ from, to }: SimMessage): number {
		return replicas + from * replicas + to;
	}
}
