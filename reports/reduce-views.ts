/**
 * Observations of views, reduced: equal views get equal numbers, and the texts of views are kept within a size.
 * Which are kept first: final states, evidence, then an even sample over the run. The page says where one is missing.
 */
import { createHash } from "node:crypto";
import type { Json } from "../history/events.ts";
import type { ObservationColumns } from "./page-model.ts";
import type { ViewForm } from "./view-key.ts";

const MAX_VIEW_BYTES_IN_MEMORY = 128 * 1024 * 1024;
export const MAX_VIEW_BYTES_IN_PAGE = 6 * 1024 * 1024;
const HASH_ABOVE_LENGTH = 64;

export interface Observation {
	index: number;
	replica: number;
	time: number;
	view: Json;
	delivered: number;
	final: boolean;
}

export interface ViewReduction {
	take(observation: Observation): void;
	/** @param important indexes of history events whose views are to be kept before others */
	finish(important: ReadonlySet<number>): { observations: ObservationColumns; texts: (string | null)[] };
}

export function createViewReduction(formOf: (view: Json) => ViewForm): ViewReduction {
	const numbers = new Map<string, number>();
	const texts: (string | null)[] = [];
	const rows: {
		index: number;
		replica: number;
		time: number;
		view: number;
		delivered: number;
		final: number;
	}[] = [];
	let bytesHeld = 0;

	function numberOf(view: Json, final: boolean): number {
		const form = formOf(view);
		const key =
			form.key.length <= HASH_ABOVE_LENGTH
				? form.key
				: createHash("sha256").update(form.key).digest("base64");
		const known = numbers.get(key);
		if (known !== undefined && (texts[known] !== null || !final)) return known;
		const fits = final || bytesHeld + form.key.length <= MAX_VIEW_BYTES_IN_MEMORY;
		if (fits) bytesHeld += form.key.length;
		if (known !== undefined) {
			texts[known] = form.text();
			return known;
		}
		numbers.set(key, texts.length);
		return texts.push(fits ? form.text() : null) - 1;
	}

	return {
		take({ view, final, ...row }) {
			rows.push({ ...row, view: numberOf(view, final), final: final ? 1 : 0 });
		},
		finish(important) {
			rows.sort((a, b) => a.time - b.time || a.index - b.index);
			const kept = chooseKept(rows, texts, important);
			return {
				observations: {
					index: rows.map((row) => row.index),
					replica: rows.map((row) => row.replica),
					time: rows.map((row) => row.time),
					view: rows.map((row) => row.view),
					delivered: rows.map((row) => row.delivered),
					final: rows.map((row) => row.final),
				},
				texts: texts.map((text, number) => (kept.has(number) ? text : null)),
			};
		},
	};
}

function chooseKept(
	rows: readonly { index: number; view: number; final: number }[],
	texts: readonly (string | null)[],
	important: ReadonlySet<number>,
): Set<number> {
	const kept = new Set<number>();
	let budget = MAX_VIEW_BYTES_IN_PAGE;
	const keep = (view: number): void => {
		const text = texts[view];
		if (text === undefined || text === null || kept.has(view) || text.length > budget) return;
		kept.add(view);
		budget -= text.length;
	};
	for (const row of rows) if (row.final === 1 || important.has(row.index)) keep(row.view);
	// Every 64th row first, then every 32nd, …: an even sample however early the budget ends.
	for (let step = 64; step >= 1; step = Math.floor(step / 2)) {
		for (let number = 0; number < rows.length; number += step) keep(rows[number]?.view ?? -1);
	}
	return kept;
}
