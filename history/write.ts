/**
 * Records a run: `openHistory` writes the header, `append` numbers and writes each event. The file is readable at
 * every moment, whatever becomes of this process. It reads no clock: every event brings its time.
 *
 *     await using history = await openHistory(join(folder, "history.jsonl"), header);
 *     history.append({ time: 0, event: "phase", phase: "workload" });
 */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { HistoryHeader, UnrecordedEvent } from "./events.ts";
import { LineFile } from "./line-file.ts";

export interface HistoryWriter extends AsyncDisposable {
	readonly path: string;
	/**
	 * Buffered: it is in the file after 50 ms at the latest.
	 * @returns the event's index
	 * @throws when the history is closed or an earlier write failed
	 */
	append(event: UnrecordedEvent): number;
	/** Resolves when all that was appended is on the disk. */
	sync(): Promise<void>;
	/** May be called twice. */
	close(): Promise<void>;
}

/**
 * Makes the file's folder where it is missing.
 * @throws when the file exists
 */
export async function openHistory(path: string, header: HistoryHeader): Promise<HistoryWriter> {
	await mkdir(dirname(path), { recursive: true });
	const file = new LineFile(path);
	file.append(JSON.stringify(header));
	// At once and in one write: a history without its first line can't be read at all.
	file.flush();
	let next = 0;
	return {
		path,
		append(event) {
			const index = next;
			file.append(JSON.stringify({ index, ...event }));
			next += 1;
			return index;
		},
		sync: () => file.sync(),
		close: () => file.close(),
		[Symbol.asyncDispose]: () => file.close(),
	};
}
