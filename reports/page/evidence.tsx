/** Why: the few events that show a failure and how the views differ. For a pass: what was tried. */
import { useState } from "preact/hooks";
import type { Evidence, PropertyVerdict } from "../../checker/verdict.ts";
import type { HistoryEvent, Json } from "../../history/events.ts";
import { visible } from "../visible.ts";
import { EvidenceDiagram } from "./evidence-diagram.tsx";
import { ExplanationBlock } from "./explanation.tsx";
import { moment, sentence } from "./format.ts";
import type { RunIndex } from "./run-index.ts";
import { Empty, Section } from "./section.tsx";
import { useStore } from "./store.ts";
import { Tried } from "./tried.tsx";
import { PlainView, ViewDiff } from "./view-diff.tsx";

const MAX_DIAGRAM_EVENTS = 24;

export function EvidenceSection({ run }: { run: RunIndex }) {
	const [chosen, setChosen] = useState(0);
	const property = run.failed[chosen];
	if (property === undefined) {
		return (
			<Section id="evidence" note="what was tried">
				<Tried run={run} />
			</Section>
		);
	}
	return (
		<Section id="evidence" note="the few events that matter">
			{run.failed.length < 2 ? null : (
				<div class="choices" role="group" aria-label="Failed property">
					{run.failed.map(({ name }, n) => (
						<button type="button" key={name} aria-pressed={n === chosen} onClick={() => setChosen(n)}>
							{visible(name)}
						</button>
					))}
				</div>
			)}
			<EvidenceOf run={run} property={property} first={chosen === 0} key={property.name} />
		</Section>
	);
}

function EvidenceOf({ run, property, first }: { run: RunIndex; property: PropertyVerdict; first: boolean }) {
	const store = useStore();
	const { evidence } = property;
	const events = evidenceEvents(run, evidence);
	const time = typeof evidence.time === "number" ? Math.round(evidence.time / 1_000) : null;
	return (
		<>
			<p class="lead">
				<strong>{visible(property.name)}</strong>
				{" demands: "}
				{run.model.statements[property.name] ?? sentence(property.reason)}{" "}
				{first ? null : `Found: ${sentence(property.reason)} `}
				{time === null ? null : (
					<a href="#timeline" onClick={() => store.set({ moment: time, ...around(run, time) })}>
						{`Show ${moment(time)} in the timeline`}
					</a>
				)}
			</p>
			{evidence.explanation === undefined ? null : (
				<ExplanationBlock run={run} explanation={evidence.explanation} />
			)}
			{events.length === 0 ? (
				<Empty>This property names no single events: what it looked at is under Properties.</Empty>
			) : (
				<EvidenceDiagram run={run} events={events} />
			)}
			<Differences evidence={evidence} />
		</>
	);
}

function Differences({ evidence }: { evidence: Evidence }) {
	const views = Object.entries(evidence.views ?? {});
	const [reference, ...others] = views;
	const path = evidence.path === undefined || evidence.path === "" ? null : evidence.path;
	if (reference !== undefined && others.length > 0) {
		const different =
			others.find(([, view]) => JSON.stringify(view) !== JSON.stringify(reference[1])) ?? others[0];
		const [name, view] = different as [string, Json];
		return (
			<div class="difference">
				<h3>
					{`What ${visible(reference[0])} and ${visible(name)} showed`}
					{path === null ? null : <code>{visible(path)}</code>}
				</h3>
				<ViewDiff left={reference[1]} right={view} leftName={reference[0]} rightName={name} />
			</div>
		);
	}
	const { expected, found } = evidence;
	if (expected !== undefined && found !== undefined) {
		return (
			<div class="difference">
				<h3>What was expected and found {path === null ? null : <code>{visible(path)}</code>}</h3>
				<ViewDiff left={expected} right={found} leftName="expected" rightName="found" />
			</div>
		);
	}
	if (reference === undefined) return null;
	return (
		<div class="difference">
			<h3>{`What ${visible(reference[0])} showed`}</h3>
			<PlainView value={reference[1]} />
		</div>
	);
}

/**
 * Those that the checker names, in order of time. An operation stands where it took effect at its replica, which is
 * before its client heard of it; its invocation and its own delivery are then left out.
 */
function evidenceEvents(run: RunIndex, evidence: Evidence): HistoryEvent[] {
	const named = (Array.isArray(evidence.events) ? evidence.events : []).flatMap((index) => {
		const event = run.model.evidence[index];
		return event === undefined ? [] : [event];
	});
	const completed = new Map<string, string>();
	for (const event of named) {
		if (event.event !== "ok" && event.event !== "fail" && event.event !== "info") continue;
		completed.set(event.id, event.replica);
		if (event.event === "ok" && event.update !== undefined) completed.set(event.update, event.replica);
	}
	const shown = named.flatMap((event) => {
		if (event.event === "invoke" && completed.has(event.id)) return [];
		if (event.event === "deliver" && completed.get(event.update) === event.replica) return [];
		if (event.event !== "ok" || event.update === undefined) return [event];
		const operation = run.operationOfUpdate.get(run.model.strings.indexOf(event.update));
		const effect = operation === undefined ? undefined : run.model.operations.effect[operation];
		return [effect === undefined ? event : { ...event, time: effect * 1_000 }];
	});
	return shown.sort((a, b) => a.time - b.time || a.index - b.index).slice(-MAX_DIAGRAM_EVENTS);
}

function around(run: RunIndex, time: number): { from: number; to: number } {
	const half = Math.min(run.model.lastTime / 2, Math.max(50_000, run.model.lastTime / 20));
	return { from: Math.max(0, time - half), to: Math.min(run.model.lastTime, time + half) };
}
