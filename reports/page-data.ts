/**
 * A run's folder, reduced to what the page needs. Whatever is absent or damaged becomes a sentence in `problems`,
 * never an error: a page about half a run is better than none.
 */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PROPERTIES } from "../checker/properties/index.ts";
import type { Evidence } from "../checker/verdict.ts";
import type { HistoryHeader, Json, MessageRecord } from "../history/events.ts";
import { readJournal } from "../history/journal.ts";
import { readHistory } from "../history/read.ts";
import type { PageModel } from "./page-model.ts";
import { readLogs } from "./read-logs.ts";
import { createHistoryReduction, type HistoryReduction } from "./reduce-history.ts";
import { createMessageReduction, MAX_MESSAGES_IN_PAGE } from "./reduce-messages.ts";
import { readResult } from "./result.ts";
import type { RunResult } from "./run-result.ts";
import { createStringTable, type StringTable } from "./string-table.ts";
import { type ViewForm, viewFormOf } from "./view-key.ts";

const MAX_EVIDENCE_JSON_LENGTH = 1_000_000;
const MAX_SCENARIO_JSON_LENGTH = 1_000_000;

/** @param folder of one run (contracts section 2) */
export async function pageData(folder: string): Promise<PageModel> {
	const problems: string[] = [];
	const result = await attempt(
		readResult(folder),
		problems,
		"There is no readable result.json, so nothing was judged",
	);
	const table = createStringTable();
	const history = await readEvents(folder, importantEvents(result), table, problems);
	const messages = createMessageReduction(history.header.replicas, table);
	await attempt(
		takeJournal(folder, (record) => messages.take(record)),
		problems,
		"The journal of messages is damaged",
	);
	const { messages: columns, counts } = messages.finish();
	if (counts.messages > MAX_MESSAGES_IN_PAGE) {
		problems.push(
			`Of ${counts.messages} messages in the journal, the first ${MAX_MESSAGES_IN_PAGE} are on this page.`,
		);
	}
	const part = history.reduction.finish();
	if (part.end === null) {
		problems.push("The recording has no end: the run was cut off, so nothing can pass.");
	}
	if (!part.observations.final.includes(1)) problems.push("There are no final states to compare.");
	return {
		run: runOf(history.header, result),
		result: result === null ? null : bounded(result, history.header.type),
		statements: statementsOf(result),
		problems,
		...part,
		lastTime: columns.received.reduce((last, time) => Math.max(last, time), part.lastTime),
		strings: table.strings,
		messages: columns,
		counts: { events: history.reduction.events, ...counts },
		scenario: await readScenario(folder, problems),
		logs: await readLogs(join(folder, "logs")),
	};
}

async function readEvents(
	folder: string,
	important: ReadonlySet<number>,
	table: StringTable,
	problems: string[],
): Promise<{ header: HistoryHeader; reduction: HistoryReduction }> {
	let header = emptyHeader(folder);
	let reduction: HistoryReduction | null = null;
	try {
		const history = await readHistory(join(folder, "history.jsonl"));
		header = history.header;
		reduction = createHistoryReduction(header, important, table);
		for await (const event of history.events) reduction.take(event);
		problems.push(...history.warnings);
	} catch (error) {
		const extent = reduction === null ? "can't be read" : `can be read up to event ${reduction.events} only`;
		problems.push(`The history ${extent} (${plainReason(error)}).`);
	}
	return { header, reduction: reduction ?? createHistoryReduction(header, important, table) };
}

async function takeJournal(folder: string, take: (record: MessageRecord) => void): Promise<void> {
	for await (const record of readJournal(join(folder, "journal.jsonl"))) take(record);
}

async function readScenario(folder: string, problems: string[]): Promise<Json | null> {
	let text: string;
	try {
		text = await readFile(join(folder, "scenario.json"), "utf8");
		if (text.length <= MAX_SCENARIO_JSON_LENGTH) return JSON.parse(text) as Json;
		problems.push(`scenario.json has ${text.length} characters and is left out here.`);
	} catch (error) {
		problems.push(`There is no readable scenario.json (${plainReason(error)}).`);
	}
	return null;
}

async function attempt<Value>(work: Promise<Value>, problems: string[], what: string): Promise<Value | null> {
	try {
		return await work;
	} catch (error) {
		problems.push(`${what} (${plainReason(error)}).`);
		return null;
	}
}

function plainReason(error: unknown): string {
	const { code, message } = error as NodeJS.ErrnoException;
	return code === "ENOENT" ? "the file is missing" : message;
}

function importantEvents(result: RunResult | null): Set<number> {
	return new Set(
		(result?.properties ?? []).flatMap((property) => {
			const events = property.evidence?.events;
			return Array.isArray(events) ? events : [];
		}),
	);
}

function runOf(header: HistoryHeader, result: RunResult | null): PageModel["run"] {
	const { scenario, type, replicas, runtime, startedAt } = header;
	return {
		scenario: result?.scenario ?? scenario,
		seed: result?.seed ?? (Number.isNaN(header.seed) ? null : header.seed),
		type,
		replicas,
		runtime: result?.runtime ?? runtime,
		startedAt: result?.startedAt ?? startedAt,
	};
}

function emptyHeader(folder: string): HistoryHeader {
	return {
		pakka: 1,
		scenario: basename(folder),
		seed: Number.NaN,
		type: null,
		replicas: [],
		runtime: "unknown",
		startedAt: "",
	};
}

/** Evidence may hold whole views: one that is too large for a page is named instead. */
function bounded(result: RunResult, type: string | null): RunResult {
	const formOf = viewFormOf(type);
	return {
		...result,
		properties: result.properties.map((property) => ({
			...property,
			evidence: boundedEvidence(inOrder(property.evidence ?? {}, formOf)),
		})),
	};
}

/** Sets in one order, so that comparing two views shows what differs and not how they were stored. */
function inOrder(evidence: Evidence, formOf: (view: Json) => ViewForm): Evidence {
	const shown = (view: Json): Json => JSON.parse(formOf(view).text()) as Json;
	const { views, expected, found } = evidence;
	return {
		...evidence,
		...(views === undefined
			? {}
			: { views: Object.fromEntries(Object.entries(views).map(([name, view]) => [name, shown(view)])) }),
		...(expected === undefined ? {} : { expected: shown(expected) }),
		...(found === undefined ? {} : { found: shown(found) }),
	};
}

function statementsOf(result: RunResult | null): Record<string, string> {
	const declared = PROPERTIES.map(({ name, statement }) => [name, statement]);
	const own = (result?.properties ?? []).flatMap(({ name }) => {
		if (name.startsWith("invariant:"))
			return [[name, "The scenario's own invariant holds in every view that was seen."]];
		if (name.startsWith("threshold:"))
			return [[name, "The measured number is within the scenario's bounds."]];
		return [];
	});
	return Object.fromEntries([...declared, ...own]) as Record<string, string>;
}

function boundedEvidence(evidence: Evidence): Evidence {
	const size = JSON.stringify(evidence).length;
	if (size <= MAX_EVIDENCE_JSON_LENGTH) return evidence;
	const { replicas, time, path, examined, events, explanation } = evidence;
	const kept = { replicas, time, path, examined, explanation, events: events?.slice(0, 100) };
	return {
		...(JSON.parse(JSON.stringify(kept)) as Evidence),
		leftOut: `${size} characters of evidence are in result.json only`,
	};
}
