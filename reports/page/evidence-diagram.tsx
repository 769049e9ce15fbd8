/**
 * A space-time diagram of a few events: a lane for each replica concerned, in order of time but not to scale, so that
 * labels never touch; the moments stand below.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { HistoryEvent } from "../../history/events.ts";
import { replicaClass } from "./colours.ts";
import { diffLines } from "./diff-lines.ts";
import { moment, short } from "./format.ts";
import { type RunIndex, textAt } from "./run-index.ts";

/** Between one event and the next, for the moments below; on one lane, for the labels. */
const LEAST_STEP_PX = 64;
const LABEL_PX = 128;
/** Until the page is laid out and tells. */
const USUAL_WIDTH_PX = 1_000;
const LANE_PX = 76;
const LEFT_PX = 64;
const TOP_PX = 12;
const BOTTOM_PX = 40;
/** Of 13 px, on average, with room to spare. */
const CHARACTER_PX = 8.2;

interface Placed {
	event: HistoryEvent;
	x: number;
	/** Of its lane; null: it concerns all. */
	y: number | null;
	replica: number;
}

export function EvidenceDiagram({ run, events }: { run: RunIndex; events: HistoryEvent[] }) {
	const lanes = lanesOf(run, events);
	const marks = placedOn(run, lanes, events);
	const [availablePx, setAvailablePx] = useState(USUAL_WIDTH_PX);
	const spread = Math.max(1, availablePx / marks.width);
	const placed = marks.placed.map((mark) => ({ ...mark, x: mark.x * spread }));
	const width = marks.width * spread;
	const characters = Math.floor((LABEL_PX * spread) / CHARACTER_PX);
	const bottom = TOP_PX + lanes.length * LANE_PX;
	const scroller = useRef<HTMLDivElement | null>(null);
	useLayoutEffect(() => {
		const { clientWidth } = scroller.current ?? { clientWidth: 0 };
		// A closed section has no width yet.
		if (clientWidth > 0) setAvailablePx(Math.floor(clientWidth));
	}, []);
	// What it came to is at the end.
	useLayoutEffect(() => scroller.current?.scrollTo(width, 0), [width]);
	const differences = differencesOf(events);
	const label = (event: HistoryEvent): [string, string] => {
		const [title, detail] = labelOf(run, event, differences);
		return [short(title, characters), short(detail, characters)];
	};
	return (
		<figure class="diagram">
			<div class="diagram-frame">
				<svg class="diagram-names" width={LEFT_PX} height={bottom + BOTTOM_PX} aria-hidden="true">
					{lanes.map((replica, n) => (
						<g key={replica} class={replicaClass(replica)}>
							<rect class="mark-fill" x={0} y={laneY(n) - 5} width={10} height={10} rx={2} />
							<text class="lane-name" x={16} y={laneY(n)} dy="0.35em">
								{short(run.model.run.replicas[replica] ?? "?", 6)}
							</text>
						</g>
					))}
				</svg>
				<div
					class="diagram-scroll"
					ref={scroller}
					tabIndex={0}
					role="group"
					aria-label="Space-time diagram of the evidence"
				>
					<svg width={width} height={bottom + BOTTOM_PX} role="img" aria-label={inWords(placed, label)}>
						{lanes.map((replica, n) => (
							<line key={replica} class="lane" x1={0} x2={width} y1={laneY(n)} y2={laneY(n)} />
						))}
						<Deliveries placed={placed} />
						<Conflict placed={placed} />
						{placed.map((mark) => (
							<Mark key={mark.event.index} mark={mark} bottom={bottom} label={label(mark.event)} />
						))}
					</svg>
				</div>
			</div>
			<figcaption>
				In order of time, not to scale; moments below. ▲ operation, ● delivery of an update, ■ view seen; a
				line leads from an update to where it took effect.
			</figcaption>
		</figure>
	);
}

