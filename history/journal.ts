/**
 * The journal beside a history: one message between replicas a line (`journal.jsonl`), as its receiver saw it. It
 * feeds the space-time diagram and the counts of overtaken and duplicated messages; no verdict depends on it.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { MessageRecord } from "./events.ts";
import { LineFile } from "./line-file.ts";
import { readLines } from "./lines.ts";
import { type JsonObject, parseLine } from "./parse-line.ts";

export interface JournalWriter extends AsyncDisposable {
	readonly path: string;
	/** Buffered: it is in the file after 50 ms at the latest. */
	append(record: MessageRecord): void;
	/** May be called twice. */
	close(): Promise<void>;
}

/**
 * Makes the file's folder where it is missing.
 * @throws when the file exists
 */
export async function openJournal(path: string): Promise<JournalWriter> {
	await mkdir(dirname(path), { recursive: true });
	const file = new LineFile(path);
	return {
		path,
		append: (record) => file.append(JSON.stringify(record)),
		close: () => file.close(),
		[Symbol.asyncDispose]: () => file.close(),
	};
}

/**
 * Streams the records; a torn last line is dropped.
 * @returns nothing where there is no such file
 * @throws with file and line number on any other bad line
 */
export async function* readJournal(path: string): AsyncGenerator<MessageRecord, void, void> {
	if (!existsSync(path)) return;
	const file = basename(path);
	for await (const lines of readLines(path, file)) {
		for (const line of lines) {
			const object = parseLine(line, file);
			if (object !== null) yield validRecord(object, `${file}:${line.number}`);
		}
	}
}

const FIELDS: Record<keyof Omit<MessageRecord, "event">, "string" | "number" | "boolean"> = {
	from: "string",
	to: "string",
	sequence: "number",
	lane: "number",
	sentAt: "number",
	receivedAt: "number",
	overtaken: "boolean",
	duplicate: "boolean",
	label: "string",
};

function validRecord(object: JsonObject, place: string): MessageRecord {
	if (object["event"] !== "message") {
		throw new Error(`${place}: event: expected "message", found ${JSON.stringify(object["event"])}`);
	}
	for (const [field, type] of Object.entries(FIELDS)) {
		// oxlint-disable-next-line valid-typeof -- the words of the table above are those of typeof
		if (typeof object[field] !== type) {
			throw new Error(`${place}: ${field}: expected a ${type}, found ${JSON.stringify(object[field])}`);
		}
	}
	return object as unknown as MessageRecord;
}
