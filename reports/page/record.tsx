/** The rest: logs, notes of the harness, the scenario as it was run, versions, machine. */
import { visible } from "../visible.ts";
import { count, moment, shortJson } from "./format.ts";
import type { RunIndex } from "./run-index.ts";
import { Empty, Section } from "./section.tsx";

const MAX_SCENARIO_LENGTH = 100_000;
const MAX_NOTES = 200;

export function RecordSection({ run }: { run: RunIndex }) {
	const { logs, notes, scenario, result, end } = run.model;
	const environment = Object.entries(result?.environment ?? {});
	return (
		<Section id="record" note="logs, scenario, versions">
			{end === null || end.detail === "" ? null : (
				<p class="lead">{`The run ended ${visible(end.reason)}: ${visible(end.detail)}.`}</p>
			)}
			<h3>Logs</h3>
			{logs.length === 0 ? <Empty>No replica's log was kept.</Empty> : null}
			{logs.map((log) => (
				<details class="raw" key={log.name}>
					<summary>
						<bdi>{visible(log.name)}</bdi>
						{log.droppedBytes > 0 ? (
							<span class="section-note">{`its end; ${count(log.droppedBytes)} bytes before are in the file`}</span>
						) : null}
					</summary>
					<pre tabIndex={0}>{log.text === "" ? "(empty)" : visible(log.text)}</pre>
				</details>
			))}
			{notes.length === 0 ? null : (
				<>
					<h3>Notes of the harness</h3>
					<ul class="notes">
						{notes.slice(0, MAX_NOTES).map((note) => (
							<li key={`${note.time} ${note.what}`}>
								<span class="number">{moment(note.time)}</span> {visible(note.what)}{" "}
								<code>{visible(note.detail)}</code>
							</li>
						))}
					</ul>
				</>
			)}
			<h3>Scenario as it was run</h3>
			{scenario === null ? (
				<Empty>There is no scenario.json beside the recording.</Empty>
			) : (
				<details class="raw">
					<summary>scenario.json</summary>
					<pre tabIndex={0}>{visible(shortJson(scenario, MAX_SCENARIO_LENGTH))}</pre>
				</details>
			)}
			<h3>Versions and machine</h3>
			{environment.length === 0 ? (
				<Empty>They were not recorded.</Empty>
			) : (
				<dl class="facts">
					{environment.map(([name, value]) => (
						<div key={name}>
							<dt>{visible(name)}</dt>
							<dd>
								<bdi>{visible(value)}</bdi>
							</dd>
						</div>
					))}
				</dl>
			)}
		</Section>
	);
}
