/** Two views, or one, as lines: signs besides colour, long equal stretches left out. */
import { useState } from "preact/hooks";
import type { Json } from "../../history/events.ts";
import { visible } from "../visible.ts";
import { condensed, type DiffLine, diffLines, MAX_DIFF_LINES, plainLines } from "./diff-lines.ts";
import { plural } from "./format.ts";

const CONTEXT_LINES = 3;
const MAX_LINE_LENGTH = 2_000;

export function ViewDiff(props: { left: Json; right: Json; leftName: string; rightName: string }) {
	const [whole, setWhole] = useState(false);
	const lines = diffLines(props.left, props.right);
	if (lines === null) return <p class="empty">These views are too large to be compared here.</p>;
	const differing = lines.filter(({ sign }) => sign !== " ").length;
	const shown = whole ? lines : condensed(lines, CONTEXT_LINES);
	return (
		<div class="diff">
			<p class="diff-legend">
				<span>
					<span class="sign only-left">−</span> only at <bdi>{visible(props.leftName)}</bdi>
				</span>
				<span>
					<span class="sign only-right">+</span> only at <bdi>{visible(props.rightName)}</bdi>
				</span>
				{lines.length > differing + 2 * CONTEXT_LINES ? (
					<button type="button" class="quiet" onClick={() => setWhole(!whole)}>
						{whole ? "Show differences only" : "Show everything"}
					</button>
				) : null}
			</p>
			{differing === 0 ? <p class="empty">No difference.</p> : <Lines lines={shown} />}
		</div>
	);
}

export function PlainView({ value }: { value: Json }) {
	return <Lines lines={plainLines(value)} />;
}

function Lines({ lines }: { lines: (DiffLine | number)[] }) {
	const shown = lines.slice(0, MAX_DIFF_LINES);
	return (
		<pre class="lines" tabIndex={0}>
			{shown.map((line, n) =>
				typeof line === "number" ? <Gap key={n} count={line} /> : <Line key={n} line={line} />,
			)}
			{lines.length > shown.length ? (
				<span class="line gap">{`… ${plural(lines.length - shown.length, "more line")}`}</span>
			) : null}
		</pre>
	);
}

function Gap({ count }: { count: number }) {
	return <span class="line gap">{`⋯ ${plural(count, "equal line")}\n`}</span>;
}

const SIGN_CLASSES: Record<DiffLine["sign"], string> = {
	" ": "",
	"-": "only-left",
	"+": "only-right",
	"~": "mixed",
};

function Line({ line }: { line: DiffLine }) {
	const sign = line.sign === "-" ? "−" : line.sign;
	const indent = "  ".repeat(line.depth);
	return (
		<span class={`line ${SIGN_CLASSES[line.sign]}`}>
			{`${sign} ${indent}${visible(line.text.slice(0, MAX_LINE_LENGTH))}`}
			{line.parts?.map((part, n) =>
				part.sign === " " ? (
					<span key={n}>{visible(part.text)}</span>
				) : part.sign === "-" ? (
					<del key={n}>{visible(part.text)}</del>
				) : (
					<ins key={n}>{visible(part.text)}</ins>
				),
			)}
			{"\n"}
		</span>
	);
}
