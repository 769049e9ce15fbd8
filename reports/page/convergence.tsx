/** Whether and when the replicas came to show the same: how many views there were, and who showed which. */
import { Canvas, type Surface } from "./canvas.tsx";
import { drawPhases, flag, line } from "./draw-markers.ts";
import { duration, moment, short } from "./format.ts";
import { drawAxis, lowerBound, RIGHT_PX, rangeWords, type TimeScale, timeScale } from "./plot.ts";
import { type RunIndex, replicaName, SIMULTANEOUS_MS, type ViewSpan } from "./run-index.ts";
import { Empty, Section } from "./section.tsx";
import { usePageState, useStore } from "./store.ts";
import { faultEnd } from "./timeline-layout.ts";

const AXIS_Y = 10;
const LABEL_Y = 30;
const CURVE_TOP = 48;
const CURVE_PX = 110;
const STRIPS_TOP = CURVE_TOP + CURVE_PX + 34;
const STRIP_PX = 22;
const FLAG_Y = CURVE_TOP + CURVE_PX + 17;
const LETTER_ROOM_PX = 30;
const MAX_TABLE_ROWS = 200;

export function ConvergenceSection({ run }: { run: RunIndex }) {
	const store = useStore();
	const from = usePageState((state) => state.from);
	const to = usePageState((state) => state.to);
	const at = usePageState((state) => state.moment);
	if (run.distinct.length === 0) {
		return (
			<Section id="convergence">
				<Empty>No view of a replica was recorded, so there is nothing to compare.</Empty>
			</Section>
		);
	}
	const last = run.distinct[run.distinct.length - 1]?.count ?? 0;
	return (
		<Section id="convergence" note={last === 1 ? "ends with one view" : `ends with ${last} views`}>
			<p class="lead">{convergenceWords(run)}</p>
			<Canvas
				class="chart"
				height={STRIPS_TOP + run.lanes.length * STRIP_PX + 8}
				label={`Distinct views over time, and the view of each replica. ${convergenceWords(run)} A table follows.`}
				draw={(surface) => draw(surface, run, timeScale(from, to, surface.width), at)}
				onClick={(event) => {
					const scale = timeScale(from, to, event.currentTarget.clientWidth);
					store.set({ moment: Math.min(run.model.lastTime, Math.max(0, scale.time(event.offsetX))) });
				}}
			/>
			<p class="note">
				{`${rangeWords(from, to)}, as in the timeline. Equal colour at one moment is an equal view; a replica is taken to show what it showed when it was last seen, and the curve takes what is seen within ${SIMULTANEOUS_MS} ms as one moment.`}
			</p>
			<details class="tables">
				<summary>Distinct views as a table</summary>
				<table>
					<thead>
						<tr>
							<th scope="col">From</th>
							<th scope="col">Distinct views</th>
						</tr>
					</thead>
					<tbody>
						{run.distinct.slice(-MAX_TABLE_ROWS).map((step) => (
							<tr key={step.time}>
								<th scope="row">{moment(step.time)}</th>
								<td>{step.count}</td>
							</tr>
						))}
					</tbody>
				</table>
				{run.distinct.length > MAX_TABLE_ROWS ? (
					<p class="note">{`The last ${MAX_TABLE_ROWS} changes.`}</p>
				) : null}
			</details>
		</Section>
	);
}

function convergenceWords(run: RunIndex): string {
	const last = run.distinct[run.distinct.length - 1];
	const most = run.distinct.reduce((top, { count }) => Math.max(top, count), 0);
	const peak = `At most ${most} different views were in force at once.`;
	if (last === undefined || last.count !== 1) {
		return `${peak} The run ended with ${last?.count ?? 0} different views: the replicas never agreed.`;
	}
	const healed = run.model.phases.find(({ phase }) => phase === "heal")?.time;
	const took = run.model.result?.stats.convergedAfterMs ?? null;
	if (took !== null)
		return `${peak} All views were equal ${duration(took * 1_000)} after the network had healed.`;
	if (healed === undefined) return `${peak} All views were equal from ${moment(last.time)} on.`;
	return last.time <= healed
		? `${peak} All views were equal before the network had healed.`
		: `${peak} All views were seen equal ${duration(last.time - healed)} after the network had healed.`;
}

