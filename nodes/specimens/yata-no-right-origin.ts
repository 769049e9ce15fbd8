/**
 * Wrong on purpose (kind 18 of 25): a YATA list whose updates leave out the right origin. Where an element is inserted it
 * stands between its neighbours; where its update arrives nothing bounds the search for its place, which then may go past the
 * right neighbour, by the order of identities. Replicas that have delivered the same show different orders, after a
 * single insert in the middle of a run: `strong-convergence` fails.
 *
 * In the wild: ygo, a port of Yjs, read the right origin and didn't use it (github.com/reearth/ygo/issues/65 and 68).
 */
import { opBased } from "../sdk/op-based.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { listElements } from "../types/list.ts";
import { sequenceType } from "../types/sequence-type.ts";
import { yata } from "../types/yata.ts";

const yataType = sequenceType(listElements, yata);

export const yataNoRightOrigin: ReplicaDefinition = opBased({
	...yataType,
	prepare(state, operation, context) {
		const prepared = yataType.prepare(state, operation, context);
		if (!("effect" in prepared) || "deleted" in prepared.effect) return prepared;
		yataType.apply(state, prepared.effect, { origin: context.replica, number: context.number });
		const { place, content } = prepared.effect;
		return { effect: { place: { ...place, right: null }, content }, applied: true };
	},
});
