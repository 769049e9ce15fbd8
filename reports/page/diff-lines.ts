/**
 * Two views as lines of JSON with what differs marked. The comparison is jsondiffpatch's (members of arrays matched
 * by identity, so that one removal is one line); the lines are ours, as its own formatter writes HTML.
 */
import { create, type Delta } from "jsondiffpatch";
import type { Json } from "../../history/events.ts";
import { type CharacterPart, characterDiff } from "./character-diff.ts";

export interface DiffLine {
	depth: number;
	/** `-`: only on the left; `+`: only on the right; `~`: a text that differs in places. */
	sign: " " | "-" | "+" | "~";
	text: string;
	parts?: CharacterPart[];
}

export const MAX_DIFF_LINES = 600;
const MAX_ARRAY_LENGTH = 3_000;

/** @returns null where the views are too large to compare */
export function diffLines(left: Json, right: Json): DiffLine[] | null {
	if (longestArray(left) > MAX_ARRAY_LENGTH || longestArray(right) > MAX_ARRAY_LENGTH) return null;
	const patcher = create({
		objectHash: (item) => identity(item as Record<string, Json>),
		arrays: { detectMove: true, includeValueOnMove: true },
	});
	const lines: DiffLine[] = [];
	walk(lines, "", left, right, patcher.diff(left, right), 0, "");
	return lines;
}

/** The value alone, in the same form. */
export function plainLines(value: Json): DiffLine[] {
	const lines: DiffLine[] = [];
	print(lines, "", value, 0, " ", "");
	return lines;
}

/** Leaves out long stretches without differences; `null` stands for one. */
export function condensed(lines: DiffLine[], context: number): (DiffLine | number)[] {
	const near = new Uint8Array(lines.length);
	lines.forEach((line, n) => {
		if (line.sign !== " ") near.fill(1, Math.max(0, n - context), n + context + 1);
	});
	const shown: (DiffLine | number)[] = [];
	for (let n = 0; n < lines.length; n++) {
		if (near[n] === 1) shown.push(lines[n] as DiffLine);
		else if (typeof shown[shown.length - 1] === "number")
			shown[shown.length - 1] = (shown[shown.length - 1] as number) + 1;
		else shown.push(1);
	}
	return shown;
}

function identity(item: Record<string, Json>): string {
	for (const key of ["id", "key", "name"]) {
		const value = Object.hasOwn(item, key) ? item[key] : undefined;
		if (typeof value === "string" || typeof value === "number") return `${key}:${value}`;
	}
	return JSON.stringify(item);
}

function walk(
	lines: DiffLine[],
	label: string,
	left: Json,
	right: Json,
	delta: Delta,
	depth: number,
	comma: string,
): void {
	if (delta === undefined) print(lines, label, left, depth, " ", comma);
	else if (Array.isArray(delta) || !isStructure(left) || !isStructure(right))
		changed(lines, label, left, right, depth, comma);
	else if (Array.isArray(left) && Array.isArray(right)) {
		lines.push({ depth, sign: " ", text: `${label}[` });
		walkArray(lines, left, right, delta as Record<string, Delta>, depth + 1);
		lines.push({ depth, sign: " ", text: `]${comma}` });
	} else {
		lines.push({ depth, sign: " ", text: `${label}{` });
		walkObject(
			lines,
			left as Record<string, Json>,
			right as Record<string, Json>,
			delta as Record<string, Delta>,
			depth + 1,
		);
		lines.push({ depth, sign: " ", text: `}${comma}` });
	}
}

function walkObject(
	lines: DiffLine[],
	left: Record<string, Json>,
	right: Record<string, Json>,
	delta: Record<string, Delta>,
	depth: number,
): void {
	for (const key of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
		const label = `${JSON.stringify(key)}: `;
		if (!Object.hasOwn(right, key)) print(lines, label, left[key] as Json, depth, "-", ",");
		else if (!Object.hasOwn(left, key)) print(lines, label, right[key] as Json, depth, "+", ",");
		else {
			const inner = Object.hasOwn(delta, key) ? delta[key] : undefined;
			walk(lines, label, left[key] as Json, right[key] as Json, inner, depth, ",");
		}
	}
}

function walkArray(
	lines: DiffLine[],
	left: Json[],
	right: Json[],
	delta: Record<string, Delta>,
	depth: number,
): void {
	const arrivals = new Set(
		Object.entries(delta).flatMap(([key, change]) =>
			key.startsWith("_") && Array.isArray(change) && change[2] === 3 ? [Number(change[1])] : [],
		),
	);
	let [from, to] = [0, 0];
	while (from < left.length || to < right.length) {
		const added = delta[String(to)];
		if (from < left.length && Object.hasOwn(delta, `_${from}`))
			print(lines, "", left[from++] as Json, depth, "-", ",");
		else if (to < right.length && (arrivals.has(to) || (Array.isArray(added) && added.length === 1))) {
			print(lines, "", right[to++] as Json, depth, "+", ",");
		} else if (from < left.length && to < right.length) {
			walk(lines, "", left[from++] as Json, right[to++] as Json, added, depth, ",");
		} else if (from < left.length) print(lines, "", left[from++] as Json, depth, "-", ",");
		else print(lines, "", right[to++] as Json, depth, "+", ",");
	}
}

function changed(
	lines: DiffLine[],
	label: string,
	left: Json,
	right: Json,
	depth: number,
	comma: string,
): void {
	if (typeof left === "string" && typeof right === "string") {
		const parts = characterDiff(left, right);
		if (parts !== null && parts.some(({ sign }) => sign === " ")) {
			lines.push({ depth, sign: "~", text: label, parts });
			return;
		}
	}
	print(lines, label, left, depth, "-", comma);
	print(lines, label, right, depth, "+", comma);
}

function print(
	lines: DiffLine[],
	label: string,
	value: Json,
	depth: number,
	sign: DiffLine["sign"],
	comma: string,
): void {
	if (!isStructure(value) || Object.keys(value as object).length === 0) {
		lines.push({ depth, sign, text: `${label}${JSON.stringify(value)}${comma}` });
		return;
	}
	const isArray = Array.isArray(value);
	lines.push({ depth, sign, text: `${label}${isArray ? "[" : "{"}` });
	if (isArray) for (const member of value) print(lines, "", member, depth + 1, sign, ",");
	else
		for (const key of Object.keys(value as object)) {
			print(
				lines,
				`${JSON.stringify(key)}: `,
				(value as Record<string, Json>)[key] as Json,
				depth + 1,
				sign,
				",",
			);
		}
	lines.push({ depth, sign, text: `${isArray ? "]" : "}"}${comma}` });
}

function isStructure(value: Json): boolean {
	return value !== null && typeof value === "object";
}

function longestArray(value: Json): number {
	if (!isStructure(value)) return 0;
	const own = Array.isArray(value) ? value.length : 0;
	return Object.values(value as object).reduce<number>(
		(longest, inner) => Math.max(longest, longestArray(inner as Json)),
		own,
	);
}
