/** Each property: verdict, what it says, what was looked at, and the evidence as it was recorded. */
import type { PropertyVerdict } from "../../checker/verdict.ts";
import { visible } from "../visible.ts";
import { count, sentence, shortJson } from "./format.ts";
import type { RunIndex } from "./run-index.ts";
import { Empty, Section } from "./section.tsx";

const MARKS = { pass: "✓", fail: "✗", unknown: "?" } as const;
const MAX_EVIDENCE_LENGTH = 20_000;

export function PropertiesSection({ run }: { run: RunIndex }) {
	const properties = run.model.result?.properties ?? [];
	if (properties.length === 0) {
		return (
			<Section id="properties">
				<Empty>No property was judged.</Empty>
			</Section>
		);
	}
	const tally = (verdict: string): number =>
		properties.filter((property) => property.verdict === verdict).length;
	return (
		<Section
			id="properties"
			note={`${tally("pass")} pass, ${tally("fail")} fail, ${tally("unknown")} unknown`}
		>
			<ul class="properties">
				{properties.map((property) => (
					<Property
						key={property.name}
						property={property}
						statement={run.model.statements[property.name] ?? ""}
					/>
				))}
			</ul>
		</Section>
	);
}

function Property({ property, statement }: { property: PropertyVerdict; statement: string }) {
	const { name, verdict, reason, evidence } = property;
	const examined = Object.entries(evidence.examined ?? {});
	const rest = Object.keys(evidence).filter((key) => key !== "examined").length;
	return (
		<li>
			<p class={`property-verdict verdict-${verdict}`}>
				<span aria-hidden="true">{MARKS[verdict]} </span>
				{verdict}
			</p>
			<div class="property-body">
				<h3>{visible(name)}</h3>
				{statement === "" ? null : <p class="statement">{statement}</p>}
				<p>{sentence(reason)}</p>
				{examined.length === 0 ? null : (
					<p class="note">
						{`Looked at: ${examined.map(([what, value]) => `${count(value)} ${inWords(what)}`).join(", ")}.`}
					</p>
				)}
				{rest === 0 ? null : (
					<details class="raw">
						<summary>Evidence as recorded</summary>
						<pre tabIndex={0}>{visible(shortJson(evidence, MAX_EVIDENCE_LENGTH))}</pre>
					</details>
				)}
			</div>
		</li>
	);
}

/** `finalViews` → `final views`. */
function inWords(name: string): string {
	return visible(name).replaceAll(
		/([a-z])([A-Z])/g,
		(_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
	);
}
