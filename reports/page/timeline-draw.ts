/**
 * Draws the timeline, back to front: fault bands, causal past and future, lanes with gaps, messages, operations and
 * deliveries, markers. Where marks would lie on each other they are counted per column of pixels instead; failed and
 * indeterminate operations keep their own marks in any case.
 */
import type { Surface } from "./canvas.tsx";
import type { Horizons } from "./causality.ts";
import { short } from "./format.ts";
import { drawAxis, lowerBound, RIGHT_PX, type TimeScale } from "./plot.ts";
import { type Lane, outcomeOf, type RunIndex, textAt } from "./run-index.ts";
import {
	AXIS_Y,
	DELIVERY_DROP_PX,
	FAULT_ROW_PX,
	faultEnd,
	OPERATION_RISE_PX,
	PHASE_Y,
	type TimelineLayout,
} from "./timeline-layout.ts";

export const MAX_MESSAGES_DRAWN = 400;
/** More marks than this for each pixel of a lane's width are counted instead of drawn. */
const MARKS_PER_PX = 0.12;
export const COLUMN_PX = 3;
const BAR_PX = 15;
const LABEL_ROOM_PX = 90;
const PHASE_ROOM_PX = 56;
const FLAG_RISE_PX = 12;
const FLAG_TOP_PX = 18;

export interface TimelineScene {
	run: RunIndex;
	layout: TimelineLayout;
	scale: TimeScale;
	moment: number;
	horizons: Horizons | null;
	pin: { replica: number; time: number } | null;
	brush: { from: number; to: number } | null;
}

/** What was left out, for the line below. */
export interface Drawn {
	aggregated: boolean;
	messagesInSight: number;
	messagesDrawn: number;
}

export function drawTimeline(surface: Surface, scene: TimelineScene): Drawn {
	const { context, width, height } = surface;
	drawAxis(surface, scene.scale, AXIS_Y, height);
	context.save();
	context.beginPath();
	context.rect(scene.scale.left - 1, 0, width - scene.scale.left + 1, height);
	context.clip();
	drawFaultBands(surface, scene);
	drawHorizons(surface, scene);
	const aggregated = isAggregated(scene);
	drawLanes(surface, scene);
	const messages = drawMessages(surface, scene);
	for (const [replica, lane] of scene.run.lanes.entries())
		drawLaneMarks(surface, scene, lane, replica, aggregated);
	drawFaultRows(surface, scene);
	drawMarkers(surface, scene);
	context.restore();
	drawNames(surface, scene);
	return { aggregated, ...messages };
}

export function isAggregated({ run, scale }: TimelineScene): boolean {
	const limit = (scale.right - scale.left) * MARKS_PER_PX;
	return run.lanes.some((lane) => {
		const operations = lowerBound(lane.operationAt, scale.to) - lowerBound(lane.operationAt, scale.from);
		const deliveries = lowerBound(lane.deliveryAt, scale.to) - lowerBound(lane.deliveryAt, scale.from);
		return Math.max(operations, deliveries / 4) > limit;
	});
}

function drawFaultBands({ context, colours }: Surface, { run, layout, scale }: TimelineScene): void {
	run.model.faults.forEach((fault) => {
		const [from, to] = [scale.x(fault.start), scale.x(faultEnd(fault, run.model.lastTime))];
		if (to < scale.left || from > scale.right) return;
		const wide = Math.max(1, to - from);
		context.fillStyle = colours.band;
		if (fault.groups.length > 0) {
			fault.groups.forEach((group, number) => {
				for (const replica of group) {
					const top = layout.laneY(replica) - layout.lanePx / 2 + 2;
					context.fillRect(from, top, wide, layout.lanePx - 4);
					drawGroupBracket(
						context,
						colours.muted,
						Math.max(from, scale.left),
						top,
						layout.lanePx - 4,
						"ABCDEFGH"[number] ?? "·",
					);
				}
			});
			return;
		}
		const concerned = fault.replicas.length === 0 ? [] : fault.replicas;
		for (const replica of concerned) {
			context.fillRect(from, layout.laneY(replica) - layout.lanePx / 2 + 2, wide, layout.lanePx - 4);
		}
	});
}

function drawGroupBracket(
	context: CanvasRenderingContext2D,
	colour: string,
	x: number,
	top: number,
	heightPx: number,
	letter: string,
): void {
	context.save();
	context.fillStyle = colour;
	context.fillRect(x, top, 2, heightPx);
	context.font = context.font.replace(/\d+px/, "11px");
	context.textAlign = "left";
	context.fillText(letter, x - 10, top + 8);
	context.restore();
}

