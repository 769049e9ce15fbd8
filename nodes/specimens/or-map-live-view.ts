/**
 * Wrong on purpose (kind 15 of 25): an or-map that doesn't show its state but a live view, kept by patches. Where a delete takes
 * away the shown one of several concurrent values, the patch deletes the key, although another value is left and
 * should be shown now. It depends on when the delete comes between the two: replicas that have delivered the
 * same updates show different maps, `strong-convergence` fails. The state is right all along, so the next set of the key,
 * or a restart, shows the right map again.
 *
 * In the wild: Automerge, whose patches kept a materialized view that was wrong until it was saved and loaded
 * (github.com/automerge/automerge/issues/951).
 */
import { opBased } from "../sdk/op-based.ts";
import type { Json, ReplicaDefinition } from "../sdk/replica.ts";
import { type OrMapEffect, type OrMapState, orMapType } from "../types/or-map.ts";

interface State {
	map: OrMapState;
	/** Null until somebody looks: a replica that was just started is right. */
	live: Map<string, Json> | null;
}

export const orMapLiveView: ReplicaDefinition = opBased<State, OrMapEffect>({
	type: orMapType.type,
	operations: orMapType.operations,
	initial: (context) => ({ map: orMapType.initial(context), live: null }),
	prepare: ({ map }, operation, context) => orMapType.prepare(map, operation, context),
	apply(state, effect, meta) {
		const { key, set } = effect;
		const before = state.map.siblings.get(key)?.[0];
		state.map = orMapType.apply(state.map, effect, meta);
		const after = state.map.siblings.get(key)?.[0];
		if (state.live === null || before === after) return state;
		if (set === null || after === undefined) state.live.delete(key);
		else state.live.set(key, after.value);
		return state;
	},
	view(state) {
		state.live ??= new Map(Object.entries(orMapType.view(state.map) as Record<string, Json>));
		return Object.fromEntries(state.live);
	},
	canonical: ({ map, live }) => [orMapType.canonical?.(map), live && Object.fromEntries(live)],
	clone: ({ map, live }) => ({ map: orMapType.clone?.(map) ?? map, live: live && new Map(live) }),
});
