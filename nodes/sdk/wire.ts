/**
 * The frames of the SDK's peer protocol: `[length u32][crc32 u32][payload]`, the payload being a MessagePack
 * array that begins with the frame's kind. The checksum is there because a proxy between two nodes may lose bytes
 * in mid-stream: what follows must never be taken for a message.
 *
 * Pure: bytes in, frames out. Who sends which frame when is the business of `transport/`.
 */
import { crc32 } from "node:zlib";
import { decodePlain, encodePlain } from "./codec.ts";

export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const HEADER_BYTES = 8;

export type Frame =
	/** First frame of whoever connects. */
	| { kind: "hello"; from: string; incarnation: number; lane: number }
	/** Its answer. */
	| { kind: "welcome"; incarnation: number }
	| MessageFrame
	| { kind: "ack"; sequence: number };

export interface MessageFrame {
	kind: "message";
	/** Of this link and the sender's incarnation, from 1. */
	sequence: number;
	/** The sender will never again send a sequence below: it was acknowledged or given up. */
	lowest: number;
	/** Fractional Unix milliseconds of the first attempt. */
	sentAt: number;
	label: string | null;
	/** The replica's message, encoded by `encodePlain`. */
	body: Uint8Array;
}

/** The peer sent something that is not our protocol; the connection is of no use any more. */
export class WireError extends Error {}

/** @throws WireError when the frame is larger than {@link MAX_FRAME_BYTES} */
export function encodeFrame(frame: Frame): Uint8Array {
	const payload = encodePlain(fieldsOf(frame));
	if (payload.length > MAX_FRAME_BYTES) {
		throw new WireError(`a frame of ${payload.length} bytes is over MAX_FRAME_BYTES = ${MAX_FRAME_BYTES}`);
	}
	const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
	bytes.writeUInt32BE(payload.length, 0);
	bytes.writeUInt32BE(crc32(payload), 4);
	bytes.set(payload, HEADER_BYTES);
	return bytes;
}

export interface FrameReader {
	/** @returns the frames that are complete now. @throws WireError on anything that is not a frame */
	push(chunk: Uint8Array): Frame[];
}

export function createFrameReader(): FrameReader {
	let chunks: Uint8Array[] = [];
	let available = 0;
	let needed = HEADER_BYTES;
	return {
		push(chunk) {
			chunks.push(chunk);
			available += chunk.length;
			// Joined only when a frame is complete, so that a large one is copied once and not per chunk.
			if (available < needed) return [];
			const { frames, rest, wanted } = splitFrames(Buffer.concat(chunks, available));
			chunks = rest.length > 0 ? [rest] : [];
			available = rest.length;
			needed = wanted;
			return frames;
		},
	};
}

function splitFrames(bytes: Buffer): { frames: Frame[]; rest: Buffer; wanted: number } {
	const frames: Frame[] = [];
	let offset = 0;
	for (;;) {
		if (bytes.length - offset < HEADER_BYTES) {
			return { frames, rest: bytes.subarray(offset), wanted: HEADER_BYTES };
		}
		const length = bytes.readUInt32BE(offset);
		if (length > MAX_FRAME_BYTES) {
			throw new WireError(`a frame claims ${length} bytes, over MAX_FRAME_BYTES = ${MAX_FRAME_BYTES}`);
		}
		const end = offset + HEADER_BYTES + length;
		if (bytes.length < end) {
			return { frames, rest: bytes.subarray(offset), wanted: HEADER_BYTES + length };
		}
		const payload = bytes.subarray(offset + HEADER_BYTES, end);
		if (crc32(payload) !== bytes.readUInt32BE(offset + 4)) throw new WireError("a frame's checksum is wrong");
		frames.push(parsePayload(payload));
		offset = end;
	}
}

function parsePayload(payload: Buffer): Frame {
	let fields: unknown;
	try {
		fields = decodePlain(payload);
	} catch (error) {
		throw new WireError(`a frame is not MessagePack: ${String(error)}`);
	}
	const frame = Array.isArray(fields) ? frameOf(fields) : null;
	if (frame === null) throw new WireError("a frame is of no known kind or has wrong fields");
	return frame;
}

function fieldsOf(frame: Frame): unknown[] {
	switch (frame.kind) {
		case "hello":
			return ["hello", frame.from, frame.incarnation, frame.lane];
		case "welcome":
			return ["welcome", frame.incarnation];
		case "message":
			return ["message", frame.sequence, frame.lowest, frame.sentAt, frame.label, frame.body];
		case "ack":
			return ["ack", frame.sequence];
	}
}

function frameOf(fields: unknown[]): Frame | null {
	const [kind, a, b, c, d, e] = fields;
	if (kind === "hello" && typeof a === "string" && isCount(b) && isCount(c)) {
		return { kind, from: a, incarnation: b, lane: c };
	}
	if (kind === "welcome" && isCount(a)) return { kind, incarnation: a };
	if (kind === "ack" && isCount(a)) return { kind, sequence: a };
	if (kind === "message" && isCount(a) && isCount(b) && typeof c === "number") {
		if ((d !== null && typeof d !== "string") || !(e instanceof Uint8Array)) return null;
		return { kind, sequence: a, lowest: b, sentAt: c, label: d, body: e };
	}
	return null;
}

function isCount(value: unknown): value is number {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
