/** Lanes with their gaps, and the operations and deliveries on them: each by itself, or counted per column. */
import type { Surface } from "./canvas.tsx";
import { line } from "./draw-markers.ts";
import { short } from "./format.ts";
import { lowerBound, RIGHT_PX, type TimeScale } from "./plot.ts";
import { type Lane, outcomeOf, textAt } from "./run-index.ts";
import { DELIVERY_DROP_PX, OPERATION_RISE_PX, type TimelineLayout } from "./timeline-layout.ts";
import { COLUMN_PX, type TimelineScene } from "./timeline-scene.ts";

const BAR_PX = 15;
const LABEL_ROOM_PX = 90;

export function drawLanes({ context, colours }: Surface, { run, layout, scale }: TimelineScene): void {
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

export function drawLaneMarks(
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
