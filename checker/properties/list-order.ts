/** The order that views show is one: a list never tells two stories about which of two elements comes first. */
import type { Json } from "../../history/events.ts";
import { uniqueElements, type ViewElements } from "../elements.ts";
import { eventsOf } from "../evidence.ts";
import { fail, type Judgement, notApplicable, type Property, pass, unknown } from "../property.ts";
import type { Observation, Run } from "../run.ts";
import { NO_UPDATE, nothingAcknowledged } from "../settled.ts";
import { boundedView, count, list, moment, show } from "../words.ts";
import { judgePlaces, type Misplaced } from "./insert-places.ts";

export const listOrder: Property = {
	name: "list-order",
	statement:
		"Whatever was seen of a list or text, at any replica and moment, shows its elements in an order that is part of one order over all elements that ever were, deleted ones among them; and each stood, right after its insert, at the index that was asked for.",
	source:
		"Attiya, Burckhardt, Gotsman, Morrison, Yang, Zawirski 2016, “Specification and complexity of collaborative text editing”, definition 3.1 (the strong list specification), parts 1(b), 1(c) and 2",
	needs: ["a list or text"],
	cost: "O(sum of the lengths of distinct views), and O(updates × replicas × log(elements)) for each of a few views that inserts are held against",
	limits:
		"Judged on elements that were inserted only once in the whole run, since nobody can tell equal ones apart; of a text these are the characters that no other insert holds. Which elements are shown is `specification`'s. Indexes are judged where it is known what the origin had delivered, by what later views still show of that; not in texts with characters beyond U+FFFF.",
	check,
};

/** Where an order was first seen. */
interface Edge {
	to: string;
	observation: Observation;
}

/** Only neighbours are taken down, since what is between two elements links them. */
type Graph = Map<string, Map<string, Observation>>;

function check(run: Run): Judgement {
	const elements = uniqueElements(run);
	if (elements === null) return notApplicable("only lists and texts have an order to judge");
	if (elements.unique.size === 0) {
		const none = "no element was inserted only once, so nobody can tell which is which";
		return nothingAcknowledged(run) ? unknown(NO_UPDATE) : notApplicable(none);
	}
	const graph: Graph = new Map();
	const judged = new Set<string>();
	let [neighbours, views] = [0, 0];
	for (const observation of run.observations) {
		const { key } = observation.view;
		if (judged.has(key)) continue;
		judged.add(key);
		const shown = elements.shownIn(observation.view.json);
		const twice = firstRepeated(shown);
		if (twice !== null) return repeated(run, elements, twice, observation);
		views += 1;
		neighbours += addNeighbours(graph, shown, observation);
	}
	const examined = { views, elements: elements.unique.size, leftOut: elements.leftOut, neighbours };
	const cycle = findCycle(graph);
	if (cycle !== null) return contradiction(run, elements, cycle, examined);
	if (nothingAcknowledged(run)) return unknown(NO_UPDATE, { examined });
	const places = judgePlaces(run, run.type as "list" | "text", elements);
	if (places.first !== null) return misplaced(run, places.first, { ...examined, places: places.judged });
	if (neighbours === 0) {
		return notApplicable("no view showed two elements that could be told apart", { examined });
	}
	const rest =
		elements.leftOut === 0 ? "" : ` (${elements.leftOut} that were inserted more than once left out)`;
	return pass(
		`one order of ${count(elements.unique.size, "element")} explains ${count(views, "view")}${rest}`,
		{ examined: { ...examined, places: places.judged } },
	);
}

function firstRepeated(shown: readonly string[]): string | null {
	const known = new Set<string>();
	for (const element of shown) {
		if (known.has(element)) return element;
		known.add(element);
	}
	return null;
}

/** @returns how many pairs of neighbours were new */
function addNeighbours(graph: Graph, shown: readonly string[], observation: Observation): number {
	let added = 0;
	for (let index = 1; index < shown.length; index++) {
		const [before, after] = [shown[index - 1] as string, shown[index] as string];
		let followers = graph.get(before);
		if (followers === undefined) graph.set(before, (followers = new Map()));
		if (followers.has(after)) continue;
		followers.set(after, observation);
		added += 1;
	}
	return added;
}