function drawHorizons({ context, colours }: Surface, { layout, scale, horizons, pin }: TimelineScene): void {
	if (horizons === null || pin === null) return;
	horizons.past.forEach((past, replica) => {
		const top = layout.laneY(replica) - layout.lanePx / 2 + 2;
		const heightPx = layout.lanePx - 4;
		if (past > Number.NEGATIVE_INFINITY) {
			context.fillStyle = colours.past;
			const end = Math.min(scale.right + RIGHT_PX, scale.x(past));
			if (end > scale.left) context.fillRect(scale.left, top, end - scale.left, heightPx);
		}
		const future = horizons.future[replica] ?? Number.POSITIVE_INFINITY;
		if (future < Number.POSITIVE_INFINITY) {
			context.fillStyle = colours.future;
			const start = Math.max(scale.left, scale.x(future));
			context.fillRect(start, top, Math.max(0, scale.right + RIGHT_PX - start), heightPx);
		}
	});
}

function drawLanes({ context, colours }: Surface, { run, layout, scale }: TimelineScene): void {
	run.lanes.forEach((lane, replica) => {
		const y = Math.round(layout.laneY(replica)) + 0.5;
		context.strokeStyle = colours.muted;
		context.lineWidth = 1;
		let from = scale.left;
		for (const gap of lane.crashes) {
			line(context, from, y, Math.max(from, scale.x(gap.from)), y);
			from = Math.max(from, scale.x(gap.to));
			drawCrash(context, colours, layout, scale, gap, y);
		}
		line(context, from, y, Math.max(from, Math.min(scale.right + RIGHT_PX, scale.x(run.model.lastTime))), y);
		for (const pause of lane.pauses)
			hatch(context, colours.muted, scale.x(pause.from), scale.x(pause.to), y, layout.lanePx, scale);
	});
}

/** Nothing lives here: the lane's ground is cleared, its ends are marked. */
function drawCrash(
	context: CanvasRenderingContext2D,
	colours: Surface["colours"],
	layout: TimelineLayout,
	scale: TimeScale,
	gap: { from: number; to: number },
	y: number,
): void {
	const [from, to] = [scale.x(gap.from), scale.x(gap.to)];
	if (to < scale.left || from > scale.right + RIGHT_PX) return;
	const top = y - layout.lanePx / 2 + 2;
	context.fillStyle = colours.ground;
	context.fillRect(from, top, Math.max(2, to - from), layout.lanePx - 4);
	context.strokeStyle = colours.text;
	context.lineWidth = 1.5;
	line(context, from - 4, y - 4, from + 4, y + 4);
	line(context, from - 4, y + 4, from + 4, y - 4);
	line(context, to, y - 6, to, y + 6);
	context.lineWidth = 1;
}

function hatch(
	context: CanvasRenderingContext2D,
	colour: string,
	from: number,
	to: number,
	y: number,
	lanePx: number,
	scale: TimeScale,
): void {
	const [left, right] = [Math.max(from, scale.left), Math.min(to, scale.right + RIGHT_PX)];
	if (right <= left) return;
	context.save();
	context.beginPath();
	context.rect(left, y - lanePx / 2 + 2, right - left, lanePx - 4);
	context.clip();
	context.strokeStyle = colour;
	context.globalAlpha = 0.45;
	for (let x = left - lanePx; x < right; x += 7) line(context, x, y + lanePx / 2, x + lanePx, y - lanePx / 2);
	context.restore();
}

