/**
 * What a container prints, from its first byte: attached before it starts. Docker frames stdout and stderr in one stream
 * (8 bytes: which, three zeros, length); dockerode's own demultiplexer never ends and overflows on many frames in a chunk.
 */
import type { Duplex } from "node:stream";
import type { Engine } from "./engine.ts";

const HEADER_BYTES = 8;

export interface AttachedOutput {
	/** Resolves when it has printed its last. */
	ended: Promise<void>;
	close(): void;
}

/** @throws EngineError */
export async function attachOutput(
	engine: Engine,
	containerId: string,
	write: (chunk: Buffer) => void,
): Promise<AttachedOutput> {
	const stream = (await engine.call(`attach to container ${containerId}`, (docker) =>
		docker.getContainer(containerId).attach({ stream: true, stdout: true, stderr: true, hijack: true }),
	)) as Duplex;
	const take = demultiplex(write);
	stream.on("data", take);
	const ended = new Promise<void>((resolve) => {
		stream.on("error", () => resolve());
		stream.on("close", () => resolve());
		stream.on("end", () => resolve());
	});
	return { ended, close: () => stream.destroy() };
}

/** @returns takes chunks as they come and writes the payloads of the frames in them, whole or in parts */
export function demultiplex(write: (payload: Buffer) => void): (chunk: Buffer) => void {
	let header = Buffer.alloc(0);
	let leftInFrame = 0;
	return (chunk) => {
		let at = 0;
		while (at < chunk.length) {
			if (leftInFrame === 0) {
				const part = chunk.subarray(at, at + HEADER_BYTES - header.length);
				header = Buffer.concat([header, part]);
				at += part.length;
				if (header.length < HEADER_BYTES) return;
				leftInFrame = header.readUInt32BE(4);
				header = Buffer.alloc(0);
			}
			const payload = chunk.subarray(at, at + leftInFrame);
			if (payload.length > 0) write(payload);
			at += payload.length;
			leftInFrame -= payload.length;
		}
	};
}