function draw(surface: Surface, run: RunIndex, scale: TimeScale, at: number): void {
	const { context, colours, height } = surface;
	drawAxis(surface, scale, AXIS_Y, height);
	context.save();
	context.beginPath();
	context.rect(scale.left - 1, 0, surface.width - scale.left, height);
	context.clip();
	drawBands(surface, run, scale);
	drawCurve(surface, run, scale);
	run.spans.forEach((spans, replica) => drawStrip(surface, run, spans, replica, scale));
	drawMoments(surface, run, scale, at);
	context.restore();
	context.textAlign = "left";
	context.fillStyle = colours.muted;
	context.fillText("views", 0, CURVE_TOP - 2);
	const most = mostViews(run);
	context.textAlign = "right";
	for (const level of new Set([1, most]))
		context.fillText(String(level), scale.left - 8, levelY(level, most));
	context.textAlign = "left";
	run.spans.forEach((_, replica) => {
		const y = STRIPS_TOP + replica * STRIP_PX + STRIP_PX / 2;
		context.fillStyle = colours.replica(replica);
		context.fillRect(0, y - 5, 10, 10);
		context.fillStyle = colours.text;
		context.fillText(short(replicaName(run, replica), 6), 15, y);
	});
}

function drawBands({ context, colours }: Surface, run: RunIndex, scale: TimeScale): void {
	context.fillStyle = colours.band;
	for (const fault of run.model.faults) {
		const x = scale.x(fault.start);
		context.fillRect(x, CURVE_TOP, Math.max(1, scale.x(faultEnd(fault, run.model.lastTime)) - x), CURVE_PX);
	}
}

function mostViews(run: RunIndex): number {
	return run.distinct.reduce((top, { count }) => Math.max(top, count), 2);
}

function levelY(level: number, most: number): number {
	return CURVE_TOP + CURVE_PX - 6 - ((level - 1) / Math.max(1, most - 1)) * (CURVE_PX - 14);
}

/** Per column of pixels the least and the most, so that no excursion is lost. */
function drawCurve({ context, colours }: Surface, run: RunIndex, scale: TimeScale): void {
	const most = mostViews(run);
	const times = run.distinct.map(({ time }) => time);
	context.strokeStyle = colours.line;
	line(context, scale.left, levelY(1, most), scale.right, levelY(1, most));
	context.strokeStyle = colours.text;
	context.lineWidth = 1.5;
	context.beginPath();
	let begun = false;
	let previous = Number.NaN;
	for (let n = Math.max(0, lowerBound(times, scale.from) - 1); n < run.distinct.length; n++) {
		const step = run.distinct[n] as { time: number; count: number };
		if (step.time > scale.to) break;
		const x = Math.max(scale.left, scale.x(step.time));
		const y = levelY(step.count, most);
		if (begun) context.lineTo(x, previous);
		else context.moveTo(x, y);
		context.lineTo(x, y);
		begun = true;
		previous = y;
	}
	if (begun) context.lineTo(Math.min(scale.right + RIGHT_PX, scale.x(run.model.lastTime)), previous);
	context.stroke();
	context.lineWidth = 1;
}

function drawStrip(
	{ context, colours }: Surface,
	run: RunIndex,
	spans: ViewSpan[],
	replica: number,
	scale: TimeScale,
): void {
	const top = STRIPS_TOP + replica * STRIP_PX + 2;
	const times = spans.map(({ from }) => from);
	let drawnTo = scale.left - 1;
	for (let n = Math.max(0, lowerBound(times, scale.from) - 1); n < spans.length; n++) {
		const span = spans[n] as ViewSpan;
		if (span.from > scale.to) break;
		const until = spans[n + 1]?.from ?? run.model.lastTime;
		const left = Math.max(scale.left, scale.x(span.from));
		const right = Math.min(scale.right + RIGHT_PX, scale.x(until));
		if (right - drawnTo < 0.7) continue;
		drawnTo = right;
		context.fillStyle = colours.view(span.slot);
		context.fillRect(left, top, Math.max(1, right - left - (right - left > 6 ? 1 : 0)), STRIP_PX - 4);
		if (right - left < LETTER_ROOM_PX) continue;
		context.globalAlpha = 0.8;
		context.fillStyle = colours.ground;
		context.fillRect(left + 3, top + 2, context.measureText(`v${span.view}`).width + 6, STRIP_PX - 8);
		context.globalAlpha = 1;
		context.fillStyle = colours.text;
		context.textAlign = "left";
		context.fillText(`v${span.view}`, left + 6, top + STRIP_PX / 2 - 2);
	}
	context.textAlign = "left";
}

function drawMoments(surface: Surface, run: RunIndex, scale: TimeScale, at: number): void {
	const { context, colours, height } = surface;
	const ends = run.model.phases.filter(({ phase }) => phase !== "workload");
	drawPhases(surface, ends, scale, LABEL_Y);
	if (run.divergence !== null) {
		const x = Math.round(scale.x(run.divergence)) + 0.5;
		flag(context, colours.fail, colours.ground, scale, x, FLAG_Y, height, "first divergence");
	}
	context.strokeStyle = colours.text;
	const x = Math.round(scale.x(at)) + 0.5;
	line(context, x, 18, x, height);
}
