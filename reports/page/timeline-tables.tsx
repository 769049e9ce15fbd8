/** The timeline for those who do not see it: what happened to each replica, and the faults in order. */
import { count, duration, moment } from "./format.ts";
import { outcomeOf, type RunIndex } from "./run-index.ts";

const MAX_ROWS = 300;

export function TimelineTables({ run }: { run: RunIndex }) {
	const { faults, phases } = run.model;
	return (
		<details class="tables">
			<summary>The timeline as tables</summary>
			<table>
				<caption>Replicas</caption>
				<thead>
					<tr>
						<th scope="col">Replica</th>
						<th scope="col">Operations</th>
						<th scope="col">ok</th>
						<th scope="col">fail</th>
						<th scope="col">info</th>
						<th scope="col">Deliveries</th>
						<th scope="col">Down</th>
						<th scope="col">Paused</th>
					</tr>
				</thead>
				<tbody>
					{run.lanes.map((lane, replica) => {
						const tally = { ok: 0, fail: 0, info: 0, open: 0 };
						for (const number of lane.operations) tally[outcomeOf(run, number)] += 1;
						const length = (gaps: { from: number; to: number }[]): string =>
							gaps.length === 0 ? "–" : duration(gaps.reduce((sum, { from, to }) => sum + to - from, 0));
						return (
							<tr key={replica}>
								<th scope="row">
									<bdi>{run.model.run.replicas[replica]}</bdi>
								</th>
								<td>{count(lane.operations.length)}</td>
								<td>{count(tally.ok)}</td>
								<td>{count(tally.fail)}</td>
								<td>{count(tally.info + tally.open)}</td>
								<td>{count(lane.deliveries.length)}</td>
								<td>{length(lane.crashes)}</td>
								<td>{length(lane.pauses)}</td>
							</tr>
						);
					})}
				</tbody>
			</table>
			<table>
				<caption>Faults and phases</caption>
				<thead>
					<tr>
						<th scope="col">What</th>
						<th scope="col">From</th>
						<th scope="col">To</th>
					</tr>
				</thead>
				<tbody>
					{[
						...faults.map(({ words, start, end }) => ({ words, start, end })),
						...phases.map(({ phase, time }) => ({ words: `phase ${phase}`, start: time, end: null })),
					]
						.sort((a, b) => a.start - b.start)
						.slice(0, MAX_ROWS)
						.map((row) => (
							<tr key={`${row.start} ${row.words}`}>
								<th scope="row">{row.words}</th>
								<td>{moment(row.start)}</td>
								<td>{row.end === null ? "" : row.end < 0 ? "never ended" : moment(row.end)}</td>
							</tr>
						))}
				</tbody>
			</table>
		</details>
	);
}
