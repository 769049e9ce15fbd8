/** Latency of every operation over time, on a logarithmic scale; one mark for what falls on the same two pixels. */
import { Canvas, type Surface } from "./canvas.tsx";
import { line } from "./draw-markers.ts";
import { duration } from "./format.ts";
import { drawAxis, lowerBound, RIGHT_PX, rangeWords, timeScale } from "./plot.ts";
import { outcomeOf, type RunIndex } from "./run-index.ts";
import { usePageState } from "./store.ts";
import { faultEnd } from "./timeline-layout.ts";

const HEIGHT_PX = 200;
const AXIS_Y = 10;
const TOP_PX = 26;
const BOTTOM_PX = 10;

export function LatencyChart({ run }: { run: RunIndex }) {
	const from = usePageState((state) => state.from);
	const to = usePageState((state) => state.to);
	return (
		<>
			<Canvas
				class="chart"
				height={HEIGHT_PX}
				label="Latency of operations over time by replica; the table below has the percentiles"
				draw={(surface) => draw(surface, run, from, to)}
			/>
			<p class="note">{`${rangeWords(from, to)}, as in the timeline. Filled: ok; crosses: failed; hollow: may have happened. Grey: a fault was on.`}</p>
		</>
	);
}

function draw(surface: Surface, run: RunIndex, from: number, to: number): void {
	const { context, colours, width, height } = surface;
	const scale = timeScale(from, to, width);
	const { operations } = run.model;
	const [low, high] = extent(run);
	const floor = height - BOTTOM_PX;
	const y = (us: number): number =>
		floor -
		((Math.log10(Math.max(low, us)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) *
			(floor - TOP_PX);
	context.fillStyle = colours.band;
	for (const fault of run.model.faults) {
		const x = Math.max(scale.left, scale.x(fault.start));
		const end = Math.min(scale.right + RIGHT_PX, scale.x(faultEnd(fault, run.model.lastTime)));
		if (end > x) context.fillRect(x, TOP_PX - 6, Math.max(1, end - x), floor - TOP_PX + 6);
	}
	drawAxis(surface, scale, AXIS_Y, floor);
	for (let us = low; us <= high * 1.001; us *= 10) {
		context.strokeStyle = colours.line;
		line(context, scale.left, y(us), scale.right, y(us));
		context.fillStyle = colours.muted;
		context.textAlign = "right";
		context.fillText(duration(us), scale.left - 6, y(us));
	}
	const taken = new Set<number>();
	const last = lowerBound(operations.start, to);
	for (let n = lowerBound(operations.start, from); n < last; n++) {
		const end = operations.end[n] as number;
		if (end < 0) continue;
		const start = operations.start[n] as number;
		const [px, py] = [scale.x(start), y(end - start)];
		const replica = operations.replica[n] as number;
		const outcome = outcomeOf(run, n);
		const place = ((px >> 1) * 4_096 + (py >> 1)) * 16 + (replica & 15);
		if (taken.has(place)) continue;
		taken.add(place);
		mark(context, colours, outcome, colours.replica(replica), px, py);
	}
}

function mark(
	context: CanvasRenderingContext2D,
	colours: Surface["colours"],
	outcome: string,
	colour: string,
	x: number,
	y: number,
): void {
	if (outcome === "ok") {
		context.fillStyle = colour;
		context.fillRect(x - 1.5, y - 1.5, 3, 3);
		return;
	}
	context.strokeStyle = colours.text;
	context.lineWidth = 1.25;
	if (outcome === "fail") {
		line(context, x - 3, y - 3, x + 3, y + 3);
		line(context, x - 3, y + 3, x + 3, y - 3);
	} else {
		context.beginPath();
		context.arc(x, y, 3, 0, Math.PI * 2);
		context.stroke();
	}
	context.lineWidth = 1;
}

/** Whole powers of ten around all latencies. */
function extent(run: RunIndex): [number, number] {
	const { start, end } = run.model.operations;
	let [low, high] = [Number.POSITIVE_INFINITY, 1];
	for (let n = 0; n < start.length; n++) {
		if ((end[n] as number) < 0) continue;
		const latency = Math.max(1, (end[n] as number) - (start[n] as number));
		low = Math.min(low, latency);
		high = Math.max(high, latency);
	}
	if (low > high) return [1_000, 10_000];
	const floor = 10 ** Math.floor(Math.log10(low));
	return [floor, Math.max(floor * 10, 10 ** Math.ceil(Math.log10(high)))];
}
