/** Whose history a file is, by its name and by how it begins. */
import { open } from "node:fs/promises";
import type { Notation } from "./notation.ts";

const BEGINNING_BYTES = 64 * 1024;

export type Recorder = { by: "pakka" } | { by: "jepsen"; notation: Notation };

/**
 * What looks like neither is taken for ours, whose reader says what is wrong.
 * @throws for Jepsen's binary file, with what to give instead
 */
export async function detectRecorder(path: string): Promise<Recorder> {
	const text = (await beginningOf(path)).replace(/^(\ufeff|\s|,|;[^\n]*(\n|$))+/, "");
	if (text.startsWith("JEPSEN")) {
		throw new Error("this is Jepsen's binary test file; give the history.edn that stands beside it");
	}
	if (path.endsWith(".edn")) return { by: "jepsen", notation: "edn" };
	if (/^[[(]?\s*(\{\s*:|#|\{\s*\})/.test(text)) return { by: "jepsen", notation: "edn" };
	const [firstLine = ""] = text.split("\n", 1);
	if (/"pakka"\s*:/.test(firstLine)) return { by: "pakka" };
	if (
		/^\[\s*(\{|\])/.test(text) ||
		/^\{[^{}]*"(type|process)"\s*:\s*("(:?(invoke|ok|fail|info|nemesis))"|\d)/.test(text)
	) {
		return { by: "jepsen", notation: "json" };
	}
	return { by: "pakka" };
}

async function beginningOf(path: string): Promise<string> {
	const file = await open(path);
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0, BEGINNING_BYTES, 0);
		return buffer.toString("utf8", 0, bytesRead);
	} finally {
		await file.close();
	}
}
