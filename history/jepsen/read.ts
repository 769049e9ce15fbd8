/**
 * Reads what Jepsen or Maelstrom recorded: `history.edn`, or the same as JSON, in any layout. Two passes: the first learns what the
 * second must know (`survey.ts`); memory stays bounded, except that a history of many keys (`jepsen.independent`) is
 * held to be taken apart. Only the workloads of `workload.ts`; no transactions.
 *
 *     const [{ history }] = await readJepsenHistory("store/latest/history.edn", { notation: "edn", type: null });
 */
import { basename } from "node:path";
import type { HistoryEvent, HistoryHeader, Json, UnrecordedEvent } from "../events.ts";
import type { StreamedHistory } from "../read.ts";
import { Converter } from "./convert.ts";
import { readForms } from "./forms.ts";
import { type Notation, readFields } from "./notation.ts";
import { isNemesis, type JepsenOperation, type Nemesis, readOperation } from "./operation.ts";
import { type Survey, Surveyor, surveyWarnings } from "./survey.ts";
import { Contents, type Meaning } from "./workload.ts";

export interface JepsenPart {
	/** Of `jepsen.independent`, as JSON; null: the history has no keys. */
	key: string | null;
	history: Pick<StreamedHistory, "header" | "events" | "warnings">;
}

interface Source {
	path: string;
	file: string;
	notation: Notation;
	/** Set at the end of a pass. */
	torn: string | null;
}

/**
 * @returns one part, or one for each key: each is judged by itself, as Jepsen does
 * @throws with file and line where it isn't such a history, and with the next step where its workload can't be told
 */
export async function readJepsenHistory(
	path: string,
	options: { notation: Notation; type: string | null },
): Promise<JepsenPart[]> {
	const source: Source = { path, file: basename(path), notation: options.notation, torn: null };
	const contents = new Contents();
	const surveyor = new Surveyor();
	let any = false;
	for await (const operation of operationsOf(source)) {
		any = true;
		if (isNemesis(operation)) continue;
		contents.add(operation);
		surveyor.add(operation);
	}
	if (!any) {
		throw new Error(
			`${source.file}:1: expected operations such as {:type :invoke, :process 0, :f :add, :value 1}, found an empty file`,
		);
	}
	const meaning = contents.meaning(options.type, source.file);
	if (contents.keyed) return byKey(source, meaning);
	const survey = surveyor.result();
	const warnings = warningsOf(source, survey);
	const history = {
		header: headerOf(source, meaning, survey),
		events: convertAll(source, survey, meaning),
		warnings,
	};
	return [{ key: null, history }];
}

async function* operationsOf(source: Source): AsyncGenerator<JepsenOperation | Nemesis, void, void> {
	const blocks = readForms(source.path, source.file);
	for (;;) {
		const block = await blocks.next();
		if (block.done === true) {
			source.torn = block.value;
			return;
		}
		for (const form of block.value) {
			const fields = readFields(form, source.notation, source.file);
			if (fields !== null) yield readOperation(fields, form.line, source.file);
		}
	}
}

async function* convertAll(
	source: Source,
	survey: Survey,
	{ workload }: Meaning,
): AsyncGenerator<HistoryEvent, void, void> {
	const converter = new Converter(survey, workload, source.file);
	let index = 0;
	for await (const operation of operationsOf(source)) {
		for (const event of converter.convert(operation)) yield numbered(event, index++);
	}
	for (const event of converter.end(source.torn !== null)) yield numbered(event, index++);
}

async function byKey(source: Source, meaning: Meaning): Promise<JepsenPart[]> {
	const byKeys = new Map<string, JepsenOperation[]>();
	for await (const operation of operationsOf(source)) {
		if (isNemesis(operation)) continue;
		const [key, value] = pairOf(operation, source.file);
		const name = JSON.stringify(key);
		const operations = byKeys.get(name) ?? [];
		byKeys.set(name, operations);
		operations.push({ ...operation, value });
	}
	return [...byKeys].map(([key, operations]) => ({ key, history: ofOneKey(source, meaning, operations) }));
}

function ofOneKey(source: Source, meaning: Meaning, operations: JepsenOperation[]): JepsenPart["history"] {
	const surveyor = new Surveyor();
	for (const operation of operations) surveyor.add(operation);
	const survey = surveyor.result();
	async function* events(): AsyncGenerator<HistoryEvent, void, void> {
		const converter = new Converter(survey, meaning.workload, source.file);
		const all = operations.flatMap((operation) => converter.convert(operation));
		yield* [...all, ...converter.end(source.torn !== null)].map(numbered);
	}
	return {
		header: headerOf(source, meaning, survey),
		events: events(),
		warnings: warningsOf(source, survey),
	};
}

function pairOf({ value, line }: JepsenOperation, file: string): [key: Json, value: Json] {
	if (Array.isArray(value) && value.length === 2) return value as [Json, Json];
	throw new Error(
		`${file}:${line}: :value: expected [key value], as every other read has it, found ${JSON.stringify(value)}`,
	);
}

function warningsOf({ torn }: Source, survey: Survey): string[] {
	return [...(torn === null ? [] : [torn]), ...surveyWarnings(survey)];
}

function headerOf({ file }: Source, { type }: Meaning, { replicas }: Survey): HistoryHeader {
	return {
		pakka: 1,
		scenario: file,
		seed: 0,
		type,
		replicas,
		runtime: "jepsen",
		startedAt: "1970-01-01T00:00:00.000Z",
	};
}

function numbered(event: UnrecordedEvent, index: number): HistoryEvent {
	return { index, ...event };
}
