/** A part of the page that collapses, with its place in the contents. */
import type { ComponentChildren } from "preact";

export const SECTIONS = [
	["evidence", "Evidence"],
	["timeline", "Timeline"],
	["convergence", "Convergence"],
	["state", "State"],
	["operations", "Operations"],
	["properties", "Properties"],
	["record", "Record"],
] as const;
export type SectionId = (typeof SECTIONS)[number][0];

export function Section(props: { id: SectionId; note?: string; children: ComponentChildren }) {
	const title = SECTIONS.find(([id]) => id === props.id)?.[1] ?? props.id;
	return (
		<details class="section" id={props.id} open>
			<summary>
				<h2>{title}</h2>
				{props.note === undefined ? null : <span class="section-note">{props.note}</span>}
			</summary>
			<div class="section-body">{props.children}</div>
		</details>
	);
}

/** An empty section says why it is empty. */
export function Empty(props: { children: ComponentChildren }) {
	return <p class="empty">{props.children}</p>;
}

export function ReplicaChip(props: { name: string; className: string }) {
	return (
		<span class={`chip ${props.className}`}>
			<span class="swatch" aria-hidden="true" />
			<bdi>{props.name}</bdi>
		</span>
	);
}
