/**
 * Wrong on purpose (kind 16 of 25): an RGA that puts a new element right behind the one that it was inserted after and compares
 * no timestamps there. Of several behind one element the last to arrive comes first, and concurrent ones arrive in another
 * order elsewhere: replicas that have delivered the same show different orders, `strong-convergence` fails (and
 * `list-order`).
 *
 * In the wild: concurrent splits of one element in Yorkie's trees stood in the order of arrival
 * (github.com/yorkie-team/yorkie-js-sdk/issues/1373).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { listElements } from "../types/list.ts";
import { rga } from "../types/rga.ts";
import { elementOf } from "../types/sequence.ts";
import { sequenceType } from "../types/sequence-type.ts";

export const rgaSiblingsByArrival: ReplicaDefinition = opBased(
	sequenceType(listElements, {
		...rga,
		integrate(sequence, run) {
			rga.integrate(sequence, run);
			const after = run[0]?.place.after ?? null;
			return after === null ? 0 : sequence.order.indexOf(elementOf(sequence, after)) + 1;
		},
	}),
);
