/**
 * Events of a history that was read already, by their index and in any order: for who can't keep them all. Synchronous, so that
 * what asks for one needn't know whether it was kept.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import type { HistoryEvent } from "./events.ts";
import { parseLine } from "./parse-line.ts";

const LINES_BEFORE_EVENTS = 2;

export interface Reopened {
	/** @throws where the file has changed since, or the event was not read before */
	event(index: number): HistoryEvent;
	close(): void;
}

/** @param offsets where the line of each event begins, in bytes */
export function reopenHistory(path: string, offsets: readonly number[]): Reopened {
	const descriptor = openSync(path, "r");
	const file = basename(path);
	return {
		event(index) {
			const start = offsets[index];
			if (start === undefined) throw new Error(`${file}: event ${index} was not read before`);
			const bytes = readBytes(descriptor, start, offsets[index + 1] ?? fstatSync(descriptor).size);
			const line = { number: index + LINES_BEFORE_EVENTS, text: bytes.toString("utf8"), ended: true };
			const event = parseLine(line, file);
			if (event?.["index"] !== index) {
				throw new Error(`${file}:${line.number}: the file has changed: event ${index} isn't there any more`);
			}
			return event as unknown as HistoryEvent;
		},
		close: () => closeSync(descriptor),
	};
}

function readBytes(descriptor: number, start: number, end: number): Buffer {
	const bytes = Buffer.allocUnsafe(end - start);
	let filled = 0;
	while (filled < bytes.length) {
		const read = readSync(descriptor, bytes, filled, bytes.length - filled, start + filled);
		if (read === 0) break;
		filled += read;
	}
	return bytes.subarray(0, filled);
}
