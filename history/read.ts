/**
 * Reads a recorded run, whoever recorded it: the header at once, the events as a stream with bounded memory. A torn
 * last line is dropped with a warning; any other bad line is an error with its number. What is missing beyond the
 * contract's fields stays missing: consumers do without.
 *
 *     const history = await readHistory("runs/latest/history.jsonl");
 *     for await (const event of history.events) …
 */
import { basename } from "node:path";
import type { HistoryEvent, HistoryHeader } from "./events.ts";
import { type Line, readLines, splitLines } from "./lines.ts";
import { type JsonObject, parseLine, tornWarning } from "./parse-line.ts";
import { type Reopened, reopenHistory } from "./reopen.ts";
import { EventValidator } from "./validate.ts";
import { validHeader } from "./validate-header.ts";

export interface StreamedHistory {
	header: HistoryHeader;
	/** Can be iterated once. Throws at the first bad line, with file and line number. */
	events: AsyncIterable<HistoryEvent>;
	/** The same, many at a time, for who has a million to go through: either of the two can be iterated, once. */
	blocks: AsyncIterable<Iterable<HistoryEvent>>;
	/** Grows while the events are read. */
	warnings: string[];
	/** Opens the file once more, for events that were read already. */
	reopen(): Reopened;
}

export interface ParsedHistory {
	header: HistoryHeader;
	events: HistoryEvent[];
	warnings: string[];
}

/** @throws where the file can't be read or its first line is no header */
export async function readHistory(path: string): Promise<StreamedHistory> {
	const file = basename(path);
	const blocks = readLines(path, file);
	const first = await blocks.next();
	const firstLines = first.done === true ? [] : first.value;
	const warnings: string[] = [];
	let header: HistoryHeader;
	try {
		header = headerOf(firstLines[0], file);
	} catch (error) {
		await blocks.return();
		throw error;
	}
	const validator = new EventValidator(header);
	const offsets: number[] = [];
	async function* validated(): AsyncGenerator<Iterable<HistoryEvent>, void, void> {
		yield validate(noting(firstLines.slice(1), offsets), file, validator, warnings);
		for await (const lines of blocks) yield validate(noting(lines, offsets), file, validator, warnings);
	}
	const eventBlocks = validated();
	async function* events(): AsyncGenerator<HistoryEvent, void, void> {
		for await (const block of eventBlocks) yield* block;
	}
	return {
		header,
		events: events(),
		blocks: eventBlocks,
		warnings,
		reopen: () => reopenHistory(path, offsets),
	};
}

/** Takes down where the lines begin, by event. */
function noting(lines: Line[], offsets: number[]): Line[] {
	for (const { offset } of lines) offsets.push(offset);
	return lines;
}

/** The same of a text in memory. */
export function parseHistory(text: string, file = "history"): ParsedHistory {
	const lines = splitLines(text);
	const header = headerOf(lines[0], file);
	const warnings: string[] = [];
	return {
		header,
		events: [...validate(lines.slice(1), file, new EventValidator(header), warnings)],
		warnings,
	};
}

function headerOf(line: Line | undefined, file: string): HistoryHeader {
	const object = line === undefined ? null : parseLine(line, file);
	if (object === null) {
		throw new Error(
			`${file}:1: expected the header {"pakka":1,…}, found ${line === undefined ? "an empty file" : "a torn line"}: ` +
				"the recording was cut off before it began",
		);
	}
	return validHeader(object, `${file}:1`);
}

function* validate(
	lines: Line[],
	file: string,
	validator: EventValidator,
	warnings: string[],
): Generator<HistoryEvent, void, void> {
	for (const line of lines) {
		const object = parseLine(line, file);
		if (object === null) warnings.push(tornWarning(line, file));
		else yield eventOf(object, line, file, validator);
	}
}

/** The place is put into words only where it is needed: there are a million events. */
function eventOf(
	object: JsonObject,
	{ number }: Line,
	file: string,
	validator: EventValidator,
): HistoryEvent {
	try {
		return validator.event(object);
	} catch (error) {
		throw new Error(`${file}:${number}: ${(error as Error).message}`, { cause: error });
	}
}
