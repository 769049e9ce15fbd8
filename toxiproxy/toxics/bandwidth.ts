/**
 * Lets `rate` kilobytes (1,000 bytes) a second through. Longer chunks are passed on in slices of 100 ms worth. A rate
 * of 0 stalls; so does a negative one, which would crash the real server. An update or removal flushes the chunk in hand.
 */
import type { Chunk, ToxicKind } from "./toxic.ts";

const SLICE_MS = 100;

export const bandwidth: ToxicKind = {
	type: "bandwidth",
	goName: "BandwidthToxic",
	attributes: [{ name: "rate", goType: "int64" }],
	inboxChunks: 1,
	closesOnRemoval: false,
	resetsOnClose: false,
	begin(stage, setting) {
		const bytesPerMs = setting("rate");
		const sliceBytes = bytesPerMs * SLICE_MS;
		let rest: Chunk | null = null;
		// Negative by how late the previous chunk left, so that late timers don't slow the stream down.
		let carryMs = 0;

		const send = (chunk: Chunk, startMs: number): void => {
			rest = chunk;
			if (chunk.data.length > sliceBytes) {
				const sliceDueMs = startMs + SLICE_MS;
				stage.holdUntil(sliceDueMs, () => {
					stage.emit({ ...chunk, data: chunk.data.subarray(0, sliceBytes) });
					send({ ...chunk, data: chunk.data.subarray(sliceBytes) }, sliceDueMs);
				});
				return;
			}
			const dueMs = startMs + chunk.data.length / bytesPerMs;
			stage.holdUntil(dueMs, () => {
				rest = null;
				carryMs = Math.max(-SLICE_MS, dueMs - stage.now());
				stage.emit(chunk);
			});
		};

		return {
			onChunk(chunk) {
				if (bytesPerMs > 0) return send(chunk, stage.now() + carryMs);
				rest = chunk;
				stage.holdUntil(Number.POSITIVE_INFINITY, () => {});
			},
			onEnd: () => stage.close(),
			interrupt() {
				if (rest !== null) stage.emit(rest);
				rest = null;
			},
		};
	},
};
