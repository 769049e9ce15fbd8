/** Views of a list that tell two stories about which of two elements comes first: the two that contradict each other most plainly. */
import type { Json } from "../../history/events.ts";
import { uniqueElements, type ViewElements } from "../elements.ts";
import type { Observation, Run } from "../run.ts";
import type { Explanation, PropertyVerdict } from "../verdict.ts";
import { count, list, moment, show } from "../words.ts";
import { explanationOf, type Finding } from "./finding.ts";
import { howTheyMeet } from "./meeting.ts";
import { hasSeen, type Known, named, type Scene } from "./scene.ts";

/** How many elements of views are gone through for two that contradict each other. */
const MAX_ELEMENTS_COMPARED = 2_000_000;
const MAX_STEPS_NAMED = 3;

interface Step {
	before: Json;
	after: Json;
	replica: string;
	event: number;
}

/** Two views that both show both elements, each in another order. */
interface Contradiction {
	/** Shows `first` before `second`. */
	left: Observation;
	/** Shows `second` before `first`. */
	right: Observation;
	first: string;
	second: string;
}

export function twoOrders(scene: Scene, { evidence }: PropertyVerdict): Explanation | null {
	const elements = uniqueElements(scene.run);
	if (elements === null) return null;
	const seen = scene.observations(evidence.events);
	const twice = shownTwice(seen, elements);
	if (twice !== null) return repeated(scene, elements, ...twice);
	const contradiction = plainest(scene.run, seen, elements);
	if (contradiction !== null) return contradicting(scene, elements, contradiction);
	const steps = stepsOf(evidence["cycle"]);
	if (steps.length > 0) return inACircle(scene, elements, seen, steps);
	return misplaced(scene, elements, seen.at(-1), scene.ofOperations(evidence.operations));
}

function contradicting(
	scene: Scene,
	elements: ViewElements,
	{ left, right, first, second }: Contradiction,
): Explanation {
	const [a, b] = [inserterOf(scene, elements, first), inserterOf(scene, elements, second)];
	const [x, y] = [first, second].map((element) => show(elements.valueOf(element)));
	const views = `at ${moment(left.time)} ${left.replica} showed ${x} before ${y}, at ${moment(right.time)} ${right.replica} ${y} before ${x}`;
	const who =
		a === null || b === null
			? ""
			: `; ${a.id} inserted ${x} and ${b.id} ${y}${howTheyMeet(scene, [left.replica, right.replica], a, b)}`;
	return explanationOf(
		scene,
		{ sentence: views + who, updates: [a, b].filter((known) => known !== null) },
		{
			time: Math.max(left.time, right.time),
			replicas: [...new Set([left.replica, right.replica])],
			events: [left.index, right.index].sort((one, other) => one - other),
			path: "",
		},
	);
}

/** An element stands among others, which its origin had applied, where it was not asked for. */
function misplaced(
	scene: Scene,
	elements: ViewElements,
	observation: Observation | undefined,
	[insert]: readonly Known[],
): Explanation | null {
	if (observation === undefined || insert === undefined) return null;
	const { value } = insert.operation;
	const index = typeof value === "object" && value !== null && !Array.isArray(value) ? value["index"] : null;
	const shown = elements.shownIn(observation.view.json);
	const at = shown.findIndex((element) => elements.unique.get(element) === insert.operation);
	if (at === -1 || typeof index !== "number") return null;
	const hadSeen = (element: string) => {
		const inserter = inserterOf(scene, elements, element);
		return inserter !== null && hasSeen(insert, inserter);
	};
	const [before, behind] = [shown.slice(0, at).filter(hadSeen), shown.slice(at + 1).filter(hadSeen)];
	const [those, where] = before.length > index ? [before, "before"] : [behind, "behind"];
	if (those.length === 0) return null;
	const names = list(those.map((element) => show(elements.valueOf(element))));
	const { replica, time, index: event } = observation;
	return explanationOf(
		scene,
		{
			sentence: `when ${insert.replica} accepted ${named(insert)} it had applied the insert of ${names}; at ${moment(time)} ${replica} shows ${those.length === 1 ? "that" : "those"} ${where} it`,
			updates: [insert],
		},
		{ time, replicas: [...new Set([replica, insert.replica])], events: [event], path: "" },
	);
}

