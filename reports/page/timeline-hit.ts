/** What lies under the pointer, in words; and for the keys, the marks in order of time. */
import { duration, moment, plural, short } from "./format.ts";
import { lowerBound } from "./plot.ts";
import { type Lane, outcomeOf, type RunIndex, replicaName, textAt } from "./run-index.ts";
import type { Pin } from "./store.ts";
import { DELIVERY_DROP_PX, FAULT_ROW_PX, faultEnd, OPERATION_RISE_PX } from "./timeline-layout.ts";
import { COLUMN_PX, isAggregated, type TimelineScene } from "./timeline-scene.ts";

const REACH_PX = 9;
const MESSAGE_REACH_PX = 4;

export function hitAt(scene: TimelineScene, x: number, y: number): Pin | null {
	return faultAt(scene, x, y) ?? markAt(scene, x, y);
}

function faultAt({ run, layout, scale }: TimelineScene, x: number, y: number): Pin | null {
	const number = run.model.faults.findIndex((fault, n) => {
		const top = layout.faultY(n);
		if (y < top || y > top + FAULT_ROW_PX) return false;
		return x >= scale.x(fault.start) - 3 && x <= scale.x(faultEnd(fault, run.model.lastTime)) + 3;
	});
	const fault = run.model.faults[number];
	if (fault === undefined) return null;
	const until =
		fault.end < 0
			? "to the end of the recording"
			: `to ${moment(fault.end)} (${duration(fault.end - fault.start)})`;
	return {
		replica: -1,
		time: fault.start,
		title: fault.words,
		lines: [`From ${moment(fault.start)} ${until}`],
	};
}

function markAt(scene: TimelineScene, x: number, y: number): Pin | null {
	const { run, layout } = scene;
	const replica = Math.floor((y - layout.lanesTop) / layout.lanePx);
	const lane = run.lanes[replica];
	if (lane === undefined) return null;
	if (isAggregated(scene)) return columnAt(scene, lane, replica, x);
	const laneY = layout.laneY(replica);
	const operation = nearest(lane.operationAt, scene, x);
	if (operation !== null && y <= laneY - OPERATION_RISE_PX + REACH_PX) {
		return operationWords(run, lane.operations[operation] as number);
	}
	const delivery = nearest(lane.deliveryAt, scene, x);
	if (delivery !== null && y >= laneY + DELIVERY_DROP_PX - REACH_PX) {
		return deliveryWords(run, lane.deliveries[delivery] as number);
	}
	return lifeAt(run, scene, lane, replica, x) ?? messageAt(scene, x, y);
}

function nearest(times: Float64Array, { scale }: TimelineScene, x: number): number | null {
	const after = lowerBound(times, scale.time(x));
	const candidates = [after - 1, after].filter((n) => n >= 0 && n < times.length);
	const distance = (n: number): number => Math.abs(scale.x(times[n] as number) - x);
	const best = candidates.sort((a, b) => distance(a) - distance(b))[0];
	return best !== undefined && distance(best) <= REACH_PX ? best : null;
}

function columnAt({ run, scale }: TimelineScene, lane: Lane, replica: number, x: number): Pin | null {
	const column = Math.floor((x - scale.left) / COLUMN_PX);
	const [from, to] = [
		scale.time(scale.left + column * COLUMN_PX),
		scale.time(scale.left + (column + 1) * COLUMN_PX),
	];
	const [first, last] = [lowerBound(lane.operationAt, from), lowerBound(lane.operationAt, to)];
	const deliveries = lowerBound(lane.deliveryAt, to) - lowerBound(lane.deliveryAt, from);
	if (last - first + deliveries === 0) return null;
	const outcomes = new Map<string, number>();
	for (let n = first; n < last; n++) {
		const outcome = outcomeOf(run, lane.operations[n] as number);
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
	}
	const counted = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
	return {
		replica,
		time: Math.max(0, Math.round(from)),
		title: `${replicaName(run, replica)}, ${moment(from)} to ${moment(to)}`,
		lines: [
			`${plural(last - first, "operation")}${counted === "" ? "" : ` (${counted})`}`,
			plural(deliveries, "delivery", "deliveries"),
			"Zoom in for single events.",
		],
	};
}

