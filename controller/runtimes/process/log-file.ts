/**
 * What a node prints, in a file of bounded size. Beyond the bound further output is read and dropped: a node that floods
 * its log must neither fill the disk nor block on a full pipe, which would make it another node.
 */
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";

export const MAX_LOG_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;
const TAIL_LINES = 10;

export interface LogFile {
	write: (chunk: Buffer) => void;
	/** Newest last. */
	lastLines(): string[];
	close(): Promise<void>;
}

/** @param onFlood called once, when the bound is reached */
export function openLog(path: string, onFlood: () => void): LogFile {
	const file = createWriteStream(path, { flags: "a" });
	// A full disk costs the log, not the run.
	file.on("error", () => undefined);
	let sizeBytes = 0;
	let flooded = false;
	let tail = Buffer.alloc(0);
	return {
		write(chunk) {
			tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
			if (flooded) return;
			sizeBytes += chunk.length;
			file.write(chunk);
			if (sizeBytes < MAX_LOG_BYTES) return;
			flooded = true;
			file.write(`\n[pakka] more than ${MAX_LOG_BYTES} bytes: what follows is left out\n`);
			onFlood();
		},
		lastLines: () =>
			tail
				.toString("utf8")
				.split("\n")
				.filter((line) => line.trim() !== "")
				.slice(-TAIL_LINES),
		async close() {
			file.end();
			await finished(file).catch(() => undefined);
		},
	};
}