/** No two of the views contradict each other, all of them together do. */
function inACircle(
	scene: Scene,
	elements: ViewElements,
	seen: readonly Observation[],
	steps: readonly Step[],
): Explanation | null {
	const words = steps
		.slice(0, MAX_STEPS_NAMED)
		.map(({ before, after, replica }) => `${replica} showed ${show(before)} before ${show(after)}`);
	const more =
		steps.length > words.length
			? [`${count(steps.length - words.length, "view")} more lead back to ${show(steps[0]?.before)}`]
			: [];
	const values = steps.slice(0, MAX_STEPS_NAMED).map(({ before }) => show(before));
	const updates = [...elements.unique].flatMap(([element, operation]) =>
		values.includes(show(elements.valueOf(element))) ? [scene.ofOperation(operation)] : [],
	);
	const finding: Finding = {
		sentence: `${list([...words, ...more])}: no two of these views contradict each other, all of them together do`,
		updates,
	};
	return explanationOf(scene, finding, {
		time: Math.max(...seen.map(({ time }) => time)),
		replicas: [...new Set(seen.map(({ replica }) => replica))],
		events: seen.map(({ index }) => index),
		path: "",
	});
}

function repeated(
	scene: Scene,
	elements: ViewElements,
	element: string,
	observation: Observation,
): Explanation {
	const { replica, time, index, view } = observation;
	const value = show(elements.valueOf(element));
	const inserter = inserterOf(scene, elements, element);
	const shown = elements.shownIn(view.json);
	const places = shown.flatMap((other, at) => (other === element ? [at] : []));
	const by = inserter === null ? "" : ` by ${named(inserter)}`;
	const again = inserter === null ? "" : appliedTwice(scene, replica, inserter);
	return explanationOf(
		scene,
		{
			sentence: `at ${moment(time)} ${replica} showed ${value} ${places.length} times, which was inserted once${by}${again}`,
			updates: inserter === null ? [] : [inserter],
		},
		{ time, replicas: [replica], events: [index], path: "" },
	);
}

/** By the replica's own account of deliveries. */
function appliedTwice({ run }: Scene, replica: string, { id }: Known): string {
	const times = run.deliveries.of(new Set([id]), [replica]);
	return times.length < 2 ? "" : `; ${replica} itself says that it applied ${id} ${times.length} times`;
}

function shownTwice(seen: readonly Observation[], elements: ViewElements): [string, Observation] | null {
	for (const observation of seen) {
		const known = new Set<string>();
		for (const element of elements.shownIn(observation.view.json)) {
			if (known.has(element)) return [element, observation];
			known.add(element);
		}
	}
	return null;
}

/** The first two views, one of them in the evidence, that show two elements in different orders; null within bounds: there are none. */
function plainest(run: Run, seen: readonly Observation[], elements: ViewElements): Contradiction | null {
	let left = MAX_ELEMENTS_COMPARED;
	const judged = new Set<string>();
	const distinct = run.observations.filter(
		({ view }) => !judged.has(view.key) && judged.add(view.key).size > 0,
	);
	for (const one of [...seen].sort((a, b) => a.index - b.index)) {
		const places = new Map(elements.shownIn(one.view.json).map((element, at) => [element, at]));
		for (const other of distinct) {
			if (other.view.key === one.view.key) continue;
			const shown = elements.shownIn(other.view.json).filter((element) => places.has(element));
			left -= shown.length;
			if (left < 0) return null;
			for (let at = 1; at < shown.length; at++) {
				const [first, second] = [shown[at - 1] as string, shown[at] as string];
				if ((places.get(first) as number) < (places.get(second) as number)) continue;
				const [early, late] = other.index < one.index ? [other, one] : [one, other];
				return early === other
					? { left: early, right: late, first, second }
					: { left: early, right: late, first: second, second: first };
			}
		}
	}
	return null;
}

function inserterOf(scene: Scene, elements: ViewElements, element: string): Known | null {
	const operation = elements.unique.get(element);
	return operation === undefined ? null : scene.ofOperation(operation);
}

/** It may come from a file that somebody else wrote. */
function stepsOf(cycle: Json | undefined): Step[] {
	if (!Array.isArray(cycle)) return [];
	return cycle.flatMap((step): Step[] => {
		if (typeof step !== "object" || step === null || Array.isArray(step)) return [];
		const { before, after, replica, event } = step;
		if (before === undefined || after === undefined) return [];
		return typeof replica === "string" && typeof event === "number"
			? [{ before, after, replica, event }]
			: [];
	});
}
