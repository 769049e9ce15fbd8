/**
 * What one lane's proxy should be, given the faults that are on. Pure. Delays and throttles of several faults add
 * up, each under a name with its fault's number. To refuse, to hold and to lose are states: they are there as long
 * as any fault wants them, under one name, so that nothing has to be added behind held data when faults overlap.
 */
import type { Direction, LaneEffect } from "./effects.ts";
import type { LaneState } from "./lane.ts";

/** @param effectsByFault of this lane, by the fault's number, in ascending order */
export function wantedState(effectsByFault: Iterable<readonly [number, readonly LaneEffect[]]>): LaneState {
	const state: LaneState = { enabled: true, effects: new Map() };
	const resets: Direction[] = [];
	for (const [number, effects] of effectsByFault) {
		for (const effect of effects) {
			if (effect.kind === "refuse") state.enabled = false;
			else if (effect.kind === "reset") resets.push(effect.direction);
			else if (effect.kind === "hold" || effect.kind === "black-hole") {
				state.effects.set(`${effect.kind}-${effect.direction}`, effect);
			} else state.effects.set(`f${number}-${effect.kind}-${effect.direction}`, effect);
		}
	}
	for (const direction of resets) {
		// Nothing comes through there, so no connection would get as far as its RST.
		if (state.effects.has(`hold-${direction}`) || state.effects.has(`black-hole-${direction}`)) continue;
		state.effects.set(`reset-${direction}`, { kind: "reset", direction });
	}
	return state;
}
