/** Bytes in, lines out, bounded: what a node prints without a line's end must not fill the memory. Pure. */

/** As long as the longest message that the links carry. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

const NEWLINE = 0x0a;

export interface LineReader {
	/** @returns the lines that are complete now, without their ends; blank ones are left out */
	push(chunk: Buffer): string[];
}

/** @param onTooLong called once for every line that was longer than `maxBytes`, and is left out */
export function createLineReader(onTooLong: () => void, maxBytes = MAX_LINE_BYTES): LineReader {
	let chunks: Buffer[] = [];
	let sizeBytes = 0;
	let skipping = false;
	function take(part: Buffer): void {
		if (skipping) return;
		sizeBytes += part.length;
		if (sizeBytes <= maxBytes) {
			chunks.push(part);
			return;
		}
		skipping = true;
		chunks = [];
		onTooLong();
	}
	function finish(): string {
		const line = skipping ? "" : Buffer.concat(chunks).toString("utf8").trim();
		chunks = [];
		sizeBytes = 0;
		skipping = false;
		return line;
	}
	return {
		push(chunk) {
			const lines: string[] = [];
			let start = 0;
			for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
				take(chunk.subarray(start, end));
				const line = finish();
				if (line !== "") lines.push(line);
				start = end + 1;
			}
			if (start < chunk.length) take(chunk.subarray(start));
			return lines;
		},
	};
}
