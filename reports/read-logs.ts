/** The ends of `logs/*.log`: what a replica last said is what explains it. Colours of a terminal are removed. */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { PageLog } from "./page-model.ts";
import { withoutAnsi } from "./visible.ts";

export const MAX_LOG_TAIL_BYTES = 64 * 1024;
const MAX_LOGS = 64;

/** @returns one entry a file, by name; none where there is no such folder */
export async function readLogs(folder: string): Promise<PageLog[]> {
	let names: string[];
	try {
		names = await readdir(folder);
	} catch {
		return [];
	}
	const logs = names.filter((name) => name.endsWith(".log")).sort();
	return Promise.all(logs.slice(0, MAX_LOGS).map((name) => readTail(join(folder, name), name)));
}

async function readTail(path: string, name: string): Promise<PageLog> {
	const title = name.replace(/\.log$/, "");
	try {
		await using file = await open(path, "r");
		const { size } = await file.stat();
		const start = Math.max(0, size - MAX_LOG_TAIL_BYTES);
		const buffer = Buffer.alloc(size - start);
		const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
		const text = withoutAnsi(buffer.toString("utf8", 0, bytesRead));
		return { name: title, text: start > 0 ? afterFirstLine(text) : text, droppedBytes: start };
	} catch (error) {
		return { name: title, text: `could not be read: ${(error as Error).message}`, droppedBytes: 0 };
	}
}

/** The first line of a tail is half a line. */
function afterFirstLine(text: string): string {
	const feed = text.indexOf("\n");
	return feed === -1 ? text : text.slice(feed + 1);
}
