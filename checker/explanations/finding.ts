/** From the updates that matter to the explanation that is shown. */
import type { Explanation } from "../verdict.ts";
import { hasSeen, type Known, type Scene } from "./scene.ts";

/** Most people can hold no more in mind. */
const MAX_UPDATES = 8;
const MAX_REPLICAS = 8;

export interface Finding {
	sentence: string;
	updates: Known[];
}

export interface Showing {
	time: number;
	replicas: string[];
	events: number[];
	path: string;
}

/** @param replicas whose order is shown first; the run's others follow */
export function explanationOf(scene: Scene, finding: Finding, showing: Showing): Explanation {
	const { path, ...firstDisagreement } = showing;
	const updates = [...new Set(finding.updates)]
		.sort((a, b) => a.operation.invoke.index - b.operation.invoke.index)
		.slice(0, MAX_UPDATES);
	const replicas = [...new Set([...showing.replicas, ...scene.run.header.replicas])].slice(0, MAX_REPLICAS);
	const numbered = updates.filter(({ number }) => number > 0);
	return {
		sentence: `${finding.sentence}.`,
		updates: updates.map((update) => ({
			update: update.id,
			operation: update.operation.id,
			f: update.operation.f,
			value: update.operation.value,
			hadSeen: [...new Set(updates.filter((other) => hasSeen(update, other)).map(({ id }) => id))].filter(
				(id) => id !== update.id,
			),
		})),
		firstDisagreement,
		deliveries: numbered.length === 0 ? {} : scene.deliveries(replicas, numbered, showing),
		path,
	};
}
