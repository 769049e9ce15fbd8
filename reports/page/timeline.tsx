/**
 * The whole run. Wheel and keys zoom, dragging pans, Shift and dragging chooses a stretch, hovering says what lies
 * there, a click pins it and lights what it may have come from and led to.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Canvas } from "./canvas.tsx";
import { horizons } from "./causality.ts";
import { count, duration, plural } from "./format.ts";
import { Overview } from "./overview.tsx";
import { rangeWords, timeScale } from "./plot.ts";
import type { RunIndex } from "./run-index.ts";
import { Empty, Section } from "./section.tsx";
import { type Pin, type Store, usePageState, useStore } from "./store.ts";
import { drawTimeline } from "./timeline-draw.ts";
import { hitAt, neighbour } from "./timeline-hit.ts";
import { timelineLayout } from "./timeline-layout.ts";
import { Legend } from "./timeline-legend.tsx";
import type { Drawn, TimelineScene } from "./timeline-scene.ts";
import { TimelineTables } from "./timeline-tables.tsx";

const ZOOM_STEP = 1.5;
const PAN_SHARE = 0.15;
const LEAST_RANGE_US = 200;
const CLICK_SLACK_PX = 3;
/** The wheel of a page that scrolls past does not zoom. */
const SCROLL_REST_MS = 350;

export function TimelineSection({ run }: { run: RunIndex }) {
	const { lastTime } = run.model;
	const nothing =
		run.model.operations.start.length + run.model.deliveries.time.length + run.model.nodes.length === 0;
	return (
		<Section id="timeline" note={`${plural(run.model.counts.events, "event")} in ${duration(lastTime)}`}>
			{nothing ? <Empty>The history holds no events to draw.</Empty> : <Timeline run={run} />}
		</Section>
	);
}

function Timeline({ run }: { run: RunIndex }) {
	const store = useStore();
	const state = usePageState((whole) => whole);
	const layout = useMemo(() => timelineLayout(run), [run]);
	const canvas = useRef<HTMLCanvasElement | null>(null);
	const [hover, setHover] = useState<{ pin: Pin; x: number; y: number } | null>(null);
	const [brush, setBrush] = useState<{ from: number; to: number } | null>(null);
	const [drawn, setDrawn] = useState<Drawn>({ aggregated: false, messagesInSight: 0, messagesDrawn: 0 });
	const drag = useRef<{ x: number; from: number; to: number; brushing: boolean } | null>(null);
	const { pin } = state;
	const lit = useMemo(
		() => (pin === null || pin.replica < 0 ? null : horizons(run, pin.replica, pin.time)),
		[pin],
	);

	const scene = (width: number): TimelineScene => ({
		run,
		layout,
		scale: timeScale(state.from, state.to, width),
		moment: state.moment,
		horizons: lit,
		pin: pin === null || pin.replica < 0 ? null : pin,
		brush,
	});
	const sceneNow = (): TimelineScene => scene(canvas.current?.clientWidth ?? 1);
	useWheel(canvas, store, run.model.lastTime);

	const onPointerMove = (event: PointerEvent): void => {
		const { scale } = sceneNow();
		if (drag.current === null) {
			const found = hitAt(sceneNow(), event.offsetX, event.offsetY);
			setHover(found === null ? null : { pin: found, x: event.offsetX, y: event.offsetY });
			return;
		}
		const { x, from, to, brushing } = drag.current;
		if (Math.abs(event.offsetX - x) < CLICK_SLACK_PX) return;
		setHover(null);
		if (brushing) {
			const [a, b] = [scale.time(x), scale.time(event.offsetX)];
			setBrush({ from: Math.min(a, b), to: Math.max(a, b) });
			return;
		}
		const shift = ((x - event.offsetX) / (scale.right - scale.left)) * (to - from);
		store.set(clamped(from + shift, to + shift, run.model.lastTime));
	};
	const onPointerUp = (event: PointerEvent): void => {
		const moved = drag.current !== null && Math.abs(event.offsetX - drag.current.x) >= CLICK_SLACK_PX;
		drag.current = null;
		if (brush !== null) {
			store.set(clamped(brush.from, brush.to, run.model.lastTime));
			setBrush(null);
		} else if (!moved) {
			const now = sceneNow();
			const time = Math.min(run.model.lastTime, Math.max(0, now.scale.time(event.offsetX)));
			const found = hitAt(now, event.offsetX, event.offsetY);
			store.set({ pin: found, moment: found?.time ?? time });
		}
	};
	return (
		<div class="timeline">
			<Controls run={run} />
			<Overview run={run} />
			<div class="canvas-place">
				<Canvas
					class="timeline-canvas"
					height={layout.height}
					role="application"
					label="Timeline of the run. Plus and minus zoom, arrow keys move, comma and full stop go from event to event, 0 shows all, Escape unpins. A table follows."
					tabIndex={0}
					canvasRef={canvas}
					draw={(surface) => {
						const found = drawTimeline(surface, scene(surface.width));
						if (JSON.stringify(found) !== JSON.stringify(drawn)) setDrawn(found);
						document.documentElement.dataset["drawn"] = "timeline";
					}}
					onPointerDown={(event) => {
						event.currentTarget.setPointerCapture(event.pointerId);
						drag.current = { x: event.offsetX, from: state.from, to: state.to, brushing: event.shiftKey };
					}}
					onPointerMove={onPointerMove}
					onPointerUp={onPointerUp}
					onPointerLeave={() => setHover(null)}
					onKeyDown={(event) => {
						if (onKey(event, store, run)) event.preventDefault();
					}}
				/>
				{hover === null ? null : <Tooltip hover={hover} width={canvas.current?.clientWidth ?? 0} />}
			</div>
			<p class="note status">{statusWords(run, state.from, state.to, drawn)}</p>
			<Pinned pin={pin} lit={lit} run={run} />
			<Legend journal={run.model.counts.messages > 0} />
			<TimelineTables run={run} />
		</div>
	);
}

