/** Opens a history whoever recorded it. */
import { readHistory, type StreamedHistory } from "../read.ts";
import { detectRecorder } from "./detect.ts";
import { type JepsenPart, readJepsenHistory } from "./read.ts";

export type Opened =
	| { by: "pakka"; history: StreamedHistory }
	/** One part, or one for each key. */
	| { by: "jepsen"; parts: JepsenPart[] };

/**
 * @param type of a history of Jepsen's: a workload or a type; null: what its operations tell
 * @throws with file and line where it is no history that can be read
 */
export async function openAnyHistory(path: string, type: string | null): Promise<Opened> {
	const recorder = await detectRecorder(path);
	if (recorder.by === "pakka") return { by: "pakka", history: await readHistory(path) };
	return { by: "jepsen", parts: await readJepsenHistory(path, { notation: recorder.notation, type }) };
}
