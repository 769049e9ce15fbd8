/** Collects to whom each operation sends its message, which tells how many interleavings a finished search stands for. */
import { countInAnyOrder, countInLinkOrder } from "./count-schedules.ts";
import { copiesOf, type ExhaustiveProblem } from "./problem.ts";

export interface Traffic {
	note(replica: number, index: number, messages: readonly { to: number }[]): void;
	/** @returns null where it isn't known: an operation's messages depend on what came before, or causal order does */
	count(): bigint | null;
}

export function createTraffic(problem: ExhaustiveProblem): Traffic {
	const { order } = problem.definition.delivers;
	const receivers = problem.operations.map(() => [] as number[][]);
	let varies = false;
	return {
		note(replica, index, messages) {
			const ofReplica = receivers[replica] as number[][];
			const known = ofReplica[index];
			const to = messages.map((message) => message.to);
			if (known === undefined) ofReplica[index] = to;
			else if (known.join() !== to.join()) varies = true;
		},
		count() {
			if (varies) return null;
			if (order === "any") return countInAnyOrder({ receivers, copies: copiesOf(problem) });
			// Between two replicas causal order is the order of the one link there is in each direction.
			if (order === "fifo" || receivers.length <= 2) return countInLinkOrder({ receivers, copies: 1 });
			return null;
		},
	};
}
