/** How operations fared: latency over time, availability under each fault, and all of them to search in. */
import { useMemo } from "preact/hooks";
import { replicaClass } from "./colours.ts";
import { count, duration, moment, plural, share, short } from "./format.ts";
import { LatencyChart } from "./latency.tsx";
import { OperationTable } from "./operation-table.tsx";
import { lowerBound } from "./plot.ts";
import { outcomeOf, type RunIndex, replicaName } from "./run-index.ts";
import { Empty, ReplicaChip, Section } from "./section.tsx";
import { faultEnd } from "./timeline-layout.ts";

const MAX_FAULT_ROWS = 100;

export function OperationsSection({ run }: { run: RunIndex }) {
	const total = run.model.operations.start.length;
	if (total === 0) {
		return (
			<Section id="operations">
				<Empty>No operation was invoked.</Empty>
			</Section>
		);
	}
	return (
		<Section id="operations" note={plural(total, "operation")}>
			<h3>Latency by replica</h3>
			<LatencyChart run={run} />
			<div class="side-by-side">
				<LatencyTable run={run} />
				<AvailabilityTable run={run} />
			</div>
			<h3>All operations</h3>
			<OperationTable run={run} />
		</Section>
	);
}

function LatencyTable({ run }: { run: RunIndex }) {
	const rows = useMemo(() => run.lanes.map((_, replica) => latenciesOf(run, replica)), [run]);
	return (
		<table>
			<caption>Latency of completed operations</caption>
			<thead>
				<tr>
					<th scope="col">Replica</th>
					<th scope="col">ok</th>
					<th scope="col">p50</th>
					<th scope="col">p95</th>
					<th scope="col">p99</th>
					<th scope="col">max</th>
				</tr>
			</thead>
			<tbody>
				{rows.map((sorted, replica) => (
					<tr key={replica}>
						<th scope="row">
							<ReplicaChip name={short(replicaName(run, replica), 40)} className={replicaClass(replica)} />
						</th>
						<td>{count(sorted.length)}</td>
						{[0.5, 0.95, 0.99, 1].map((quantile) => (
							<td key={quantile}>{sorted.length === 0 ? "–" : duration(quantileOf(sorted, quantile))}</td>
						))}
					</tr>
				))}
			</tbody>
		</table>
	);
}

function AvailabilityTable({ run }: { run: RunIndex }) {
	const { operations, faults, lastTime } = run.model;
	const rows = useMemo(
		() =>
			faults.slice(0, MAX_FAULT_ROWS).map((fault) => {
				const first = lowerBound(operations.start, fault.start);
				const last = lowerBound(operations.start, faultEnd(fault, lastTime));
				return { words: fault.words, start: fault.start, ...tally(run, first, last) };
			}),
		[run],
	);
	const whole = tally(run, 0, operations.start.length);
	return (
		<table>
			<caption>Availability: share of operations answered ok, of those invoked meanwhile</caption>
			<thead>
				<tr>
					<th scope="col">Meanwhile</th>
					<th scope="col">From</th>
					<th scope="col">Invoked</th>
					<th scope="col">ok</th>
				</tr>
			</thead>
			<tbody>
				<tr>
					<th scope="row">the whole run</th>
					<td>{moment(0, 2)}</td>
					<td>{count(whole.invoked)}</td>
					<td>{share(whole.ok, whole.invoked)}</td>
				</tr>
				{rows.map((row) => (
					<tr key={`${row.start} ${row.words}`}>
						<th scope="row">{row.words}</th>
						<td>{moment(row.start, 2)}</td>
						<td>{count(row.invoked)}</td>
						<td>{share(row.ok, row.invoked)}</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}

function tally(run: RunIndex, first: number, last: number): { invoked: number; ok: number } {
	let ok = 0;
	for (let n = first; n < last; n++) if (outcomeOf(run, n) === "ok") ok += 1;
	return { invoked: last - first, ok };
}

function latenciesOf(run: RunIndex, replica: number): Float64Array {
	const { start, end } = run.model.operations;
	const found: number[] = [];
	for (const number of run.lanes[replica]?.operations ?? []) {
		if (outcomeOf(run, number) === "ok") found.push((end[number] as number) - (start[number] as number));
	}
	return Float64Array.from(found).sort();
}

function quantileOf(sorted: Float64Array, quantile: number): number {
	return sorted[Math.min(sorted.length - 1, Math.ceil(quantile * sorted.length) - 1)] as number;
}
