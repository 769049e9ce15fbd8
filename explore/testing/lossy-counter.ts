/** A counter that takes over what comes instead of the higher count: two replicas swap their states and stay apart. */
import { stateBased } from "../../nodes/sdk/state-based.ts";

type Counts = Record<string, number>;

export default stateBased<Counts>({
	type: "g-counter",
	gossip: "state",
	operations: { add: { kind: "update", weight: 1, generate: (draw) => draw.integer(1, 9) } },
	initial: () => ({}),
	mutate: (state, { value }, { actor }) => ({
		state: { ...state, [actor]: (state[actor] ?? 0) + Number(value) },
	}),
	merge: (a, b) => ({ ...a, ...b }),
	view: (state) => Object.values(state).reduce((sum, count) => sum + count, 0),
});