/** Depth first, and iterative: a list may be as long as the run. @returns each edge leads to the next one's start */
function findCycle(graph: Graph): { from: string; edge: Edge }[] | null {
	const done = new Set<string>();
	for (const start of graph.keys()) {
		if (done.has(start)) continue;
		const onPath = new Map([[start, 0]]);
		const path = [{ element: start, next: graph.get(start)?.entries() }];
		while (path.length > 0) {
			const top = path.at(-1) as (typeof path)[number];
			const step = top.next?.next();
			if (step === undefined || step.done === true) {
				done.add(top.element);
				onPath.delete(top.element);
				path.pop();
				continue;
			}
			const [to] = step.value;
			const from = onPath.get(to);
			if (from !== undefined) return edgesOn([...path.slice(from).map(({ element }) => element), to], graph);
			if (done.has(to)) continue;
			onPath.set(to, path.length);
			path.push({ element: to, next: graph.get(to)?.entries() });
		}
	}
	return null;
}

function edgesOn(cycle: readonly string[], graph: Graph): { from: string; edge: Edge }[] {
	return cycle.slice(0, -1).map((from, at) => {
		const to = cycle[at + 1] as string;
		return { from, edge: { to, observation: graph.get(from)?.get(to) as Observation } };
	});
}

function contradiction(
	run: Run,
	elements: ViewElements,
	found: { from: string; edge: Edge }[],
	examined: Record<string, number>,
): Judgement {
	const cycle = joined(found, elements);
	const observations = [...new Set(cycle.map(({ edge }) => edge.observation))];
	const words = cycle.map(
		({ from, edge: { to, observation } }) =>
			`${observation.replica} at ${moment(observation.time)} showed ${show(elements.valueOf(from))} before ${show(elements.valueOf(to))}`,
	);
	const operations = cycle.flatMap(({ from }) => elements.unique.get(from) ?? []);
	const replicas = [...new Set(observations.map(({ replica }) => replica))];
	const about = eventsOf(run, operations, replicas);
	return fail(`no single order of the elements explains what was shown: ${list(words)}`, {
		...about,
		replicas,
		events: [...new Set([...about.events, ...observations.map(({ index }) => index)])].sort((a, b) => a - b),
		time: Math.max(...observations.map(({ time }) => time)),
		cycle: cycle.slice(0, MAX_CYCLE).map(({ from, edge }) => ({
			before: elements.valueOf(from),
			after: elements.valueOf(edge.to),
			replica: edge.observation.replica,
			event: edge.observation.index,
		})),
		views: Object.fromEntries(
			observations
				.slice(0, 4)
				.map(({ replica, index, view }) => [`${replica} (event ${index})`, boundedView(view.json)]),
		),
		examined,
	});
}

/** What the view shows and the origin had delivered stood there too, when the element was inserted. */
function misplaced(
	run: Run,
	{ insert, mismatch, reference }: Misplaced,
	examined: Record<string, number>,
): Judgement {
	const replicas = [...new Set([insert.replica, reference.replica])];
	const about = eventsOf(run, mismatch.operations, replicas);
	const where = `in what ${reference.replica} showed at ${moment(reference.time)}`;
	return fail(`${insert.replica} put an element where it was not asked for: ${where}, ${mismatch.words}`, {
		...about,
		replicas,
		events: [...new Set([...about.events, insert.index, reference.index])].sort((a, b) => a - b),
		time: reference.time,
		views: { [reference.replica]: boundedView(reference.view.json) },
		examined,
	});
}

const MAX_CYCLE = 12;

/** Edges in a row that one view shows are one step: a, b, c in one view say a before c. */
function joined(
	cycle: { from: string; edge: Edge }[],
	elements: ViewElements,
): { from: string; edge: Edge }[] {
	const steps: { from: string; edge: Edge }[] = [];
	for (const { from, edge } of cycle) {
		const last = steps.at(-1);
		const [start, end] =
			last === undefined ? [-1, -1] : placesIn(last.edge.observation, last.from, edge.to, elements);
		if (last !== undefined && start !== -1 && start < end) last.edge = { ...last.edge, to: edge.to };
		else steps.push({ from, edge });
	}
	return steps;
}

function placesIn(
	{ view }: Observation,
	from: string,
	to: string,
	elements: ViewElements,
): [from: number, to: number] {
	const shown = elements.shownIn(view.json);
	return [shown.indexOf(from), shown.indexOf(to)];
}

function repeated(run: Run, elements: ViewElements, element: string, observation: Observation): Judgement {
	const operation = elements.unique.get(element);
	const about = eventsOf(run, operation === undefined ? [] : [operation], [observation.replica]);
	const value: Json = elements.valueOf(element);
	return fail(
		`at ${moment(observation.time)} ${observation.replica} showed ${show(value)} twice, which was inserted once: it would come before itself`,
		{
			...about,
			replicas: [observation.replica],
			events: [...about.events, observation.index].sort((a, b) => a - b),
			time: observation.time,
			views: { [observation.replica]: boundedView(observation.view.json) },
		},
	);
}
