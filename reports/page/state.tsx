/** What each replica showed at one moment, equal views together, and how the others differ from the most common. */
import type { ComponentChildren } from "preact";
import type { Json } from "../../history/events.ts";
import { replicaClass } from "./colours.ts";
import { listed, moment, short } from "./format.ts";
import { lowerBound } from "./plot.ts";
import { type RunIndex, replicaName, textAt, type ViewSpan } from "./run-index.ts";
import { Empty, ReplicaChip, Section } from "./section.tsx";
import { usePageState, useStore } from "./store.ts";
import { PlainView, ViewDiff } from "./view-diff.tsx";

const MAX_GROUPS = 8;
const MAX_DELIVERED_LENGTH = 300;

interface Group {
	view: number;
	slot: number;
	replicas: number[];
}

export function StateSection({ run }: { run: RunIndex }) {
	const store = useStore();
	const at = usePageState((state) => state.moment);
	if (run.model.observations.time.length === 0) {
		return (
			<Section id="state">
				<Empty>No view of a replica was recorded.</Empty>
			</Section>
		);
	}
	const groups = groupsAt(run, at);
	const seen = new Set(groups.flatMap(({ replicas }) => replicas));
	const unseen = run.model.run.replicas.filter((_, replica) => !seen.has(replica));
	const [reference, ...others] = groups;
	return (
		<Section id="state" note={`at ${moment(at)}`}>
			<div class="scrubber">
				<label for="moment">Moment</label>
				<input
					id="moment"
					type="range"
					min={0}
					max={run.model.lastTime}
					step="any"
					value={at}
					aria-valuetext={moment(at)}
					onInput={(event) => store.set({ moment: Number(event.currentTarget.value) })}
				/>
				<output for="moment">{moment(at)}</output>
				<div class="jumps">
					{jumps(run).map(([name, time]) => (
						<button type="button" class="quiet" key={name} onClick={() => store.set({ moment: time })}>
							{name}
						</button>
					))}
				</div>
			</div>
			{unseen.length === 0 ? null : (
				<p class="note">{`Not yet seen: ${listed(unseen.map((name) => short(name, 40)))}.`}</p>
			)}
			{reference === undefined ? (
				<Empty>No replica had been seen by then.</Empty>
			) : (
				<div class="views">
					<ViewCard run={run} group={reference} at={at} title={titleOf(reference, others.length)}>
						<ViewBody run={run} view={reference.view} />
					</ViewCard>
					{others.slice(0, MAX_GROUPS - 1).map((group) => (
						<ViewCard key={group.view} run={run} group={group} at={at} title="Differs">
							<Against run={run} reference={reference} group={group} />
						</ViewCard>
					))}
				</div>
			)}
			{groups.length > MAX_GROUPS ? (
				<p class="note">{`${groups.length - MAX_GROUPS} more views are not shown.`}</p>
			) : null}
		</Section>
	);
}

function titleOf(reference: Group, others: number): string {
	if (others === 0) return "All that were seen";
	return reference.replicas.length > 1 ? "Most common" : "Reference";
}

function ViewCard(props: {
	run: RunIndex;
	group: Group;
	at: number;
	title: string;
	children: ComponentChildren;
}) {
	const { run, group, at } = props;
	const first = group.replicas[0] ?? -1;
	const delivered = deliveredAt(run, first, at);
	return (
		<article class={`view-card view-${group.slot}`}>
			<header>
				<span class="view-swatch" aria-hidden="true" />
				<span class="view-number">{`v${group.view}`}</span>
				<span class="view-title">{props.title}</span>
				<span class="chips">
					{group.replicas.map((replica) => (
						<ReplicaChip
							key={replica}
							name={short(replicaName(run, replica), 40)}
							className={replicaClass(replica)}
						/>
					))}
				</span>
			</header>
			{props.children}
			{delivered === "" ? null : (
				<p class="delivered">{`delivered at ${short(replicaName(run, first), 40)}: ${delivered}`}</p>
			)}
		</article>
	);
}

function ViewBody({ run, view }: { run: RunIndex; view: number }) {
	const value = viewValue(run, view);
	return value === undefined ? <LeftOut /> : <PlainView value={value} />;
}

function Against({ run, reference, group }: { run: RunIndex; reference: Group; group: Group }) {
	const [left, right] = [viewValue(run, reference.view), viewValue(run, group.view)];
	if (left === undefined || right === undefined) return <LeftOut />;
	const names = (replicas: number[]): string => listed(replicas.map((replica) => replicaName(run, replica)));
	return (
		<ViewDiff
			left={left}
			right={right}
			leftName={names(reference.replicas)}
			rightName={names(group.replicas)}
		/>
	);
}

function LeftOut() {
	return <Empty>This view was left out of the page for its size; it is in history.jsonl.</Empty>;
}

function viewValue(run: RunIndex, view: number): Json | undefined {
	const text = run.model.views.text[view];
	return text === undefined || text === null ? undefined : (JSON.parse(text) as Json);
}

function groupsAt(run: RunIndex, at: number): Group[] {
	const groups = new Map<number, Group>();
	run.spans.forEach((spans, replica) => {
		const span = spanAt(spans, at);
		if (span === undefined) return;
		const group = groups.get(span.view) ?? { view: span.view, slot: span.slot, replicas: [] };
		group.replicas.push(replica);
		groups.set(span.view, group);
	});
	return [...groups.values()].sort(
		(a, b) => b.replicas.length - a.replicas.length || (a.replicas[0] ?? 0) - (b.replicas[0] ?? 0),
	);
}

function spanAt(spans: ViewSpan[], at: number): ViewSpan | undefined {
	const times = spans.map(({ from }) => from);
	return spans[lowerBound(times, at + 0.5) - 1];
}

function deliveredAt(run: RunIndex, replica: number, at: number): string {
	const { observations } = run.model;
	for (let n = lowerBound(observations.time, at + 0.5) - 1; n >= 0; n--) {
		if (observations.replica[n] !== replica) continue;
		return short(
			textAt(run, observations.delivered[n]).replaceAll('"', "").replaceAll(",", " "),
			MAX_DELIVERED_LENGTH,
		);
	}
	return "";
}

function jumps(run: RunIndex): [string, number][] {
	const heal = run.model.phases.find(({ phase }) => phase === "heal");
	return [
		...(run.divergence === null ? [] : [["First divergence", run.divergence] as [string, number]]),
		...(heal === undefined ? [] : [["Heal", heal.time] as [string, number]]),
		["End", run.model.lastTime],
	];
}
