/**
 * What a toxic is: a kind (one file of this folder each) and an instance with its settings. A kind tells how the
 * data of one direction of one connection is treated; `stage.ts` runs it. A kind never touches a socket or a timer:
 * it hands chunks on, holds them, or closes its stage.
 */

/** A piece of what was read from the source, never longer than `CHUNK_BYTES` of link.ts. */
export interface Chunk {
	data: Buffer;
	/** When it was read, moved on by each latency it went through, so that several latencies add up. */
	arrivedAtMs: number;
}

/** An attribute in the order of the JSON; the Go type only serves the texts of errors. */
export interface Attribute {
	name: string;
	goType: "int" | "int64";
}

export interface ToxicKind {
	/** The `type` of the API. */
	type: string;
	/** Name of the type in the real server's source; only for the texts of decoding errors. */
	goName: string;
	attributes: readonly Attribute[];
	/** How many chunks may wait in front of it before the source is no longer read. */
	inboxChunks: number;
	/** Removing the toxic closes the connections that it was on. */
	closesOnRemoval: boolean;
	/** Connections that open while it is on end with RST instead of FIN. */
	resetsOnClose: boolean;
	begin(stage: StageControl, setting: (attribute: string) => number): Behaviour;
}

/** One toxic at work on one direction of one connection. Begun anew whenever the toxic is updated. */
export interface Behaviour {
	/** It may be given data although nothing behind it has room, because it passes none on. */
	absorbs?: boolean;
	onChunk(chunk: Chunk): void;
	/** The source has ended and everything before it went through. */
	onEnd(): void;
	/** About to be replaced or removed: `emit` or `putBack` what is in hand. */
	interrupt?(): void;
}

/** What a behaviour can do. Times are milliseconds of `now()`. */
export interface StageControl {
	now(): number;
	/** Uniform in [0, 1). */
	random(): number;
	emit(chunk: Chunk): void;
	/** Gives a held chunk back to the front of the queue: its time is worked out anew. */
	putBack(chunk: Chunk): void;
	/** Takes no more chunks until `then` has run. With `Infinity` only an interruption ends it. */
	holdUntil(timeMs: number, then: () => void): void;
	/** Runs `then` at that time unless another alarm or hold is set before; chunks keep coming. */
	alarmAt(timeMs: number, then: () => void): void;
	/** From here on neither an update nor the removal of the toxic changes what it does. */
	lock(): void;
	/** Ends the stream behind this stage; whatever comes later is dropped. */
	close(): void;
	/** Bytes passed on over this connection; survives updates. */
	passedBytes: number;
}

export type Direction = "upstream" | "downstream";

/** A toxic as the API made it. */
export interface Toxic {
	name: string;
	kind: ToxicKind;
	/** As the request spelt it; `direction` is what it means. */
	stream: string;
	direction: Direction;
	/** A 32-bit float; not limited to 0 … 1. */
	toxicity: number;
	/** Signed 64-bit integers by attribute. */
	attributes: Map<string, bigint>;
}