function drawMessages(
	{ context, colours }: Surface,
	{ run, layout, scale }: TimelineScene,
): Omit<Drawn, "aggregated"> {
	const { messages } = run.model;
	const plain: number[] = [];
	const flagged: number[] = [];
	for (let n = 0; n < messages.sent.length; n++) {
		if ((messages.received[n] as number) < scale.from || (messages.sent[n] as number) > scale.to) continue;
		if ((messages.from[n] as number) < 0 || (messages.to[n] as number) < 0) continue;
		if (messages.flags[n] === 0) plain.push(n);
		else flagged.push(n);
	}
	const inSight = plain.length + flagged.length;
	// In one proportion, so that the picture does not make rare things look common.
	const kept = Math.min(1, MAX_MESSAGES_DRAWN / Math.max(1, inSight));
	const shownFlagged = sample(flagged, Math.ceil(flagged.length * kept));
	const shownPlain = sample(plain, Math.ceil(plain.length * kept));
	const ends = (n: number): [number, number, number, number] => [
		scale.x(messages.sent[n] as number),
		layout.laneY(messages.from[n] as number),
		scale.x(messages.received[n] as number),
		layout.laneY(messages.to[n] as number),
	];
	const dense = shownPlain.length > 150;
	context.globalAlpha = dense ? 0.22 : 0.6;
	context.strokeStyle = colours.muted;
	for (const n of shownPlain) line(context, ...ends(n));
	const faint = shownFlagged.length > 60;
	context.globalAlpha = faint ? 0.38 : 1;
	for (const n of shownFlagged) {
		const [x1, y1, x2, y2] = ends(n);
		const flags = messages.flags[n] as number;
		context.strokeStyle = colours.text;
		context.setLineDash((flags & 2) !== 0 ? [2, 3] : [6, 3]);
		line(context, x1, y1, x2, y2);
		context.setLineDash([]);
		if ((flags & 2) !== 0) context.strokeRect(x2 - 3, y2 - 3, 6, 6);
		if ((flags & 1) !== 0) diamond(context, colours.text, x2, y2, faint ? 3 : 4);
	}
	context.globalAlpha = 1;
	return { messagesInSight: inSight, messagesDrawn: shownPlain.length + shownFlagged.length };
}

function sample(numbers: number[], most: number): number[] {
	if (numbers.length <= most) return numbers;
	const step = numbers.length / most;
	return Array.from({ length: Math.floor(most) }, (_, n) => numbers[Math.floor(n * step)] as number);
}

function drawLaneMarks(
	surface: Surface,
	scene: TimelineScene,
	lane: Lane,
	replica: number,
	aggregated: boolean,
): void {
	const { context, colours } = surface;
	const { scale, layout, run } = scene;
	const y = layout.laneY(replica);
	const colour = colours.replica(replica);
	if (aggregated) {
		drawBars(context, colour, lane.operationAt, scale, y - 3, -1);
		drawBars(context, colours.muted, lane.deliveryAt, scale, y + 3, 1);
	}
	const [first, last] = [lowerBound(lane.operationAt, scale.from), lowerBound(lane.operationAt, scale.to)];
	const previous = { fail: Number.NEGATIVE_INFINITY, info: Number.NEGATIVE_INFINITY };
	for (let n = first; n < last; n++) {
		const number = lane.operations[n] as number;
		const outcome = outcomeOf(run, number);
		const x = scale.x(lane.operationAt[n] as number);
		if (aggregated) {
			if (outcome === "ok") continue;
			const kind = outcome === "fail" ? "fail" : "info";
			if (x - previous[kind] < 8) continue;
			previous[kind] = x;
		} else {
			drawSpan(
				context,
				colour,
				scale,
				run.model.operations.start[number] as number,
				x,
				y - OPERATION_RISE_PX,
			);
		}
		const rise = aggregated && outcome === "fail" ? OPERATION_RISE_PX + 10 : OPERATION_RISE_PX;
		operationMark(context, colours, colour, outcome, x, y - rise);
		const next = n + 1 < lane.operationAt.length ? scale.x(lane.operationAt[n + 1] as number) : scale.right;
		if (!aggregated && next - x > LABEL_ROOM_PX) operationLabel(context, colours, scene, number, x, y);
	}
	for (const gap of lane.crashes) drawDown(context, colours, scale, gap, y);
	if (aggregated) return;
	context.fillStyle = colour;
	const until = lowerBound(lane.deliveryAt, scale.to);
	for (let n = lowerBound(lane.deliveryAt, scale.from); n < until; n++) {
		context.beginPath();
		context.arc(scale.x(lane.deliveryAt[n] as number), y + DELIVERY_DROP_PX, 2.2, 0, Math.PI * 2);
		context.fill();
	}
}

/** Over the messages, which cross the lane while nobody lives there. */
function drawDown(
	context: CanvasRenderingContext2D,
	colours: Surface["colours"],
	scale: TimeScale,
	gap: { from: number; to: number },
	y: number,
): void {
	const [from, to] = [Math.max(scale.left, scale.x(gap.from)), Math.min(scale.right, scale.x(gap.to))];
	if (to - from < 60) return;
	const wide = context.measureText("down").width + 8;
	context.fillStyle = colours.ground;
	context.fillRect((from + to - wide) / 2, y - 8, wide, 16);
	context.fillStyle = colours.muted;
	context.textAlign = "center";
	context.fillText("down", (from + to) / 2, y);
}

