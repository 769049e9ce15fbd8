/** What lies over the timeline: phases, the first divergence, the moment looked at, the pin, names of lanes. */
import type { Surface } from "./canvas.tsx";
import { short } from "./format.ts";
import { RIGHT_PX, type TimeScale } from "./plot.ts";
import { FAULT_ROW_PX, PHASE_Y } from "./timeline-layout.ts";
import type { TimelineScene } from "./timeline-scene.ts";

const PHASE_ROOM_PX = 56;
const FLAG_RISE_PX = 12;
const FLAG_TOP_PX = 18;

export function drawMarkers(surface: Surface, scene: TimelineScene): void {
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
	context.strokeStyle = colours.text;
	context.fillStyle = colours.text;
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

export function drawNames({ context, colours }: Surface, { run, layout }: TimelineScene): void {
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
