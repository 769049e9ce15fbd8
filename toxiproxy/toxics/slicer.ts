/**
 * Cuts chunks into pieces of about `average_size` ± `size_variation` bytes, `delay` microseconds apart. Sizes below 1
 * and variations beyond the average, which would crash the real server, are taken as the nearest sensible value.
 */
import type { Chunk, ToxicKind } from "./toxic.ts";

/** So that one-byte pieces of one connection don't starve the others. */
const PIECES_PER_TURN = 64;

export const slicer: ToxicKind = {
	type: "slicer",
	goName: "SlicerToxic",
	attributes: [
		{ name: "average_size", goType: "int" },
		{ name: "size_variation", goType: "int" },
		{ name: "delay", goType: "int" },
	],
	inboxChunks: 1,
	closesOnRemoval: false,
	resetsOnClose: false,
	begin(stage, setting) {
		const averageBytes = Math.max(1, setting("average_size"));
		const variationBytes = Math.min(averageBytes, Math.max(0, setting("size_variation")));
		const delayMs = Math.max(0, setting("delay")) / 1000;
		let rest: Chunk | null = null;

		/** Ends of the pieces of `from` … `to`, by halving: neither end of a chunk tends to longer pieces. */
		const cut = (from: number, to: number, ends: number[]): number[] => {
			if (to - from - averageBytes <= variationBytes) {
				ends.push(to);
				return ends;
			}
			const shift = variationBytes > 0 ? Math.floor((stage.random() * 2 - 1) * variationBytes) : 0;
			const middle = from + Math.floor((to - from) / 2) + shift;
			const inside = Math.min(to - 1, Math.max(from + 1, middle));
			return cut(inside, to, cut(from, inside, ends));
		};

		const send = (chunk: Chunk, ends: number[], first: number, dueMs: number): void => {
			let next = first;
			let nextDueMs = dueMs;
			while (next < ends.length && next - first < PIECES_PER_TURN && nextDueMs <= stage.now()) {
				stage.emit({ ...chunk, data: chunk.data.subarray(ends[next - 1] ?? 0, ends[next]) });
				next++;
				nextDueMs += delayMs;
			}
			rest = next < ends.length ? { ...chunk, data: chunk.data.subarray(ends[next - 1] ?? 0) } : null;
			if (rest !== null) stage.holdUntil(nextDueMs, () => send(chunk, ends, next, nextDueMs));
			else if (delayMs > 0) stage.holdUntil(nextDueMs, () => {});
		};

		return {
			onChunk: (chunk) => send(chunk, cut(0, chunk.data.length, []), 0, stage.now()),
			onEnd: () => stage.close(),
			interrupt() {
				if (rest !== null) stage.emit(rest);
				rest = null;
			},
		};
	},
};
