/** Time on the horizontal axis, alike in every chart: the same gutter, the same ticks. */

import type { Surface } from "./canvas.tsx";
import { duration } from "./format.ts";

export const GUTTER_PX = 56;
export const RIGHT_PX = 12;
const TICK_SPACING_PX = 96;

export interface TimeScale {
	from: number;
	to: number;
	left: number;
	right: number;
	x(time: number): number;
	time(x: number): number;
}

export function timeScale(from: number, to: number, width: number): TimeScale {
	const left = GUTTER_PX;
	const right = Math.max(left + 1, width - RIGHT_PX);
	const pxPerUs = (right - left) / Math.max(1, to - from);
	return {
		from,
		to,
		left,
		right,
		x: (time) => left + (time - from) * pxPerUs,
		time: (x) => from + (x - left) / pxPerUs,
	};
}

/** Round moments: 1, 2 or 5 times a power of ten apart. */
export function ticks(scale: TimeScale): { time: number; label: string }[] {
	const wanted = Math.max(2, Math.floor((scale.right - scale.left) / TICK_SPACING_PX));
	const raw = Math.max(1, (scale.to - scale.from) / wanted);
	const power = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? raw;
	const found: { time: number; label: string }[] = [];
	for (let n = Math.ceil(scale.from / step); n * step <= scale.to; n++) {
		found.push({ time: n * step, label: tickLabel(n * step, step) });
	}
	return found;
}

function tickLabel(time: number, step: number): string {
	if (step >= 1e6) return `${time / 1e6} s`;
	if (step >= 1e3)
		return `${(time / 1e6).toFixed(Math.max(1, Math.min(3, Math.ceil(6 - Math.log10(step)))))} s`;
	return `${(time / 1e3).toFixed(step >= 100 ? 1 : step >= 10 ? 2 : 3)} ms`;
}

export function drawAxis({ context, colours }: Surface, scale: TimeScale, y: number, gridTo: number): void {
	context.textAlign = "center";
	context.lineWidth = 1;
	for (const tick of ticks(scale)) {
		const x = Math.round(scale.x(tick.time)) + 0.5;
		context.strokeStyle = colours.line;
		context.beginPath();
		context.moveTo(x, y + 10);
		context.lineTo(x, gridTo);
		context.stroke();
		context.fillStyle = colours.muted;
		const halfPx = context.measureText(tick.label).width / 2;
		context.fillText(tick.label, Math.min(scale.right + RIGHT_PX - halfPx, Math.max(scale.left, x)), y);
	}
}

/** First number of the ascending column at or above `value`. */
export function lowerBound(column: ArrayLike<number>, value: number): number {
	let low = 0;
	let high = column.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((column[middle] as number) < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

export function rangeWords(from: number, to: number): string {
	return `${(from / 1e6).toFixed(3)} s to ${(to / 1e6).toFixed(3)} s (${duration(to - from)})`;
}
