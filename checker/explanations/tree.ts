/** Trees: which moves put nodes below each other, or where two replicas show them. */
import type { Json } from "../../history/events.ts";
import { typed, userKey } from "../canonical.ts";
import type { Observation } from "../run.ts";
import type { Evidence } from "../verdict.ts";
import { list, show } from "../words.ts";
import type { Finding } from "./finding.ts";
import { howTheyMeet } from "./meeting.ts";
import { areConcurrent, hasSeen, type Known, named, type Scene } from "./scene.ts";

const MAX_CYCLE_NAMED = 4;

/** Nodes that a view shows below themselves, and the moves that put them there; null: there is no such cycle. */
export function cycleOfMoves(scene: Scene, observation: Observation): Finding | null {
	const { replica, delivered, view } = observation;
	if (scene.run.type !== "tree" || delivered === null) return null;
	const parents = parentsOf(view.json);
	const cycle = parents === null ? null : cycleIn(parents);
	if (parents === null || cycle === null) return null;
	const applied = scene.within(delivered);
	const moves = cycle.flatMap((node) => lastMove(applied, node, parents.get(node) ?? null) ?? []);
	if (moves.length < cycle.length || cycle.length > MAX_CYCLE_NAMED) {
		return {
			sentence: `${replica} shows ${cycle.slice(0, MAX_CYCLE_NAMED).map(show).join(" under ")} under ${cycle.length > MAX_CYCLE_NAMED ? "… under " : ""}${show(cycle[0])}, so none of them hangs under the root`,
			updates: moves,
		};
	}
	const inTime = [...moves].sort((a, b) => a.operation.invoke.index - b.operation.invoke.index);
	const [first, ...others] = inTime as [Known, ...Known[]];
	const isConcurrent = inTime.every((one) =>
		inTime.every((other) => one === other || areConcurrent(one, other)),
	);
	const joint = isConcurrent ? " while " : " and ";
	const whoMoved = [first, ...others].map(moved).join(joint);
	const sight = isConcurrent ? "" : sightOf(inTime);
	const both =
		inTime.length === 2
			? "both moves were"
			: inTime.length === 1
				? "the move was"
				: `all ${inTime.length} moves were`;
	const hang =
		cycle.length === 1
			? "it hangs below itself"
			: `${cycle.length === 2 ? "neither hangs" : "none of them hangs"} under the root`;
	return { sentence: `${whoMoved}${sight}; at ${replica} ${both} kept, so ${hang}`, updates: inTime };
}

/** A node that a view shows where the moves applied don't allow it. */
export function misplaced(scene: Scene, observation: Observation, evidence: Evidence): Finding | null {
	const { replica, delivered, view } = observation;
	const parents = parentsOf(view.json);
	const node = evidence.path ?? "";
	if (delivered === null || parents === null || node === "") return null;
	const parent = parents.get(node) ?? null;
	const moves = scene.within(delivered).filter((update) => moveOf(update)?.node === node);
	const where = `${replica} shows ${show(node)} ${placeOf(parent)}`;
	const by = moves.filter((update) => moveOf(update)?.parent === parent).at(-1);
	if (by === undefined) {
		const last = moves.at(-1);
		if (last === undefined)
			return { sentence: `${where}, although it had applied no move of it`, updates: [] };
		if (parent !== null)
			return {
				sentence: `${where}, where no move that it had applied put it; the last of them was ${named(last)}`,
				updates: [last],
			};
		return {
			sentence: `${where}, where it began, although it had applied ${named(last)}${mustBe(evidence)}`,
			updates: [last],
		};
	}
	const later = moves.findLast((update) => hasSeen(update, by));
	if (later !== undefined) {
		return {
			sentence: `${where}, as ${named(by)} left it, although it had applied ${named(later)}, which had seen that${mustBe(evidence)}`,
			updates: [by, later],
		};
	}
	const rival = moves.findLast((update) => areConcurrent(update, by));
	const also =
		rival === undefined ? "" : `; it had applied ${named(rival)} too, and neither had seen the other`;
	return {
		sentence: `${where}, as ${named(by)} left it${also}${mustBe(evidence)}`,
		updates: [by, ...(rival === undefined ? [] : [rival])],
	};
}

/** Two replicas that show a node in two places, each where another move put it. */
export function twoPlaces(
	scene: Scene,
	left: Observation,
	right: Observation,
	updates: readonly Known[],
	node: Json | undefined,
): Finding | null {
	if (scene.run.type !== "tree" || typeof node !== "string") return null;
	const sides = [left, right].map(({ replica, view }) => {
		const parents = parentsOf(view.json);
		const parent = parents?.get(node) ?? null;
		const move = lastMove(updates, node, parent);
		return parents === null ? null : { replica, parent, move };
	});
	const [a, b] = sides;
	if (a == null || b == null) return null;
	const words = [a, b].map(({ replica, parent, move }) => {
		const by = move === null ? "" : `, as ${named(move)} left it`;
		return `${replica} shows ${show(node)} ${placeOf(parent)}${by}`;
	});
	const meet =
		a.move === null || b.move === null
			? ""
			: howTheyMeet(scene, [left.replica, right.replica], a.move, b.move);
	const moves = [a.move, b.move].filter((move) => move !== null);
	if (moves.length === 0) return null;
	return { sentence: `${words.join(", ")}${meet}`, updates: moves };
}

function mustBe({ expected }: Evidence): string {
	return typeof expected === "string" ? `; by whatever order of the moves it is ${expected}` : "";
}

function moved(update: Known): string {
	const move = moveOf(update) as Move;
	return `${update.replica} moved ${show(move.node)} under ${show(move.parent)} (${update.id})`;
}

function sightOf(moves: readonly Known[]): string {
	const seen = moves.flatMap((later) =>
		moves.filter((earlier) => hasSeen(later, earlier)).map((earlier) => `${later.id} had seen ${earlier.id}`),
	);
	return seen.length === 0 ? "" : `, and ${list(seen)}`;
}

interface Move {
	node: string;
	parent: string | null;
}

function moveOf({ operation: { f, value } }: Known): Move | null {
	if (f !== "move" || typeof value !== "object" || value === null || Array.isArray(value)) return null;
	const { node, parent = null } = value;
	return typeof node === "string" && (parent === null || typeof parent === "string")
		? { node, parent }
		: null;
}

function lastMove(updates: readonly Known[], node: string, parent: string | null): Known | null {
	return (
		updates.findLast((update) => {
			const move = moveOf(update);
			return move !== null && move.node === node && move.parent === parent;
		}) ?? null
	);
}

function placeOf(parent: string | null): string {
	return parent === null ? "at the root" : `under ${show(parent)}`;
}

function parentsOf(view: Json): Map<string, string> | null {
	if (typeof view !== "object" || view === null || Array.isArray(view) || typed(view) !== null) return null;
	const parents = new Map<string, string>();
	for (const [node, parent] of Object.entries(view)) {
		if (typeof parent === "string") parents.set(userKey(node), parent);
	}
	return parents;
}

/** Each below the next, the last below the first. */
function cycleIn(parents: ReadonlyMap<string, string>): string[] | null {
	const fine = new Set<string>();
	for (const start of parents.keys()) {
		const path: string[] = [];
		for (let at: string | undefined = start; at !== undefined && !fine.has(at); at = parents.get(at)) {
			const from = path.indexOf(at);
			if (from !== -1) return path.slice(from);
			path.push(at);
		}
		for (const node of path) fine.add(node);
	}
	return null;
}
