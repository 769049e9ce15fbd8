/** All operations, searched by any of their words; a bounded number of rows at a time. */
import { useMemo, useState } from "preact/hooks";
import { count, duration, moment, short } from "./format.ts";
import { outcomeOf, type RunIndex, replicaName, textAt } from "./run-index.ts";
import { useStore } from "./store.ts";
import { operationWords } from "./timeline-hit.ts";

const ROWS_AT_A_TIME = 50;

export function OperationTable({ run }: { run: RunIndex }) {
	const store = useStore();
	const [query, setQuery] = useState("");
	const [shown, setShown] = useState(ROWS_AT_A_TIME);
	const found = useMemo(() => search(run, query), [run, query]);
	const { operations } = run.model;
	return (
		<>
			<div class="search">
				<label for="operation-search">Search</label>
				<input
					id="operation-search"
					type="search"
					placeholder="replica, name, value, outcome, update …"
					value={query}
					onInput={(event) => {
						setQuery(event.currentTarget.value);
						setShown(ROWS_AT_A_TIME);
					}}
				/>
				<span role="status">{`${count(found.length)} of ${count(operations.start.length)}`}</span>
			</div>
			<div class="table-scroll" tabIndex={0} role="group" aria-label="Operations">
				<table class="operations">
					<thead>
						<tr>
							<th scope="col">Asked at</th>
							<th scope="col">Replica</th>
							<th scope="col">Operation</th>
							<th scope="col">Outcome</th>
							<th scope="col">Answer</th>
							<th scope="col">Update</th>
							<th scope="col">Took</th>
							<th scope="col">Id</th>
						</tr>
					</thead>
					<tbody>
						{found.slice(0, shown).map((n) => {
							const start = operations.start[n] as number;
							const end = operations.end[n] as number;
							return (
								<tr key={n}>
									<td class="number">
										<button
											type="button"
											class="link"
											onClick={() => {
												store.set({ pin: operationWords(run, n), moment: end < 0 ? start : end });
												document.getElementById("timeline")?.scrollIntoView();
											}}
										>
											{moment(start)}
										</button>
									</td>
									<td>
										<bdi>{short(replicaName(run, operations.replica[n] as number), 40)}</bdi>
									</td>
									<td class="data">{`${textAt(run, operations.f[n])} ${short(textAt(run, operations.value[n]), 80)}`}</td>
									<td>{outcomeOf(run, n)}</td>
									<td class="data">{short(textAt(run, operations.result[n]), 80)}</td>
									<td class="data">{short(textAt(run, operations.update[n]), 40)}</td>
									<td class="number">{end < 0 ? "–" : duration(end - start)}</td>
									<td class="data">{short(textAt(run, operations.id[n]), 40)}</td>
								</tr>
							);
						})}
					</tbody>
				</table>
			</div>
			{found.length === 0 ? <p class="empty">No operation has these words.</p> : null}
			{found.length > shown ? (
				<button type="button" onClick={() => setShown(shown + ROWS_AT_A_TIME)}>
					{`Show ${Math.min(ROWS_AT_A_TIME, found.length - shown)} more`}
				</button>
			) : null}
		</>
	);
}

/** Every word must occur somewhere in the row. */
function search(run: RunIndex, query: string): number[] {
	const { operations } = run.model;
	const words = query.toLowerCase().split(/\s+/).filter(Boolean);
	const all = operations.start.map((_, n) => n);
	if (words.length === 0) return all;
	return all.filter((n) => {
		const row = [
			replicaName(run, operations.replica[n] as number),
			textAt(run, operations.f[n]),
			textAt(run, operations.value[n]),
			outcomeOf(run, n),
			textAt(run, operations.result[n]),
			textAt(run, operations.update[n]),
			textAt(run, operations.id[n]),
		]
			.join(" ")
			.toLowerCase();
		return words.every((word) => row.includes(word));
	});
}
