/** The first thing on the page: whether, why, and how to see it again. */
import { useRef, useState } from "preact/hooks";
import type { Verdict } from "../../checker/verdict.ts";
import { visible } from "../visible.ts";
import { duration, listed, plural, sentence } from "./format.ts";
import type { RunIndex } from "./run-index.ts";

const MARKS: Record<Verdict, string> = { pass: "✓", fail: "✗", unknown: "?" };
const COPIED_SHOWN_MS = 2_000;

export function VerdictStrip({ run }: { run: RunIndex }) {
	const { model } = run;
	const verdict = model.result?.verdict ?? "unknown";
	return (
		<header class="verdict-strip">
			<div class="verdict-line">
				<p class={`verdict verdict-${verdict}`}>
					<span aria-hidden="true">{MARKS[verdict]} </span>
					{verdict.toUpperCase()}
				</p>
				<h1>
					<bdi>{visible(model.run.scenario)}</bdi>
				</h1>
				<p class="expected">{expectedWords(run)}</p>
			</div>
			<p class="verdict-sentence">{verdictSentence(run)}</p>
			<AlsoFailed run={run} />
			<dl class="facts">
				<Fact name="Seed" value={model.run.seed === null ? "unknown" : String(model.run.seed)} />
				<Fact name="Runtime" value={model.run.runtime} />
				<Fact name="Duration" value={duration(lengthUs(run))} />
				<Fact name="Replicas" value={String(model.run.replicas.length)} />
				<Fact name="Type" value={model.run.type ?? "none declared"} />
				<Fact name="Ended" value={endWords(run)} />
				{startedWords(model.run.startedAt) === null ? null : (
					<Fact name="Started" value={startedWords(model.run.startedAt) as string} />
				)}
			</dl>
			<Replay command={model.result?.replay ?? ""} />
			{model.problems.length + (model.result?.warnings.length ?? 0) === 0 ? null : (
				<ul class="problems" aria-label="What is missing or noteworthy">
					{[...model.problems, ...(model.result?.warnings ?? [])].map((problem) => (
						<li key={problem}>{visible(problem)}</li>
					))}
				</ul>
			)}
		</header>
	);
}

function Fact({ name, value }: { name: string; value: string }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>
				<bdi>{visible(value)}</bdi>
			</dd>
		</div>
	);
}

function AlsoFailed({ run }: { run: RunIndex }) {
	const others = run.failed.slice(1).map(({ name }) => visible(name));
	if (others.length === 0) return null;
	return (
		<p class="also">
			Also failed: {listed(others)}. <a href="#properties">All properties</a>
		</p>
	);
}

function Replay({ command }: { command: string }) {
	const code = useRef<HTMLElement | null>(null);
	const [copied, setCopied] = useState<"" | "Copied" | "Press Ctrl+C to copy">("");
	if (command === "") return null;
	const copy = (): void => {
		const done = (said: typeof copied): void => {
			setCopied(said);
			setTimeout(() => setCopied(""), COPIED_SHOWN_MS);
		};
		const select = (): void => {
			if (code.current !== null) getSelection()?.selectAllChildren(code.current);
			done("Press Ctrl+C to copy");
		};
		if (navigator.clipboard === undefined) select();
		else navigator.clipboard.writeText(command).then(() => done("Copied"), select);
	};
	return (
		<div class="replay">
			<code ref={code}>{visible(command)}</code>
			<button type="button" onClick={copy}>
				Copy replay command
			</button>
			<span class="copied" role="status">
				{copied}
			</span>
		</div>
	);
}

function expectedWords(run: RunIndex): string {
	const { result } = run.model;
	if (result === null) return "not judged";
	const wanted = typeof result.expect === "object" ? `${result.expect.fail} to fail` : "a pass";
	return result.met ? `as expected (${visible(wanted)})` : `expected ${visible(wanted)}`;
}

export function verdictSentence(run: RunIndex): string {
	const { result, run: what } = run.model;
	if (result === null) return "This run was not judged: there is no result beside its recording.";
	const [failed] = run.failed;
	if (failed !== undefined) return sentence(failed.reason);
	const undecided = result.properties.find(({ verdict }) => verdict === "unknown");
	if (result.verdict === "unknown") {
		return undecided === undefined
			? "Nothing was there to be judged."
			: sentence(`not decided (${undecided.name}): ${undecided.reason}`);
	}
	const { stats } = result;
	const agreed =
		stats.convergedAfterMs === null
			? ""
			: stats.convergedAfterMs <= 0
				? " Their views were equal by the time the network had healed."
				: ` Their views were equal ${duration(stats.convergedAfterMs * 1_000)} after the network had healed.`;
	return `${plural(what.replicas.length, "replica")} took ${plural(stats.operations, "operation")} through ${plural(
		stats.faults,
		"fault",
	)}, and ${everyProperty(result.properties)}.${agreed}`;
}

function everyProperty(properties: { verdict: Verdict }[]): string {
	const undecided = properties.filter(({ verdict }) => verdict === "unknown").length;
	const held = properties.length - undecided;
	if (undecided > 0) return `${plural(held, "property", "properties")} held (${undecided} not decided)`;
	return held === 1 ? "the property that was checked held" : `all ${held} properties that were checked held`;
}

function lengthUs(run: RunIndex): number {
	return run.model.result === null ? run.model.lastTime : run.model.result.durationMs * 1_000;
}

function endWords(run: RunIndex): string {
	return run.model.end?.reason ?? "cut off";
}

function startedWords(startedAt: string): string | null {
	const date = new Date(startedAt);
	if (Number.isNaN(date.getTime()) || date.getTime() === 0) return null;
	return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
