/**
 * One toxic on one direction of one connection: a bounded queue in front of its behaviour, and its timer. `link.ts`
 * chains stages and decides when a stage may take its next chunk.
 */
import { noop } from "./toxics/noop.ts";
import type { Behaviour, Chunk, StageControl, Toxic } from "./toxics/toxic.ts";

/** What a stage hands its chunks to: the next stage, or the socket at the end. */
export interface Outlet {
	hasRoom(): boolean;
	accept(chunk: Chunk): void;
	/** Nothing comes after what was accepted. */
	end(): void;
}

/** What all links of a server share. */
export interface LinkEnvironment {
	/** Monotonic, in milliseconds. */
	now(): number;
	/** Uniform in [0, 1). */
	random(): number;
}

export interface StageOwner {
	/** Something changed outside a pump: chunks may move. */
	onStageReady(): void;
	/** The stage closes: nothing before it matters any longer. */
	onStageClosed(stage: Stage): void;
}

/** Longest delay that Node's timers take, a little less than 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Stage implements StageControl, Outlet {
	/** `null` once its toxic was removed while the stage was locked. */
	toxic: Toxic | null;
	outlet: Outlet;
	passedBytes = 0;
	closed = false;
	locked = false;
	/** Whether the toxicity lets the toxic work on this connection. */
	applied = false;

	readonly #owner: StageOwner;
	readonly #environment: LinkEnvironment;
	readonly #capacity: number;
	readonly #inbox: Chunk[] = [];
	#behaviour!: Behaviour;
	#ended = false;
	#endHandled = false;
	#busy = false;
	#timer: NodeJS.Timeout | null = null;
	#immediate: NodeJS.Immediate | null = null;

	constructor(toxic: Toxic, outlet: Outlet, owner: StageOwner, environment: LinkEnvironment) {
		this.toxic = toxic;
		this.outlet = outlet;
		this.#owner = owner;
		this.#environment = environment;
		this.#capacity = toxic.kind.inboxChunks;
		this.#begin(toxic);
	}

	/** Rolls the toxicity and begins the toxic's behaviour, or that of `noop`, from its current settings. */
	#begin(toxic: Toxic): void {
		const { toxicity } = toxic;
		this.applied = toxicity >= 1 || (toxicity > 0 && this.#environment.random() < toxicity);
		const setting = (attribute: string): number => Number(toxic.attributes.get(attribute) ?? 0n);
		this.#behaviour = (this.applied ? toxic.kind : noop).begin(this, setting);
	}

	restart(): void {
		if (this.closed || this.locked || this.toxic === null) return;
		this.#interrupt();
		this.#begin(this.toxic);
	}

	/** Hands on, in order, all that waits here; for the removal of the toxic. */
	flush(): void {
		this.#interrupt();
		for (const chunk of this.#inbox.splice(0)) this.outlet.accept(chunk);
		if (this.#ended) this.outlet.end();
	}

	/** Drops all that waits here, for good. */
	discard(): void {
		this.closed = true;
		this.#inbox.length = 0;
		this.#clearTimers();
	}

	#interrupt(): void {
		this.#clearTimers();
		this.#busy = false;
		this.#endHandled = false;
		this.#behaviour.interrupt?.();
	}

	/** Gives the behaviour what it may have now. @returns whether anything moved */
	step(): boolean {
		let moved = false;
		while (this.#mayTake()) {
			moved = true;
			this.#behaviour.onChunk(this.#inbox.shift() as Chunk);
		}
		if (this.#ended && !this.#endHandled && !this.#busy && !this.closed && this.#inbox.length === 0) {
			this.#endHandled = true;
			this.#behaviour.onEnd();
			return true;
		}
		return moved;
	}

	#mayTake(): boolean {
		if (this.#busy || this.closed || this.#inbox.length === 0) return false;
		return this.#behaviour.absorbs === true || this.outlet.hasRoom();
	}

	// As an outlet of the stage before.

	hasRoom(): boolean {
		return this.closed || this.#inbox.length < this.#capacity;
	}

	accept(chunk: Chunk): void {
		if (!this.closed) this.#inbox.push(chunk);
	}

	end(): void {
		this.#ended = true;
	}

	// What a behaviour can do.

	now(): number {
		return this.#environment.now();
	}

	random(): number {
		return this.#environment.random();
	}

	emit(chunk: Chunk): void {
		this.outlet.accept(chunk);
	}

	putBack(chunk: Chunk): void {
		this.#inbox.unshift(chunk);
	}

	lock(): void {
		this.locked = true;
	}

	close(): void {
		if (this.closed) return;
		this.#owner.onStageClosed(this);
		this.outlet.end();
	}

	holdUntil(timeMs: number, then: () => void): void {
		this.#busy = true;
		this.alarmAt(timeMs, () => {
			this.#busy = false;
			then();
		});
	}

	alarmAt(timeMs: number, then: () => void): void {
		this.#clearTimers();
		const leftMs = timeMs - this.now();
		if (leftMs === Number.POSITIVE_INFINITY) return;
		const fire = (): void => {
			// Node's timers may fire a fraction of a millisecond early, and long waits come in several parts.
			if (this.now() < timeMs) return this.alarmAt(timeMs, then);
			then();
			this.#owner.onStageReady();
		};
		if (leftMs <= 0) this.#immediate = setImmediate(fire);
		else this.#timer = setTimeout(fire, Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS));
	}

	#clearTimers(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		if (this.#immediate !== null) clearImmediate(this.#immediate);
		this.#timer = null;
		this.#immediate = null;
	}
}
