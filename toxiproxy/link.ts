/**
 * One direction of a connection: reads the source, sends the data through a chain of stages (one per toxic, in the
 * order in which they were added) and writes what comes out to the sink. With no toxics data goes straight from
 * socket to socket. Toxics come, change and go while data flows; nothing is lost or reordered by that.
 *
 * Memory is bounded: a stage queues at most its kind's `inboxChunks`, then the source is no longer read. Removing
 * a toxic never waits for a peer: what it held is queued at the sink.
 */
import type { Socket } from "node:net";
import { type LinkEnvironment, type Outlet, Stage, type StageOwner } from "./stage.ts";
import type { Chunk, Toxic } from "./toxics/toxic.ts";

/** The real server's read size: toxics see chunks of at most this. */
const CHUNK_BYTES = 32 * 1024;

export class Link implements StageOwner, Outlet {
	readonly #source: Socket;
	readonly #sink: Socket;
	readonly #closeSink: () => void;
	readonly #environment: LinkEnvironment;
	#stages: Stage[] = [];
	/** No more data is taken: some stage has closed, or the sink has. */
	#deaf = false;
	#finished = false;
	#sourceEnded = false;
	#pumping = false;

	/** @param closeSink called once, when all that was to be delivered has been written to the sink */
	constructor(
		source: Socket,
		sink: Socket,
		toxics: readonly Toxic[],
		environment: LinkEnvironment,
		closeSink: () => void,
	) {
		this.#source = source;
		this.#sink = sink;
		this.#closeSink = closeSink;
		this.#environment = environment;
		for (const toxic of toxics) this.#append(toxic);

		source.on("data", (data: Buffer) => this.#onData(data));
		source.once("end", () => this.#onSourceEnd());
		source.once("close", () => this.#onSourceEnd());
		sink.on("drain", () => this.#onDrain());
		sink.once("close", () => this.abandon());
	}

	/** Whether a toxic that is at work here wants the connection to end with RST. */
	get resetsOnClose(): boolean {
		return this.#stages.some((stage) => stage.applied && stage.toxic?.kind.resetsOnClose === true);
	}

	#onData(data: Buffer): void {
		if (this.#deaf) return;
		const first = this.#stages[0];
		if (first === undefined) {
			if (!this.#sink.write(data)) this.#source.pause();
			return;
		}
		const arrivedAtMs = this.#environment.now();
		for (let from = 0; from < data.length; from += CHUNK_BYTES) {
			first.accept({ data: data.subarray(from, from + CHUNK_BYTES), arrivedAtMs });
		}
		this.#pump();
	}

	#onDrain(): void {
		if (this.#stages.length > 0) this.#pump();
		else this.#source.resume();
	}

	#onSourceEnd(): void {
		if (this.#sourceEnded) return;
		this.#sourceEnded = true;
		if (this.#deaf) return;
		(this.#stages[0] ?? this).end();
		this.#pump();
	}

	/** Moves chunks as far as they go, then reads or stops reading the source by the room that is left. */
	#pump(): void {
		if (this.#pumping) return;
		this.#pumping = true;
		let moved = true;
		while (moved) {
			moved = false;
			for (let index = this.#stages.length - 1; index >= 0; index--) {
				if (this.#stages[index]?.step() === true) moved = true;
			}
		}
		this.#pumping = false;
		if (this.#deaf || (this.#stages[0] ?? this).hasRoom()) this.#source.resume();
		else this.#source.pause();
	}

	// The toxics of the proxy change.

	addToxic(toxic: Toxic): void {
		if (this.#finished) return;
		this.#stages.at(-1)?.restart();
		this.#append(toxic);
		this.#pump();
	}

	updateToxic(toxic: Toxic): void {
		this.#stages.find((stage) => stage.toxic === toxic)?.restart();
		this.#pump();
	}

	removeToxic(toxic: Toxic): void {
		const index = this.#stages.findIndex((stage) => stage.toxic === toxic);
		const stage = this.#stages[index];
		if (stage === undefined) return;
		if (stage.locked && !stage.closed) {
			stage.toxic = null;
			return;
		}
		if (!stage.closed) {
			if (toxic.kind.closesOnRemoval) stage.close();
			else stage.flush();
		}
		this.#stages.splice(index, 1);
		const previous = this.#stages[index - 1];
		if (previous !== undefined) {
			previous.outlet = stage.outlet;
			previous.restart();
		}
		this.#pump();
	}

	#append(toxic: Toxic): void {
		const stage = new Stage(toxic, this, this, this.#environment);
		const previous = this.#stages.at(-1);
		if (previous !== undefined) previous.outlet = stage;
		this.#stages.push(stage);
	}

	// As the owner of the stages.

	onStageReady(): void {
		this.#pump();
	}

	onStageClosed(closing: Stage): void {
		this.#deaf = true;
		for (const stage of this.#stages) {
			stage.discard();
			if (stage === closing) return;
		}
	}

	// As the outlet of the last stage: the sink.

	hasRoom(): boolean {
		return !this.#sink.writableNeedDrain;
	}

	accept(chunk: Chunk): void {
		if (!this.#finished) this.#sink.write(chunk.data);
	}

	end(): void {
		if (this.#finished) return;
		this.#finished = true;
		this.#deaf = true;
		this.#closeSink();
	}

	/** Gives everything up: the sink is gone. What the source still sends is thrown away. */
	abandon(): void {
		this.#finished = true;
		this.#deaf = true;
		for (const stage of this.#stages) stage.discard();
		this.#source.resume();
	}
}
