/** What the timeline draws from, and whether its marks have room. */
import type { Horizons } from "./causality.ts";
import { lowerBound, type TimeScale } from "./plot.ts";
import type { RunIndex } from "./run-index.ts";
import type { TimelineLayout } from "./timeline-layout.ts";

/** More marks than this for each pixel of a lane's width are counted instead of drawn. */
const MARKS_PER_PX = 0.12;
export const COLUMN_PX = 3;

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

export function isAggregated({ run, scale }: TimelineScene): boolean {
	const limit = (scale.right - scale.left) * MARKS_PER_PX;
	return run.lanes.some((lane) => {
		const operations = lowerBound(lane.operationAt, scale.to) - lowerBound(lane.operationAt, scale.from);
		const deliveries = lowerBound(lane.deliveryAt, scale.to) - lowerBound(lane.deliveryAt, scale.from);
		return Math.max(operations, deliveries / 4) > limit;
	});
}
