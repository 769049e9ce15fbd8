/** An acknowledged update that a replica forgot: when it was acknowledged, when the replica crashed, what it lacked then. */
import { hasDelivered } from "../delivered.ts";
import { eventsOf } from "../evidence.ts";
import type { Crash, Observation, Run } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { moment, show } from "../words.ts";
import { explanationOf } from "./finding.ts";
import { type Known, named, type Scene } from "./scene.ts";

export function forgotten(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const [id] = evidence.updates ?? [];
	if (id === undefined) return null;
	const update = scene.update(id);
	return update === null ? givenTwice(scene, id, evidence.operations ?? []) : lost(scene, update);
}

function givenTwice(scene: Scene, id: string, operations: readonly string[]): Explanation | null {
	const reused = scene.run.reused.find(
		(candidate) =>
			candidate.id === id &&
			operations.includes(candidate.earlier.id) &&
			operations.includes(candidate.later.id),
	);
	if (reused === undefined) return null;
	const { earlier, later, replica, number } = reused;
	const crash = crashAfter(scene.run, replica, earlier.completion?.index ?? 0);
	const known = [earlier, later].map(
		(operation): Known => ({
			id,
			replica,
			number,
			operation,
			seen: operation.completion?.delivered ?? null,
		}),
	);
	const what = ({ operation }: Known) => `${operation.f} ${show(operation.value)}`;
	const [first, second] = known as [Known, Known];
	const when = crash === null ? "" : `, crashed at ${moment(crash.startTime)}`;
	return explanationOf(
		scene,
		{
			sentence: `${replica} acknowledged ${id} (${what(first)}) at ${moment(earlier.completion?.time ?? 0)}${when}, and at ${moment(later.completion?.time ?? 0)} gave the same number to ${what(second)}: by then it no longer knew of the first`,
			updates: known,
		},
		{
			time: later.completion?.time ?? 0,
			replicas: [replica],
			events: eventsOf(scene.run, [earlier, later], [replica]).events,
			path: "",
		},
	);
}

function lost(scene: Scene, update: Known): Explanation {
	const { run } = scene;
	const { replica, operation } = update;
	const completed = operation.completion?.index ?? operation.invoke.index;
	const crash = crashAfter(run, replica, completed);
	const lacking = run.observations.find(
		(observation) =>
			observation.replica === replica &&
			observation.index > (crash?.endIndex ?? completed) &&
			!holds(observation, update),
	);
	const acknowledged = `${replica} acknowledged ${named(update)} at ${moment(operation.completion?.time ?? 0)}`;
	const crashed = crash === null ? "" : ` and crashed at ${moment(crash.startTime)}`;
	const then =
		lacking === undefined
			? "; in the end no replica has it"
			: `; at ${moment(lacking.time)} it ${crash === null ? "" : "was back and "}had it no longer`;
	const time = lacking?.time ?? run.lastTime;
	return explanationOf(
		scene,
		{ sentence: acknowledged + crashed + then, updates: [update] },
		{
			time,
			replicas: [replica],
			events: [
				...(crash === null ? [] : [crash.startIndex]),
				...(lacking === undefined ? [] : [lacking.index]),
			],
			path: "",
		},
	);
}

function crashAfter(run: Run, replica: string, index: number): Crash | null {
	return run.crashes.find((crash) => crash.replica === replica && crash.endIndex > index) ?? null;
}

function holds({ delivered }: Observation, { replica, number }: Known): boolean {
	return delivered !== null && hasDelivered(delivered, replica, number);
}