/** As close as labels allow: two of one lane are apart, two of different lanes may overlap in width. */
function placedOn(
	run: RunIndex,
	lanes: number[],
	events: HistoryEvent[],
): { placed: Placed[]; width: number } {
	const lastOnLane = new Map<number, number>();
	let last = LABEL_PX / 2 - LEAST_STEP_PX;
	const placed = events.map((event): Placed => {
		const replica = run.model.run.replicas.indexOf("replica" in event ? event.replica : "");
		const lane = lanes.indexOf(replica);
		const x = Math.max(last + LEAST_STEP_PX, (lastOnLane.get(lane) ?? -LABEL_PX) + LABEL_PX);
		last = x;
		lastOnLane.set(lane, x);
		return { event, replica, x, y: lane === -1 ? null : laneY(lane) };
	});
	return { placed, width: last + LABEL_PX / 2 };
}

function laneY(lane: number): number {
	return TOP_PX + lane * LANE_PX + LANE_PX / 2 + 8;
}

function lanesOf(run: RunIndex, events: HistoryEvent[]): number[] {
	const named = new Set(events.flatMap((event) => ("replica" in event ? [event.replica] : [])));
	return run.model.run.replicas.flatMap((name, number) => (named.has(name) ? [number] : []));
}

function Deliveries({ placed }: { placed: Placed[] }) {
	const origins = new Map(
		placed.flatMap((mark) =>
			mark.event.event === "ok" && mark.event.update !== undefined
				? [[mark.event.update, mark] as const]
				: [],
		),
	);
	return (
		<>
			{placed.map((mark) => {
				if (mark.event.event !== "deliver") return null;
				const origin = origins.get(mark.event.update);
				if (origin === undefined || origin.y === null || mark.y === null || origin.x > mark.x) return null;
				return (
					<line
						key={mark.event.index}
						class={`message ${replicaClass(origin.replica)}`}
						x1={origin.x}
						y1={origin.y}
						x2={mark.x}
						y2={mark.y}
					/>
				);
			})}
		</>
	);
}

/** The last two views that differ, joined. */
function Conflict({ placed }: { placed: Placed[] }) {
	const states = placed.filter(({ event, y }) => viewIn(event) !== null && y !== null);
	const last = states[states.length - 1];
	const other = states.findLast(
		(mark) => last !== undefined && mark !== last && viewIn(mark.event) !== viewIn(last.event),
	);
	if (last === undefined || other === undefined) return null;
	// On one lane the line runs below it, so as not to lie on it.
	const sag = last.y === other.y ? 24 : 0;
	const [x, y] = [(last.x + other.x) / 2, ((last.y ?? 0) + (other.y ?? 0)) / 2 + sag];
	return (
		<g class="conflict">
			<path d={`M${other.x} ${other.y}L${x} ${y}L${last.x} ${last.y}`} />
			<circle cx={x} cy={y} r={11} />
			<text x={x} y={y} dy="0.36em">
				≠
			</text>
		</g>
	);
}

function viewIn(event: HistoryEvent): string | null {
	if (event.event === "state") return JSON.stringify(event.view);
	return event.event === "ok" && event.f === "read" ? JSON.stringify(event.value) : null;
}

function Mark({ mark, bottom, label }: { mark: Placed; bottom: number; label: [string, string] }) {
	const { event, x } = mark;
	const [title, detail] = label;
	const y = mark.y ?? bottom - 4;
	return (
		<g class={`event ${replicaClass(mark.replica)}`}>
			<title>{`${title} ${detail} at ${moment(event.time / 1_000)}, event ${event.index}`}</title>
			{mark.y === null ? <line class="across" x1={x} x2={x} y1={TOP_PX} y2={bottom} /> : null}
			<Glyph event={event} x={x} y={y} />
			<text class="event-title" x={x} y={y - 26}>
				{title}
			</text>
			<text class="event-detail" x={x} y={y - 11}>
				{detail}
			</text>
			<line class="drop" x1={x} x2={x} y1={y + 8} y2={bottom + 8} />
			<text class="event-time" x={x} y={bottom + 22}>
				{moment(event.time / 1_000)}
			</text>
		</g>
	);
}

