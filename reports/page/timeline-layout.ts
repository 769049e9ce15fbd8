/** Where things lie on the timeline, top to bottom: axis, phases, rows of faults, lanes. */
import type { PageFault } from "../page-model.ts";
import type { RunIndex } from "./run-index.ts";

export const AXIS_Y = 10;
export const PHASE_Y = 30;
const FAULTS_TOP = 42;
export const FAULT_ROW_PX = 20;
const MAX_FAULT_ROWS = 8;
const LANES_GAP_PX = 8;
const LANE_PX = 56;
const CROWDED_LANE_PX = 36;
const CROWDED_ABOVE_LANES = 10;
/** Room for the flag of the first divergence. */
const BOTTOM_PX = 26;
/** Distance of an operation's mark above the line, and of a delivery's below. */
export const OPERATION_RISE_PX = 13;
export const DELIVERY_DROP_PX = 11;

export interface TimelineLayout {
	/** Row of each fault. */
	faultRow: number[];
	faultRows: number;
	lanesTop: number;
	lanePx: number;
	height: number;
	laneY(replica: number): number;
	faultY(fault: number): number;
}

export function timelineLayout(run: RunIndex): TimelineLayout {
	const { faultRow, rows } = packed(run.model.faults, run.model.lastTime);
	const lanes = run.lanes.length;
	const lanePx = lanes > CROWDED_ABOVE_LANES ? CROWDED_LANE_PX : LANE_PX;
	const lanesTop = FAULTS_TOP + rows * FAULT_ROW_PX + LANES_GAP_PX;
	return {
		faultRow,
		faultRows: rows,
		lanesTop,
		lanePx,
		height: lanesTop + lanes * lanePx + BOTTOM_PX,
		laneY: (replica) => lanesTop + replica * lanePx + lanePx / 2,
		faultY: (fault) => FAULTS_TOP + (faultRow[fault] ?? 0) * FAULT_ROW_PX,
	};
}

export function faultEnd(fault: PageFault, lastTime: number): number {
	return fault.end >= 0 ? fault.end : lastTime;
}

/** Each in the first row that is free; what finds none shares the last. */
function packed(faults: readonly PageFault[], lastTime: number): { faultRow: number[]; rows: number } {
	const freeFrom: number[] = [];
	const faultRow = faults.map((fault) => {
		let row = freeFrom.findIndex((free) => free <= fault.start);
		if (row === -1) row = Math.min(freeFrom.length, MAX_FAULT_ROWS - 1);
		// A label needs room even where the fault itself is a moment.
		freeFrom[row] = Math.max(freeFrom[row] ?? 0, faultEnd(fault, lastTime), fault.start + lastTime / 12);
		return row;
	});
	return { faultRow, rows: freeFrom.length };
}