function Controls({ run }: { run: RunIndex }) {
	const store = useStore();
	const { lastTime } = run.model;
	const { divergence } = run;
	return (
		<div class="controls" role="group" aria-label="Timeline controls">
			<button type="button" aria-label="Zoom in" onClick={() => zoom(store, 1 / ZOOM_STEP, null, lastTime)}>
				+
			</button>
			<button type="button" aria-label="Zoom out" onClick={() => zoom(store, ZOOM_STEP, null, lastTime)}>
				−
			</button>
			<button type="button" onClick={() => store.set({ from: 0, to: lastTime })}>
				Whole run
			</button>
			{divergence === null ? null : (
				<button
					type="button"
					onClick={() => store.set({ moment: divergence, ...near(divergence, lastTime) })}
				>
					First divergence
				</button>
			)}
			<span class="hint">
				Wheel or + − zoom · drag or ← → move · Shift-drag selects · , . step · click pins
			</span>
		</div>
	);
}

function Tooltip({ hover, width }: { hover: { pin: Pin; x: number; y: number }; width: number }) {
	const right = hover.x > width / 2;
	return (
		<div
			class="tooltip"
			style={{
				top: `${hover.y + 14}px`,
				...(right ? { right: `${width - hover.x + 10}px` } : { left: `${hover.x + 10}px` }),
			}}
		>
			<strong>{hover.pin.title}</strong>
			{hover.pin.lines.map((line) => (
				<div key={line}>{line}</div>
			))}
		</div>
	);
}

function Pinned({
	pin,
	lit,
	run,
}: {
	pin: Pin | null;
	lit: ReturnType<typeof horizons> | null;
	run: RunIndex;
}) {
	const store = useStore();
	return (
		<div class="pinned" role="status">
			{pin === null ? null : (
				<>
					<p>
						<strong>{pin.title}</strong> <span class="pinned-lines">{pin.lines.join(" · ")}</span>
					</p>
					{lit === null ? null : (
						<p class="note">
							<span class="key past" aria-hidden="true" /> may have influenced it{" "}
							<span class="key future" aria-hidden="true" /> may be influenced by it; what is neither is
							concurrent.
							{run.model.deliveries.time.length === 0
								? " These replicas report no deliveries, so nothing is known beyond its own lane."
								: ""}
						</p>
					)}
					<button type="button" class="quiet" onClick={() => store.set({ pin: null })}>
						Unpin
					</button>
				</>
			)}
		</div>
	);
}

