/**
 * Wrong on purpose (kind 6 of 25): a state-based or-set whose join unites the adds of both sides and never looks at
 * what the other side has superseded. A remove holds at its origin until the first state of a peer that still has the
 * element: `specification` fails, the element is resurrected.
 *
 * In the wild: the shopping cart of Amazon's Dynamo, where "deleted items can resurface" (DeCandia et al. 2007, SOSP,
 * section 4.4); Riak's ORSWOT for some clocks (github.com/basho/riak_dt/pull/78).
 */
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { stateBased } from "../sdk/state-based.ts";
import { deltaOrSetType, type OrSetState } from "../types/delta-or-set.ts";
import { filterDots, includes } from "../types/dots.ts";

export const orSetMergeKeepsRemoved: ReplicaDefinition = stateBased<OrSetState>({
	...deltaOrSetType,
	gossip: "state",
	merge(a, b) {
		const { context } = deltaOrSetType.merge(a, b);
		const entries = { ...a.entries };
		for (const [key, theirs] of Object.entries(b.entries)) {
			const dots = entries[key]?.dots ?? [];
			const added = filterDots(theirs.dots, (replica, number) => !includes(dots, replica, number));
			entries[key] = { element: theirs.element, dots: [...dots, ...added] };
		}
		return { entries, context };
	},
});