/** From invocation to completion. */
function drawSpan(
	context: CanvasRenderingContext2D,
	colour: string,
	scale: TimeScale,
	start: number,
	x: number,
	y: number,
): void {
	const from = scale.x(start);
	if (x - from < 4) return;
	context.globalAlpha = 0.45;
	context.fillStyle = colour;
	context.fillRect(from, y - 1, x - from, 2);
	context.globalAlpha = 1;
}

function operationMark(
	context: CanvasRenderingContext2D,
	colours: Surface["colours"],
	colour: string,
	outcome: string,
	x: number,
	y: number,
): void {
	context.lineWidth = 1.5;
	if (outcome === "ok") {
		context.fillStyle = colour;
		context.beginPath();
		context.moveTo(x, y - 5);
		context.lineTo(x + 4, y + 4);
		context.lineTo(x - 4, y + 4);
		context.fill();
	} else if (outcome === "fail") {
		context.strokeStyle = colours.text;
		line(context, x - 3.5, y - 3.5, x + 3.5, y + 3.5);
		line(context, x - 3.5, y + 3.5, x + 3.5, y - 3.5);
	} else {
		context.strokeStyle = colours.text;
		context.fillStyle = colours.ground;
		context.beginPath();
		context.arc(x, y, 3.5, 0, Math.PI * 2);
		context.fill();
		context.stroke();
	}
	context.lineWidth = 1;
}

function operationLabel(
	context: CanvasRenderingContext2D,
	colours: Surface["colours"],
	{ run }: TimelineScene,
	number: number,
	x: number,
	y: number,
): void {
	const { f, value } = run.model.operations;
	context.fillStyle = colours.text;
	context.textAlign = "left";
	const text = `${textAt(run, f[number])} ${textAt(run, value[number]).replace(/^"(.*)"$/, "$1")}`;
	context.fillText(short(text, 11), x + 7, y - OPERATION_RISE_PX);
}

/** Counts per column, on a scale that shows one as well as many. */
function drawBars(
	context: CanvasRenderingContext2D,
	colour: string,
	times: Float64Array,
	scale: TimeScale,
	y: number,
	direction: 1 | -1,
): void {
	const columns = new Uint32Array(Math.ceil((scale.right + RIGHT_PX - scale.left) / COLUMN_PX) + 1);
	const until = lowerBound(times, scale.time(scale.right + RIGHT_PX));
	for (let n = lowerBound(times, scale.from); n < until; n++) {
		const column = Math.floor((scale.x(times[n] as number) - scale.left) / COLUMN_PX);
		columns[column] = (columns[column] ?? 0) + 1;
	}
	const most = columns.reduce((a, b) => Math.max(a, b), 1);
	context.fillStyle = colour;
	columns.forEach((found, column) => {
		if (found === 0) return;
		const tall = Math.max(2, (Math.log1p(found) / Math.log1p(most)) * BAR_PX);
		context.fillRect(scale.left + column * COLUMN_PX, direction < 0 ? y - tall : y, COLUMN_PX - 0.6, tall);
	});
}

function drawFaultRows({ context, colours }: Surface, { run, layout, scale }: TimelineScene): void {
	context.textAlign = "left";
	run.model.faults.forEach((fault, number) => {
		const [from, to] = [scale.x(fault.start), scale.x(faultEnd(fault, run.model.lastTime))];
		if (to < scale.left || from > scale.right + RIGHT_PX) return;
		const top = layout.faultY(number) + 1;
		const left = Math.max(scale.left, from);
		const wide = Math.max(3, Math.min(scale.right + RIGHT_PX, to) - left);
		context.fillStyle = colours.ground;
		context.fillRect(left, top, wide, FAULT_ROW_PX - 3);
		context.fillStyle = colours.band;
		context.fillRect(left, top, wide, FAULT_ROW_PX - 3);
		context.strokeStyle = colours.muted;
		context.strokeRect(left + 0.5, top + 0.5, wide - 1, FAULT_ROW_PX - 4);
		context.fillStyle = colours.text;
		const text = fitted(context, fault.words, wide > 60 ? wide - 10 : 110);
		const outside = context.measureText(text).width > wide - 8;
		context.fillText(text, outside ? left + wide + 4 : left + 5, top + FAULT_ROW_PX / 2 - 1);
	});
}