export function operationWords(run: RunIndex, number: number): Pin {
	const { operations } = run.model;
	const start = operations.start[number] as number;
	const end = operations.end[number] as number;
	const outcome = outcomeOf(run, number);
	const replica = operations.replica[number] as number;
	const result = textAt(run, operations.result[number]);
	const update = textAt(run, operations.update[number]);
	const meaning = {
		ok: "it happened",
		fail: "it surely did not happen",
		info: "it may have happened",
		open: "no answer was recorded",
	};
	return {
		replica,
		time: operations.effect[number] as number,
		title: `${replicaName(run, replica)}: ${textAt(run, operations.f[number])} ${short(textAt(run, operations.value[number]), 80)}`,
		lines: [
			`${outcome}: ${meaning[outcome]}${update === "" ? "" : `, as update ${update}`}`,
			...(result === "" ? [] : [`answer ${short(result, 160)}`]),
			end < 0
				? `asked at ${moment(start)}`
				: `asked at ${moment(start)}, answered at ${moment(end)}, after ${duration(end - start)}`,
			`operation ${short(textAt(run, operations.id[number]), 40)}, event ${operations.index[number]}`,
		],
	};
}

export function deliveryWords(run: RunIndex, number: number): Pin {
	const { deliveries, operations } = run.model;
	const replica = deliveries.replica[number] as number;
	const time = deliveries.time[number] as number;
	const update = deliveries.update[number] as number;
	const origin = run.operationOfUpdate.get(update);
	const made =
		origin === undefined
			? "made by an operation that is not in the recording"
			: `${textAt(run, operations.f[origin])} ${short(textAt(run, operations.value[origin]), 80)} at ${replicaName(
					run,
					operations.replica[origin] as number,
				)}, ${duration(Math.max(0, time - (operations.effect[origin] as number)))} before`;
	return {
		replica,
		time,
		title: `${replicaName(run, replica)} delivers ${short(textAt(run, update), 40)}`,
		lines: [made, `at ${moment(time)}, event ${deliveries.index[number]}`],
	};
}

function lifeAt(run: RunIndex, { scale }: TimelineScene, lane: Lane, replica: number, x: number): Pin | null {
	const inside = ({ from, to }: { from: number; to: number }): boolean =>
		x >= scale.x(from) - 4 && x <= scale.x(to) + 4;
	const crash = lane.crashes.find(inside);
	const pause = lane.pauses.find(inside);
	const found = crash ?? pause;
	if (found === undefined) return null;
	return {
		replica,
		time: found.from,
		title: `${replicaName(run, replica)} ${crash === undefined ? "was paused" : "was down"}`,
		lines: [`from ${moment(found.from)} to ${moment(found.to)}, ${duration(found.to - found.from)}`],
	};
}

function messageAt({ run, scale, layout }: TimelineScene, x: number, y: number): Pin | null {
	const { messages } = run.model;
	let best = -1;
	let least = MESSAGE_REACH_PX;
	for (let n = 0; n < messages.sent.length; n++) {
		const [x1, x2] = [scale.x(messages.sent[n] as number), scale.x(messages.received[n] as number)];
		if (x < x1 - MESSAGE_REACH_PX || x > x2 + MESSAGE_REACH_PX) continue;
		const [y1, y2] = [layout.laneY(messages.from[n] as number), layout.laneY(messages.to[n] as number)];
		const far = Math.abs((y2 - y1) * x - (x2 - x1) * y + x2 * y1 - y2 * x1) / Math.hypot(x2 - x1, y2 - y1);
		if (far >= least || y < Math.min(y1, y2) || y > Math.max(y1, y2)) continue;
		least = far;
		best = n;
	}
	if (best === -1) return null;
	const flags = messages.flags[best] as number;
	const [sent, received] = [messages.sent[best] as number, messages.received[best] as number];
	const to = messages.to[best] as number;
	return {
		replica: to,
		time: received,
		title: `${replicaName(run, messages.from[best] as number)} → ${replicaName(run, to)}: ${short(textAt(run, messages.label[best]), 60)}`,
		lines: [
			`sent at ${moment(sent)}, received at ${moment(received)}, ${duration(received - sent)} on the way`,
			...((flags & 1) !== 0 ? ["overtaken: a later message of this link came before it"] : []),
			...((flags & 2) !== 0 ? ["a duplicate of one that had come before"] : []),
		],
	};
}

/** The next or previous operation or delivery of any lane. */
export function neighbour(run: RunIndex, time: number, direction: 1 | -1): Pin | null {
	let best: { at: number; pin: () => Pin } | null = null;
	const offer = (
		times: Float64Array,
		numbers: Int32Array,
		words: (run: RunIndex, number: number) => Pin,
	): void => {
		const n = direction > 0 ? lowerBound(times, time + 0.5) : lowerBound(times, time) - 1;
		const at = times[n];
		if (at === undefined) return;
		if (best === null || (direction > 0 ? at < best.at : at > best.at)) {
			best = { at, pin: () => words(run, numbers[n] as number) };
		}
	};
	for (const lane of run.lanes) {
		offer(lane.operationAt, lane.operations, operationWords);
		offer(lane.deliveryAt, lane.deliveries, deliveryWords);
	}
	return (best as { pin: () => Pin } | null)?.pin() ?? null;
}
