/**
 * Delays each chunk by `latency` ± `jitter` milliseconds from its arrival; order is kept, and the end of the stream
 * waits behind what is held. An update works out anew when the held chunks are due.
 */
import type { Chunk, ToxicKind } from "./toxic.ts";

/** As many as the real server holds: some 35 MB of bulk, 1,024 small messages. */
const HELD_CHUNKS = 1024;

export const latency: ToxicKind = {
	type: "latency",
	goName: "LatencyToxic",
	attributes: [
		{ name: "latency", goType: "int64" },
		{ name: "jitter", goType: "int64" },
	],
	inboxChunks: HELD_CHUNKS,
	closesOnRemoval: false,
	resetsOnClose: false,
	begin(stage, setting) {
		const latencyMs = setting("latency");
		const jitterMs = Math.max(0, setting("jitter"));
		let held: Chunk | null = null;
		const pass = (chunk: Chunk, dueMs: number): void => {
			held = null;
			stage.emit({ data: chunk.data, arrivedAtMs: dueMs });
		};
		return {
			onChunk(chunk) {
				const delayMs = latencyMs + (jitterMs > 0 ? (stage.random() * 2 - 1) * jitterMs : 0);
				const dueMs = chunk.arrivedAtMs + Math.max(0, delayMs);
				if (dueMs <= stage.now()) return pass(chunk, dueMs);
				held = chunk;
				stage.holdUntil(dueMs, () => pass(chunk, dueMs));
			},
			onEnd: () => stage.close(),
			interrupt() {
				if (held !== null) stage.putBack(held);
				held = null;
			},
		};
	},
};
