/**
 * Uniform random schedules: of all steps that are possible now each is as likely as any other, apart from faults, which have
 * chances of their own (`faults.ts`). Pure: the draws decide.
 */
import type { SimMessage } from "../../controller/runtimes/sim/cluster.ts";
import type { Draws } from "../draws.ts";
import { drawFault, type FaultLoad } from "../faults.ts";
import { clear } from "../lists.ts";
import type { OperationSource } from "../operations.ts";
import type { Chooser, World } from "../playable.ts";
import type { Step } from "../schedule.ts";

export interface StrategyOptions {
	replicas: number;
	/** Of each replica's client. */
	operations: number;
	source: OperationSource;
	faults: FaultLoad;
	draws: Draws;
}

/** How much more likely a client's next operation is than a message's arrival: drawn for each schedule. */
const HASTES = [0.5, 1, 3] as const;

export function randomChooser({ replicas, operations, source, faults, draws }: StrategyOptions): Chooser {
	const left = Array.from({ length: replicas }, () => operations);
	const haste = HASTES[draws.below(HASTES.length)] as number;
	const clients: number[] = [];
	const down: number[] = [];
	const scratch: SimMessage[] = [];

	return (world) => {
		clear(clients);
		clear(down);
		let open = 0;
		for (let replica = 0; replica < replicas; replica++) {
			if (!world.isUp(replica)) down.push(replica);
			else if ((left[replica] as number) > 0) clients.push(replica);
			open += left[replica] as number;
		}
		const messages = deliverable(world, faults, down.length === 0, scratch);
		if (open === 0 && messages.length === 0) return null;
		const fault = drawFault(faults, world, down, draws);
		if (fault !== null) return fault;
		const weight = clients.length * haste;
		const total = weight + messages.length;
		if (total === 0) return { kind: "start", replica: down[0] as number };
		const drawn = draws.float() * total;
		if (drawn < weight) {
			const replica = clients[Math.floor(drawn / haste)] as number;
			left[replica] = (left[replica] as number) - 1;
			return source.next(replica);
		}
		return delivery(messages[Math.floor(drawn - weight)] as SimMessage);
	};
}

export function delivery({ from, to, number }: SimMessage): Step {
	return { kind: "deliver", from, to, number };
}

/**
 * Messages that can arrive now: of each link that is not held all, or the oldest only.
 * @param scratch filled only where it is not simply all that are in flight
 */
export function deliverable(
	{ inFlight, replicas, isUp }: World,
	{ held, reorder }: FaultLoad,
	allUp: boolean,
	scratch: SimMessage[],
): readonly SimMessage[] {
	if (allUp && reorder && held.size === 0) return inFlight;
	clear(scratch);
	for (const message of inFlight) {
		if (held.size > 0 && held.has(message.from * replicas + message.to)) continue;
		if (!isUp(message.to)) continue;
		if (!reorder && scratch.some(({ from, to }) => from === message.from && to === message.to)) continue;
		scratch.push(message);
	}
	return scratch;
}