function statusWords(run: RunIndex, from: number, to: number, drawn: Drawn): string {
	const parts = [`Showing ${rangeWords(from, to)}.`];
	if (drawn.aggregated) {
		parts.push(
			"Bars count events per 3 pixels, on a logarithmic scale (operations above the line, deliveries below); zoom in for single events.",
		);
	}
	if (drawn.messagesDrawn < drawn.messagesInSight) {
		parts.push(
			`${count(drawn.messagesDrawn)} of ${count(drawn.messagesInSight)} messages are drawn, evenly sampled.`,
		);
	}
	if (run.model.counts.messages === 0) parts.push("There is no journal of messages.");
	return parts.join(" ");
}

/** @returns whether the key meant something */
function onKey(event: KeyboardEvent, store: Store, run: RunIndex): boolean {
	const { lastTime } = run.model;
	const { from, to, moment: at, pin } = store.get();
	if (event.ctrlKey || event.metaKey || event.altKey) return false;
	const pan = (share: number): void => {
		const shift = (to - from) * share;
		store.set(clamped(from + shift, to + shift, lastTime));
	};
	const step = (direction: 1 | -1): void => {
		const next = neighbour(run, pin?.time ?? at, direction);
		if (next !== null)
			store.set({ pin: next, moment: next.time, ...following(from, to, next.time, lastTime) });
	};
	const actions: Record<string, () => void> = {
		"+": () => zoom(store, 1 / ZOOM_STEP, null, lastTime),
		"=": () => zoom(store, 1 / ZOOM_STEP, null, lastTime),
		"-": () => zoom(store, ZOOM_STEP, null, lastTime),
		ArrowLeft: () => pan(-PAN_SHARE),
		ArrowRight: () => pan(PAN_SHARE),
		Home: () => pan(-lastTime),
		End: () => pan(lastTime),
		"0": () => store.set({ from: 0, to: lastTime }),
		".": () => step(1),
		",": () => step(-1),
		Escape: () => store.set({ pin: null }),
	};
	const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
	action?.();
	return action !== undefined;
}

function useWheel(canvas: { current: HTMLCanvasElement | null }, store: Store, lastTime: number): void {
	useEffect(() => {
		const element = canvas.current;
		if (element === null) return;
		let scrolledAt = Number.NEGATIVE_INFINITY;
		const onScroll = (): void => {
			scrolledAt = performance.now();
		};
		const onWheel = (event: WheelEvent): void => {
			if (performance.now() - scrolledAt < SCROLL_REST_MS && document.activeElement !== element) return;
			const { from, to } = store.get();
			const scale = timeScale(from, to, element.clientWidth);
			if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
				const shift = (event.deltaX / (scale.right - scale.left)) * (to - from);
				store.set(clamped(from + shift, to + shift, lastTime));
				event.preventDefault();
				return;
			}
			if (event.deltaY > 0 && from <= 0 && to >= lastTime) return;
			event.preventDefault();
			zoom(store, event.deltaY > 0 ? 1.25 : 0.8, scale.time(event.offsetX), lastTime);
		};
		addEventListener("scroll", onScroll, { passive: true });
		// Not through the element's properties: those listeners would be passive, and could not keep the page still.
		element.addEventListener("wheel", onWheel, { passive: false });
		return () => {
			removeEventListener("scroll", onScroll);
			element.removeEventListener("wheel", onWheel);
		};
	}, []);
}

/** @param about the moment that stays where it is; null: the pinned one if in sight, otherwise the middle */
function zoom(store: Store, factor: number, about: number | null, lastTime: number): void {
	const { from, to, pin } = store.get();
	const inSight = pin !== null && pin.time >= from && pin.time <= to;
	const centre = about ?? (inSight ? pin.time : (from + to) / 2);
	const range = Math.min(lastTime, Math.max(LEAST_RANGE_US, (to - from) * factor));
	const start = centre - ((centre - from) / Math.max(1, to - from)) * range;
	store.set(clamped(start, start + range, lastTime));
}

function clamped(from: number, to: number, lastTime: number): { from: number; to: number } {
	const range = Math.min(lastTime, Math.max(LEAST_RANGE_US, to - from));
	const start = Math.min(Math.max(0, from), Math.max(0, lastTime - range));
	return { from: start, to: start + range };
}

function near(time: number, lastTime: number): { from: number; to: number } {
	const half = Math.max(100_000, lastTime / 20);
	return clamped(time - half, time + half, lastTime);
}

function following(from: number, to: number, time: number, lastTime: number): { from: number; to: number } {
	if (time >= from && time <= to) return { from, to };
	const half = (to - from) / 2;
	return clamped(time - half, time + half, lastTime);
}
