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
	/** Where it begins in the file, in bytes. */
	offset: number;
}

/** @throws on a line of more than `MAX_LINE_BYTES`, and where the file can't be read */
export async function* readLines(path: string, file = path): AsyncGenerator<Line[], void, void> {
	const unfinished: Buffer[] = [];
	let unfinishedBytes = 0;
	let [number, offset] = [0, 0];
	for await (const chunk of createReadStream(path, { highWaterMark: BLOCK_BYTES })) {
		const block = chunk as Buffer;
		const last = block.lastIndexOf(NEWLINE);
		if (last !== -1) {
			const bytes = Buffer.concat([...unfinished, block.subarray(0, last)]);
			const lines = linesOf(bytes, number, offset);
			unfinished.length = 0;
			unfinishedBytes = 0;
			number += lines.length;
			offset += bytes.length + 1;
			yield lines;
		}
		unfinished.push(block.subarray(last + 1));
		unfinishedBytes += block.length - last - 1;
		if (unfinishedBytes > MAX_LINE_BYTES) {
			throw new Error(`${file}:${number + 1}: a line may have ${MAX_LINE_BYTES} bytes, this one is longer`);
		}
	}
	if (unfinishedBytes > 0) {
		const text = Buffer.concat(unfinished).toString("utf8");
		yield [{ number: number + 1, text, ended: false, offset }];
	}
}

/** Decoded at once and cut afterwards, which costs half of decoding each line. */
function linesOf(bytes: Buffer, linesBefore: number, bytesBefore: number): Line[] {
	const text = bytes.toString("utf8");
	// Where no character takes more than one byte, a line is as long in bytes as it is in characters.
	const narrow = text.length === bytes.length;
	let offset = bytesBefore;
	return text.split("\n").map((line, index) => {
		const result = { number: linesBefore + index + 1, text: line, ended: true, offset };
		offset += (narrow ? line.length : Buffer.byteLength(line)) + 1;
		return result;
	});
}

/** The same of a text in memory. */
export function splitLines(text: string): Line[] {
	const lines = linesOf(Buffer.from(text), 0, 0);
	const last = lines.at(-1) as Line;
	if (last.text === "") lines.pop();
	else last.ended = false;
	return lines;
}