function Glyph({ event, x, y }: { event: HistoryEvent; x: number; y: number }) {
	switch (event.event) {
		case "deliver":
			return <circle class="mark-fill" cx={x} cy={y} r={5} />;
		case "state":
			return <rect class="mark-fill" x={x - 5.5} y={y - 5.5} width={11} height={11} />;
		case "info":
		case "invoke":
			return <path class="mark-open" d={triangle(x, y)} />;
		case "fail":
			return (
				<path
					class="mark-cross"
					d={`M${x - 5} ${y - 5}L${x + 5} ${y + 5}M${x + 5} ${y - 5}L${x - 5} ${y + 5}`}
				/>
			);
		case "ok":
			return <path class="mark-fill" d={triangle(x, y)} />;
		default:
			return <path class="mark-cross" d={`M${x} ${y - 6}L${x + 6} ${y}L${x} ${y + 6}L${x - 6} ${y}Z`} />;
	}
}

function triangle(x: number, y: number): string {
	return `M${x} ${y - 6}L${x + 6} ${y + 5}L${x - 6} ${y + 5}Z`;
}

/** Two short lines. */
function labelOf(run: RunIndex, event: HistoryEvent, differences: Map<number, string>): [string, string] {
	switch (event.event) {
		case "invoke":
		case "ok":
		case "fail":
		case "info": {
			if (differences.has(event.index)) return ["reads", differences.get(event.index) ?? ""];
			const value =
				event.f === "read"
					? ""
					: ` ${typeof event.value === "string" ? event.value : JSON.stringify(event.value)}`;
			const outcome =
				event.event === "ok" ? (event.update ?? "ok") : event.event === "invoke" ? "asked" : event.event;
			return [`${event.f}${value}`, outcome];
		}
		case "deliver": {
			const operation = run.operationOfUpdate.get(run.model.strings.indexOf(event.update));
			const { f, value } = run.model.operations;
			const what =
				operation === undefined
					? "update"
					: `${textAt(run, f[operation])} ${unquoted(textAt(run, value[operation]))}`;
			return [what, `${event.update} arrives`];
		}
		case "state":
			return [event.final ? "ends" : "shows", differences.get(event.index) ?? JSON.stringify(event.view)];
		case "fault":
			return [Object.keys(event.fault)[0] ?? "fault", event.phase === "start" ? "begins" : "ends"];
		case "node":
			return [event.what, event.incarnation === undefined ? "" : `start ${event.incarnation + 1}`];
		case "phase":
			return [event.phase, "phase"];
		case "note":
			return [event.what, "note"];
		case "end":
			return ["end", event.reason];
	}
}

/** For views of which the last differs from an earlier one: what each has that the other lacks, in two words. */
function differencesOf(events: HistoryEvent[]): Map<number, string> {
	const views = events.flatMap((event) => {
		const view = viewIn(event);
		return view === null ? [] : [{ index: event.index, view }];
	});
	const last = views[views.length - 1];
	const other = views.findLast(({ view }) => last !== undefined && view !== last.view);
	if (last === undefined || other === undefined) return new Map();
	const lines = diffLines(JSON.parse(other.view), JSON.parse(last.view)) ?? [];
	const text = (sign: "-" | "+"): string | undefined =>
		lines
			.find((line) => line.sign === sign)
			?.text.replace(/,$/, "")
			.replaceAll('"', "");
	const [only, lacking] = [text("-"), text("+")];
	const words = (own: string | undefined, others: string | undefined): string =>
		own !== undefined
			? others === undefined
				? `with ${own}`
				: own
			: others === undefined
				? ""
				: `without ${others}`;
	const found = new Map<number, string>();
	for (const { index, view } of views) {
		if (view === last.view) found.set(index, words(lacking, only));
		else if (view === other.view) found.set(index, words(only, lacking));
	}
	return found;
}

function unquoted(json: string): string {
	return json.replace(/^"(.*)"$/, "$1");
}

function inWords(placed: Placed[], label: (event: HistoryEvent) => [string, string]): string {
	return placed
		.map(({ event }) => {
			const where = "replica" in event ? `${short(event.replica, 40)} ` : "";
			return `${moment(event.time / 1_000)}: ${where}${label(event).join(" ")}`;
		})
		.join("; ");
}
