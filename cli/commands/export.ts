/** `pakka export`: a recorded history as Jepsen would have recorded it. */
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { HistoryEvent, HistoryHeader } from "../../history/events.ts";
import { openAnyHistory } from "../../history/jepsen/open.ts";
import { jepsenLines } from "../../history/jepsen/write.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { cleanText } from "../terminal-text.ts";

interface ExportOptions {
	format: "jepsen-edn" | "jepsen-json";
	/** Missing: standard output. */
	out?: string;
	type?: string;
}

type Exported = { header: HistoryHeader; events: AsyncIterable<HistoryEvent>; warnings: string[] };

export async function exportHistory(path: string, { format, out, type }: ExportOptions): Promise<number> {
	if (!((await stat(path).catch(() => null))?.isFile() ?? false)) {
		throw new UsageError(`${path} is not a file: give a history.jsonl, or a history.edn of Jepsen's`);
	}
	if (out !== undefined && (await stat(out).catch(() => null)) !== null) {
		throw new UsageError(`${out} exists already: give the name of a new file`);
	}
	const warn = (text: string) => process.stderr.write(`note: ${cleanText(text)}\n`);
	try {
		const history = await open(path, type ?? null);
		const lines = jepsenLines(history, format === "jepsen-edn" ? "edn" : "json", warn);
		if (out === undefined) await pipeline(Readable.from(lines), process.stdout, { end: false });
		else await pipeline(Readable.from(lines), createWriteStream(out, { flags: "wx" }));
		for (const warning of history.warnings) warn(warning);
	} catch (error) {
		if (error instanceof UsageError) throw error;
		// `pakka export … | head`: the reader has what it wanted.
		if ((error as NodeJS.ErrnoException).code === "EPIPE") return EXIT.met;
		throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
	}
	return EXIT.met;
}

async function open(path: string, type: string | null): Promise<Exported> {
	const opened = await openAnyHistory(path, type);
	if (opened.by === "pakka") return opened.history;
	const [part] = opened.parts;
	if (part === undefined || part.key !== null) {
		throw new UsageError(
			`${path} is of ${opened.parts.length} keys, each a history of its own: pakka check judges it as it is`,
		);
	}
	return part.history;
}
