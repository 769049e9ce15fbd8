/**
 * A fault as recorded (`{"partition":"halves","mode":"refuse"}`) in words, and whom it separates. Unknown shapes are
 * shown as they are: the page draws recordings of other harnesses too.
 */
import type { FaultEvent, Json } from "../history/events.ts";
import { shortened, visible } from "./visible.ts";

const KINDS = [
	"partition",
	"crash",
	"pause",
	"reorder",
	"duplicate",
	"drop",
	"latency",
	"bandwidth",
	"clock",
	"reset",
	"stop",
	"disconnect",
	"limit",
];
const MODE_WORDS: Record<string, string> = {
	refuse: "connections refused",
	drop: "what is sent is lost",
	hold: "messages held until it heals",
};
const MAX_WORDS_LENGTH = 160;
const MAX_LINKS_NAMED = 4;

export function faultKind(fault: Record<string, Json>): string {
	const named = KINDS.find((kind) => kind in fault);
	if (named !== undefined) return named;
	const kind = fault["kind"];
	return visible(shortened(typeof kind === "string" ? kind : (Object.keys(fault)[0] ?? "fault"), 40));
}

export interface FaultShape {
	words: string;
	/** Replicas whose lanes it concerns; empty: all. */
	replicas: number[];
	groups: number[][];
}

export function faultShape(event: FaultEvent, replicas: readonly string[]): FaultShape {
	const kind = faultKind(event.fault);
	const links = linksOf(event.touches ?? []);
	const touched = new Set<string>([
		...(event.touches ?? []),
		...links.flat(),
		...namedReplicas(event.fault[kind]),
	]);
	const concerned = replicas.flatMap((name, number) => (touched.has(name) ? [number] : []));
	const groups = kind === "partition" ? groupsOf(links, replicas) : [];
	const words = `${kind} ${wordsOf(kind, event.fault, groups, links, replicas)}`.trimEnd();
	return {
		words: visible(shortened(words, MAX_WORDS_LENGTH)),
		replicas: concerned.length === replicas.length ? [] : concerned,
		groups,
	};
}

function wordsOf(
	kind: string,
	fault: Record<string, Json>,
	groups: number[][],
	links: [string, string][],
	replicas: readonly string[],
): string {
	const mode = typeof fault["mode"] === "string" ? (MODE_WORDS[fault["mode"]] ?? fault["mode"]) : "";
	const value = fault[kind];
	if (kind === "partition" && groups.length > 1) {
		const named = groups.map((group) => group.map((number) => replicas[number]).join(" ")).join(" | ");
		return mode === "" ? named : `${named}, ${mode}`;
	}
	if (kind === "partition" && links.length > 0) {
		const shape = typeof value === "string" ? `${value}: ` : "";
		return `${shape}${linkWords(links)} cut${mode === "" ? "" : `, ${mode}`}`;
	}
	if ((kind === "duplicate" || kind === "drop") && typeof value === "number") {
		return `${Number((value * 100).toPrecision(3))}% of messages`;
	}
	const rest = Object.entries(fault).filter(([key]) => key !== kind);
	const extra = rest.map(([key, found]) => `${key} ${plain(found)}`).join(", ");
	return [value === undefined ? "" : plain(value), extra].filter((part) => part !== "").join(", ");
}

function linkWords(links: [string, string][]): string {
	const named = links.slice(0, MAX_LINKS_NAMED).map(([from, to]) => `${from}→${to}`);
	const more = links.length - named.length;
	return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}

function plain(value: Json): string {
	if (typeof value === "string") return value;
	if (value === null || typeof value !== "object") return String(value);
	if (Array.isArray(value)) return value.map(plain).join(" ");
	return Object.entries(value)
		.map(([key, found]) => `${key} ${plain(found)}`)
		.join(", ");
}

function linksOf(touches: readonly string[]): [string, string][] {
	return touches.flatMap((touch) => {
		const [from, to, ...more] = touch.split("->");
		return from !== undefined && to !== undefined && more.length === 0
			? [[from, to] as [string, string]]
			: [];
	});
}

function namedReplicas(value: Json | undefined): string[] {
	if (typeof value === "string") return [value];
	if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
	return typeof value["replica"] === "string" ? [value["replica"]] : [];
}

/** Replicas that could still reach each other both ways, joined; one group only means: not separated that way. */
function groupsOf(cut: [string, string][], replicas: readonly string[]): number[][] {
	if (cut.length === 0) return [];
	const isCut = new Set(cut.map(([from, to]) => `${from}->${to}`));
	const groups: number[][] = [];
	const placed = new Set<number>();
	for (let first = 0; first < replicas.length; first++) {
		if (placed.has(first)) continue;
		const group = [first];
		placed.add(first);
		for (const member of group) {
			for (let other = 0; other < replicas.length; other++) {
				const [a, b] = [replicas[member], replicas[other]];
				if (placed.has(other) || isCut.has(`${a}->${b}`) || isCut.has(`${b}->${a}`)) continue;
				placed.add(other);
				group.push(other);
			}
		}
		groups.push(group.sort((a, b) => a - b));
	}
	return groups.length > 1 ? groups : [];
}
