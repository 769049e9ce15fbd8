/**
 * Draws the timeline, back to front: fault bands, causal past and future, lanes with gaps, messages, operations and
 * deliveries, markers. Where marks would lie on each other they are counted per column of pixels instead; failed and
 * indeterminate operations keep their own marks in any case.
 */
import type { Surface } from "./canvas.tsx";
import { drawFaultBands, drawFaultRows } from "./draw-faults.ts";
import { drawLaneMarks, drawLanes } from "./draw-lanes.ts";
import { drawMarkers, drawNames } from "./draw-markers.ts";
import { drawMessages } from "./draw-messages.ts";
import { drawAxis, RIGHT_PX } from "./plot.ts";
import { AXIS_Y } from "./timeline-layout.ts";
import { type Drawn, isAggregated, type TimelineScene } from "./timeline-scene.ts";

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
