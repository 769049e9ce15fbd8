/** The plan of the generic saga: three steps that mean nothing. View: by saga its status and how often each step was done and undone. */
import type { SagaPlan } from "./plan.ts";

export const threeSteps: SagaPlan = {
	type: "saga",
	steps: [
		{ name: "first", undoNamesCall: true },
		{ name: "second", undoNamesCall: false },
		{ name: "third", undoNamesCall: true },
	],
	begin: "begin",
	idField: "saga",
	beginning: {
		kind: "update",
		weight: 5,
		generate: (draw) => ({
			saga: draw.key(),
			failsAt: draw.integer(1, 3) === 1 ? "third" : null,
		}),
	},
	check: (value) => (Object.keys(value).length === 0 ? null : "nothing besides saga and failsAt"),
	view: (sagas) => Object.fromEntries(sagas.map(({ id, status, effects }) => [id, { status, effects }])),
};
