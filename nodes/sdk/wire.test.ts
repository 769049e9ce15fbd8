import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameReader, encodeFrame, type Frame, MAX_FRAME_BYTES, WireError } from "./wire.ts";

const frames: Frame[] = [
	{ kind: "hello", from: "r1", incarnation: 2, lane: 1 },
	{ kind: "welcome", incarnation: 0 },
	{
		kind: "message",
		sequence: 7,
		lowest: 3,
		sentAt: 1.5,
		label: "update r1:7",
		body: new Uint8Array([1, 2, 3]),
	},
	{ kind: "message", sequence: 8, lowest: 8, sentAt: 2, label: null, body: new Uint8Array(2_000) },
	{ kind: "ack", sequence: 7 },
];

describe("frames", () => {
	it("come out as they went in, however the stream is cut (seed 3)", () => {
		const stream = Buffer.concat(frames.map(encodeFrame));
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 30 }), (drawn) => {
				const cuts = [0, ...drawn.sort((a, b) => a - b), stream.length];
				const reader = createFrameReader();
				const read: Frame[] = [];
				for (let i = 1; i < cuts.length; i += 1) {
					read.push(...reader.push(stream.subarray(cuts[i - 1], cuts[i])));
				}
				expect(read).toEqual(frames);
			}),
			{ seed: 3, numRuns: 200 },
		);
	});

	it("are refused when a byte is wrong or missing in mid-stream", () => {
		const stream = Buffer.concat(frames.map(encodeFrame));
		for (let at = 0; at < 100; at += 1) {
			const changed = Buffer.from(stream);
			changed[at] = (changed[at] ?? 0) ^ 0x10;
			expect(outcome(changed)).not.toEqual(frames);
			expect(outcome(Buffer.concat([stream.subarray(0, at), stream.subarray(at + 1)]))).not.toEqual(frames);
		}
	});

	it("are refused when they are too large, of no kind, or no MessagePack", () => {
		const header = Buffer.alloc(8);
		header.writeUInt32BE(MAX_FRAME_BYTES + 1, 0);
		expect(() => createFrameReader().push(header)).toThrow(WireError);
		expect(() => createFrameReader().push(Buffer.from("GET / HTTP/1.1\r\n\r\n"))).toThrow(WireError);
		const strange = { kind: "ack", sequence: -1 } as Frame;
		expect(() => createFrameReader().push(encodeFrame(strange))).toThrow(WireError);
		const body = new Uint8Array(MAX_FRAME_BYTES + 1);
		expect(() =>
			encodeFrame({ kind: "message", sequence: 1, lowest: 1, sentAt: 0, label: null, body }),
		).toThrow(/MAX_FRAME_BYTES/);
	});
});

/** Frames, or the error's name; an incomplete frame at the end is simply not there. */
function outcome(stream: Uint8Array): unknown {
	try {
		return createFrameReader().push(stream);
	} catch (error) {
		if (!(error instanceof WireError)) throw error;
		return "WireError";
	}
}
