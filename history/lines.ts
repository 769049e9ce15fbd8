/**
 * Reads a file line by line with bounded memory: one line and one block at a time. It leaves out on purpose what a
 * line means; see `parse-line.ts`.
 */
import { createReadStream } from "node:fs";
import { MAX_LINE_BYTES } from "./line-file.ts";

const BLOCK_BYTES = 256 * 1024;
const NEWLINE = 10;

export interface Line {
	/** From 1. */
	number: number;
	text: string;
	/** False for a last line that no line feed ends: it may be torn. */
	ended: boolean;
}

/** @throws on a line of more than `MAX_LINE_BYTES`, and where the file can't be read */
export async function* readLines(path: string, file = path): AsyncGenerator<Line[], void, void> {
	const unfinished: Buffer[] = [];
	let unfinishedBytes = 0;
	let number = 0;
	for await (const chunk of createReadStream(path, { highWaterMark: BLOCK_BYTES })) {
		const block = chunk as Buffer;
		const lines: Line[] = [];
		let start = 0;
		for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
			unfinished.push(block.subarray(start, end));
			const bytes = unfinished.length === 1 ? (unfinished[0] as Buffer) : Buffer.concat(unfinished);
			number += 1;
			lines.push({ number, text: bytes.toString("utf8"), ended: true });
			unfinished.length = 0;
			unfinishedBytes = 0;
			start = end + 1;
		}
		if (start < block.length) {
			unfinished.push(block.subarray(start));
			unfinishedBytes += block.length - start;
		}
		if (unfinishedBytes > MAX_LINE_BYTES) {
			throw new Error(`${file}:${number + 1}: a line may have ${MAX_LINE_BYTES} bytes, this one is longer`);
		}
		if (lines.length > 0) yield lines;
	}
	if (unfinishedBytes > 0) {
		yield [{ number: number + 1, text: Buffer.concat(unfinished).toString("utf8"), ended: false }];
	}
}

/** The same of a text in memory. */
export function splitLines(text: string): Line[] {
	const parts = text.split("\n");
	const last = parts.pop() ?? "";
	const lines = parts.map((part, index) => ({ number: index + 1, text: part, ended: true }));
	if (last !== "") lines.push({ number: lines.length + 1, text: last, ended: false });
	return lines;
}