/** The words, cut to the room there is. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
	if (context.measureText(text).width <= room) return text;
	let kept = Math.max(4, Math.floor((text.length * room) / context.measureText(text).width) - 1);
	while (kept > 4 && context.measureText(`${text.slice(0, kept)}…`).width > room) kept -= 1;
	return `${text.slice(0, kept).trimEnd()}…`;
}

function drawMarkers(surface: Surface, scene: TimelineScene): void {
	const { context, colours, height } = surface;
	const { run, scale, layout, moment, pin, brush } = scene;
	drawPhases(surface, run.model.phases, scale, PHASE_Y);
	context.strokeStyle = colours.text;
	context.lineWidth = 1;
	const now = Math.round(scale.x(moment)) + 0.5;
	line(context, now, 18, now, height);
	context.fillStyle = colours.text;
	context.beginPath();
	context.moveTo(now - 5, 18);
	context.lineTo(now + 5, 18);
	context.lineTo(now, 24);
	context.fill();
	if (run.divergence !== null) {
		const x = Math.round(scale.x(run.divergence)) + 0.5;
		flag(context, colours.fail, colours.ground, scale, x, height - FLAG_RISE_PX, height, "first divergence");
	}
	if (pin !== null) {
		context.lineWidth = 2;
		context.beginPath();
		context.arc(scale.x(pin.time), layout.laneY(pin.replica), layout.lanePx / 2 - 4, 0, Math.PI * 2);
		context.stroke();
		context.lineWidth = 1;
	}
	if (brush !== null) {
		context.globalAlpha = 0.15;
		context.fillRect(scale.x(brush.from), 18, scale.x(brush.to) - scale.x(brush.from), height);
		context.globalAlpha = 1;
	}
}

/** Dotted lines; names of phases that begin close together share one label. */
export function drawPhases(
	{ context, colours, height }: Surface,
	phases: readonly { phase: string; time: number }[],
	scale: TimeScale,
	y: number,
): void {
	const labels: { x: number; text: string }[] = [];
	for (const { phase, time } of phases) {
		const x = Math.round(scale.x(time)) + 0.5;
		if (x < scale.left || x > scale.right + RIGHT_PX) continue;
		context.strokeStyle = colours.muted;
		context.setLineDash([1, 3]);
		line(context, x, y - 8, x, height);
		context.setLineDash([]);
		const last = labels[labels.length - 1];
		if (last !== undefined && x - last.x < PHASE_ROOM_PX) last.text += ` · ${phase}`;
		else labels.push({ x, text: phase });
	}
	context.fillStyle = colours.muted;
	for (const { x, text } of labels) {
		const fitsBefore = x - context.measureText(text).width - 4 > scale.left;
		context.textAlign = fitsBefore ? "right" : "left";
		context.fillText(text, fitsBefore ? x - 4 : x + 4, y);
	}
}

export function flag(
	context: CanvasRenderingContext2D,
	colour: string,
	ground: string,
	scale: TimeScale,
	x: number,
	y: number,
	height: number,
	label: string,
): void {
	if (x < scale.left || x > scale.right + RIGHT_PX) return;
	context.strokeStyle = colour;
	context.lineWidth = 2;
	line(context, x, FLAG_TOP_PX, x, height);
	context.lineWidth = 1;
	const wide = context.measureText(label).width + 10;
	const left = x + wide > scale.right + RIGHT_PX ? x - wide : x;
	context.fillStyle = colour;
	context.fillRect(left, y - 9, wide, 18);
	context.fillStyle = ground;
	context.textAlign = "left";
	context.fillText(label, left + 5, y + 0.5);
}

function drawNames({ context, colours }: Surface, { run, layout }: TimelineScene): void {
	context.textAlign = "left";
	if (layout.faultRows > 0) {
		context.fillStyle = colours.muted;
		context.fillText("faults", 0, layout.lanesTop - layout.faultRows * FAULT_ROW_PX + 1);
	}
	run.model.run.replicas.forEach((name, replica) => {
		const y = layout.laneY(replica);
		context.fillStyle = colours.replica(replica);
		context.fillRect(0, y - 5, 10, 10);
		context.fillStyle = colours.text;
		context.fillText(short(name, 6), 15, y);
	});
}

function diamond(
	context: CanvasRenderingContext2D,
	colour: string,
	x: number,
	y: number,
	radius: number,
): void {
	context.fillStyle = colour;
	context.beginPath();
	context.moveTo(x, y - radius);
	context.lineTo(x + radius, y);
	context.lineTo(x, y + radius);
	context.lineTo(x - radius, y);
	context.fill();
}

export function line(
	context: CanvasRenderingContext2D,
	x1: number,
	y1: number,
	x2: number,
	y2: number,
): void {
	context.beginPath();
	context.moveTo(x1, y1);
	context.lineTo(x2, y2);
	context.stroke();
}
