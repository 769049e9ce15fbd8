/** The whole run in a strip: how much happened when, and which stretch is on show. Dragging chooses another. */
import { useRef } from "preact/hooks";
import { Canvas, type Surface } from "./canvas.tsx";
import { lowerBound, timeScale } from "./plot.ts";
import type { RunIndex } from "./run-index.ts";
import { usePageState, useStore } from "./store.ts";
import { faultEnd } from "./timeline-layout.ts";

const HEIGHT_PX = 36;
const COLUMN_PX = 2;
const LEAST_SELECTION_PX = 4;

export function Overview({ run }: { run: RunIndex }) {
	const store = useStore();
	const from = usePageState((state) => state.from);
	const to = usePageState((state) => state.to);
	const canvas = useRef<HTMLCanvasElement | null>(null);
	const drag = useRef<{ start: number; x: number } | null>(null);
	const { lastTime } = run.model;
	const timeAt = (event: PointerEvent): number => {
		const scale = timeScale(0, lastTime, canvas.current?.clientWidth ?? 1);
		return Math.min(lastTime, Math.max(0, scale.time(event.offsetX)));
	};
	return (
		<Canvas
			class="overview"
			height={HEIGHT_PX}
			label="Overview of the whole run; drag to choose the stretch that the timeline shows"
			canvasRef={canvas}
			draw={(surface) => draw(surface, run, from, to)}
			onPointerDown={(event) => {
				event.currentTarget.setPointerCapture(event.pointerId);
				drag.current = { start: timeAt(event), x: event.offsetX };
			}}
			onPointerMove={(event) => {
				if (drag.current === null || Math.abs(event.offsetX - drag.current.x) < LEAST_SELECTION_PX) return;
				const time = timeAt(event);
				const { start } = drag.current;
				store.set({ from: Math.min(start, time), to: Math.max(start, time, Math.min(start, time) + 100) });
			}}
			onPointerUp={(event) => {
				if (drag.current !== null && Math.abs(event.offsetX - drag.current.x) < LEAST_SELECTION_PX) {
					const half = (to - from) / 2;
					const middle = Math.min(lastTime - half, Math.max(half, timeAt(event)));
					store.set({ from: middle - half, to: middle + half });
				}
				drag.current = null;
			}}
		/>
	);
}

function draw({ context, width, height, colours }: Surface, run: RunIndex, from: number, to: number): void {
	const scale = timeScale(0, run.model.lastTime, width);
	context.fillStyle = colours.band;
	for (const fault of run.model.faults) {
		const x = scale.x(fault.start);
		context.fillRect(x, 0, Math.max(1, scale.x(faultEnd(fault, run.model.lastTime)) - x), height);
	}
	const columns = Math.ceil((scale.right - scale.left) / COLUMN_PX);
	const counts = new Uint32Array(columns);
	for (const lane of run.lanes) {
		for (let n = 0; n < columns; n++) {
			const first = scale.time(scale.left + n * COLUMN_PX);
			const next = scale.time(scale.left + (n + 1) * COLUMN_PX);
			counts[n] =
				(counts[n] as number) +
				lowerBound(lane.operationAt, next) -
				lowerBound(lane.operationAt, first) +
				lowerBound(lane.deliveryAt, next) -
				lowerBound(lane.deliveryAt, first);
		}
	}
	const most = counts.reduce((a, b) => Math.max(a, b), 1);
	context.fillStyle = colours.muted;
	counts.forEach((count, n) => {
		const tall = Math.sqrt(count / most) * (height - 4);
		context.fillRect(scale.left + n * COLUMN_PX, height - tall, COLUMN_PX - 0.4, tall);
	});
	const [left, right] = [scale.x(from), Math.max(scale.x(from) + 2, scale.x(to))];
	context.globalAlpha = 0.72;
	context.fillStyle = colours.ground;
	context.fillRect(scale.left, 0, left - scale.left, height);
	context.fillRect(right, 0, scale.right - right, height);
	context.globalAlpha = 1;
	context.strokeStyle = colours.text;
	context.strokeRect(left + 0.5, 0.5, right - left - 1, height - 1);
	context.fillStyle = colours.muted;
	context.textAlign = "left";
	context.fillText("all", 0, height / 2);
	if (run.divergence !== null) {
		context.fillStyle = colours.fail;
		context.fillRect(scale.x(run.divergence) - 1, 0, 2, height);
	}
}
