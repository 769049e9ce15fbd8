/** The page model with what drawing needs at hand: marks by lane, updates by origin, gaps of crashes, views in force. */
import type { PropertyVerdict } from "../../checker/verdict.ts";
import { OUTCOMES, type Outcome, type PageModel } from "../page-model.ts";
import { VIEW_SLOTS } from "./view-slots.ts";

/** Of the curve of distinct views. */
export const SIMULTANEOUS_MS = 10;
/** What takes a node down. */
const ENDS = ["crashed", "exited", "oom-killed", "stopped"];

export interface Lane {
	/** Operation numbers by `at`, their moments. */
	operations: Int32Array;
	operationAt: Float64Array;
	deliveries: Int32Array;
	deliveryAt: Float64Array;
	/** Stretches without the replica; `to` is the end of the run where it stayed away. */
	crashes: { from: number; to: number }[];
	pauses: { from: number; to: number }[];
}

export interface ViewSpan {
	from: number;
	view: number;
	/** Colour: unlike the slot of any other view shown at that moment. */
	slot: number;
}

export interface RunIndex {
	model: PageModel;
	lanes: Lane[];
	/** Operation number by update (a number into strings). */
	operationOfUpdate: Map<number, number>;
	/** What each replica was seen to show, by replica. */
	spans: ViewSpan[][];
	/** How many different views were in force. */
	distinct: { time: number; count: number }[];
	/** Microseconds; null where nothing diverged. */
	divergence: number | null;
	failed: PropertyVerdict[];
}

export function indexRun(model: PageModel): RunIndex {
	const { operations, deliveries } = model;
	const operationOfUpdate = new Map<number, number>();
	const replicaCount = model.run.replicas.length;
	const at = operations.effect;
	operations.update.forEach((update, number) => {
		if (update >= 0) operationOfUpdate.set(update, number);
	});
	const failed = failedFirst(model);
	return {
		model,
		lanes: Array.from({ length: replicaCount }, (_, replica) => {
			const own = byLane(operations.replica, replica).sort((a, b) => (at[a] as number) - (at[b] as number));
			const delivered = byLane(deliveries.replica, replica);
			return {
				operations: Int32Array.from(own),
				operationAt: Float64Array.from(own, (number) => at[number] as number),
				deliveries: Int32Array.from(delivered),
				deliveryAt: Float64Array.from(delivered, (number) => deliveries.time[number] as number),
				crashes: stretches(model, replica, ENDS, ["started", "ready"]),
				pauses: stretches(model, replica, ["paused"], ["resumed", ...ENDS]),
			};
		}),
		operationOfUpdate,
		...viewsInForce(model),
		divergence: divergenceOf(failed),
		failed,
	};
}

export function outcomeOf(run: RunIndex, operation: number): Outcome {
	return OUTCOMES[run.model.operations.outcome[operation] ?? 0] ?? "open";
}

export function textAt(run: RunIndex, number: number | undefined): string {
	return number === undefined || number < 0 ? "" : (run.model.strings[number] ?? "");
}

export function replicaName(run: RunIndex, number: number): string {
	return run.model.run.replicas[number] ?? "?";
}

/** The properties that explain most come first. */
const TELLING = [
	"strong-convergence",
	"specification",
	"durability",
	"session",
	"causality",
	"list-order",
	"laws",
	"convergence",
];

function failedFirst(model: PageModel): PropertyVerdict[] {
	const expected = model.result?.expect;
	const wanted = typeof expected === "object" ? expected.fail : null;
	const rank = (name: string): number => {
		if (name === wanted) return -2;
		if (name.startsWith("invariant:")) return -1;
		const place = TELLING.indexOf(name);
		return place === -1 ? TELLING.length : place;
	};
	return (model.result?.properties ?? [])
		.filter((property) => property.verdict === "fail")
		.sort((a, b) => rank(a.name) - rank(b.name));
}

function divergenceOf(failed: PropertyVerdict[]): number | null {
	const timed = failed.filter((property) => typeof property.evidence.time === "number");
	const property = timed.find(({ name }) => name === "strong-convergence") ?? timed[0];
	return property === undefined ? null : Math.round((property.evidence.time as number) / 1_000);
}

function byLane(replicas: number[], lane: number): number[] {
	const own: number[] = [];
	for (let number = 0; number < replicas.length; number++) if (replicas[number] === lane) own.push(number);
	return own;
}

function stretches(
	model: PageModel,
	replica: number,
	begins: string[],
	ends: string[],
): { from: number; to: number }[] {
	const found: { from: number; to: number }[] = [];
	let from = -1;
	const events = model.nodes.filter((event) => event.replica === replica).sort((a, b) => a.time - b.time);
	for (const event of events) {
		if (from < 0 && begins.includes(event.what)) from = event.time;
		else if (from >= 0 && ends.includes(event.what)) {
			found.push({ from, to: event.time });
			from = -1;
		}
	}
	if (from >= 0) found.push({ from, to: model.lastTime });
	return found;
}

function viewsInForce(model: PageModel): Pick<RunIndex, "spans" | "distinct"> {
	const { observations } = model;
	const replicaCount = model.run.replicas.length;
	const spans: ViewSpan[][] = Array.from({ length: replicaCount }, () => []);
	const current = new Int32Array(replicaCount).fill(-1);
	const slots = new Map<number, number>();
	const holders = new Map<number, number>();
	const distinct: { time: number; count: number }[] = [];
	for (let n = 0; n < observations.time.length; n++) {
		const replica = observations.replica[n] as number;
		const view = observations.view[n] as number;
		if (replica < 0 || current[replica] === view) continue;
		const before = current[replica] as number;
		if (before >= 0) {
			const left = (holders.get(before) ?? 1) - 1;
			if (left === 0) holders.delete(before);
			else holders.set(before, left);
		}
		if (!holders.has(view)) slots.set(view, freeSlot(holders, slots, slots.get(view)));
		holders.set(view, (holders.get(view) ?? 0) + 1);
		current[replica] = view;
		spans[replica]?.push({ from: observations.time[n] as number, view, slot: slots.get(view) ?? 0 });
		addStep(distinct, observations.time[n] as number, holders.size);
	}
	return { spans, distinct };
}

/** Replicas are read one after the other: a difference that is gone within the round was none. */
function addStep(steps: { time: number; count: number }[], time: number, count: number): void {
	const last = steps[steps.length - 1];
	if (last?.count === count) return;
	if (last === undefined || time - last.time > SIMULTANEOUS_MS * 1_000) {
		steps.push({ time, count });
		return;
	}
	last.count = count;
	if (steps[steps.length - 2]?.count === count) steps.pop();
}

/** Its former colour if that is free, otherwise the first that no view in force has. */
function freeSlot(
	holders: Map<number, number>,
	slots: Map<number, number>,
	former: number | undefined,
): number {
	const taken = new Set([...holders.keys()].map((view) => slots.get(view)));
	if (former !== undefined && !taken.has(former)) return former;
	for (let slot = 0; slot < VIEW_SLOTS; slot++) if (!taken.has(slot)) return slot;
	return holders.size % VIEW_SLOTS;
}
