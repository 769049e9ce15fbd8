/** What a green run went through, so that it can be doubted too. */
import { count, plural } from "./format.ts";
import type { RunIndex } from "./run-index.ts";

export function Tried({ run }: { run: RunIndex }) {
	const { model } = run;
	const { operations } = model;
	const kinds = new Map<string, number>();
	for (const fault of model.faults) kinds.set(fault.kind, (kinds.get(fault.kind) ?? 0) + 1);
	const functions = new Map<string, number>();
	for (const f of operations.f) {
		const name = model.strings[f] ?? "";
		functions.set(name, (functions.get(name) ?? 0) + 1);
	}
	const { messages, overtaken, duplicates } = model.counts;
	return (
		<>
			{model.faults.length > 0 ? null : (
				<p class="lead">
					No fault was injected: this run shows only that the replicas agree on a quiet network.
				</p>
			)}
			<div class="tried">
				<Numbers title="Operations" total={operations.f.length} rows={[...functions]} />
				<Numbers title="Faults injected" total={model.faults.length} rows={[...kinds]} />
				<Numbers
					title="Messages in the journal"
					total={messages}
					rows={[
						["overtaken by a later one", overtaken],
						["delivered twice", duplicates],
					]}
				/>
				<Numbers
					title="Looked at"
					total={null}
					rows={[
						["updates delivered", model.deliveries.time.length],
						["views seen", model.observations.time.length],
						["different views", model.views.text.length],
					]}
				/>
			</div>
			{messages === 0 ? (
				<p class="note">
					The journal holds no messages: these replicas do not report them, so reordering and duplicates are
					not counted.
				</p>
			) : (
				<p class="note">{`${plural(messages, "message")} as their receivers saw them; one that never arrived is not among them.`}</p>
			)}
		</>
	);
}

function Numbers({ title, total, rows }: { title: string; total: number | null; rows: [string, number][] }) {
	return (
		<table class="numbers">
			<caption>
				{title}
				{total === null ? null : <span class="total">{count(total)}</span>}
			</caption>
			<tbody>
				{rows.map(([name, value]) => (
					<tr key={name}>
						<th scope="row">{name}</th>
						<td>{count(value)}</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}
