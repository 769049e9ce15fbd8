/** Faults on the timeline: named rows on top, bands behind the lanes that they concern. */
import type { Surface } from "./canvas.tsx";
import { RIGHT_PX } from "./plot.ts";
import { FAULT_ROW_PX, faultEnd } from "./timeline-layout.ts";
import type { TimelineScene } from "./timeline-scene.ts";

export function drawFaultBands({ context, colours }: Surface, { run, layout, scale }: TimelineScene): void {
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

export function drawFaultRows({ context, colours }: Surface, { run, layout, scale }: TimelineScene): void {
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
