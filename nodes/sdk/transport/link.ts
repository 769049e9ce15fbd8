/**
 * The way to one peer, over several lanes. At least once, within bounds: a message is written to the next lane in
 * turn, and again to another one when it was not acknowledged in time or its connection broke, at most
 * {@link MAX_ATTEMPTS} times; then it is given up, and counted. That is what makes loss real. Since lanes may differ
 * in latency, messages overtake one another; since acknowledgements may be late or lost, they may arrive twice.
 */
import type { Address } from "../environment.ts";
import { encodeFrame } from "../wire.ts";
import { Lane } from "./lane.ts";

export const RESEND_AFTER_MS = 250;
export const MAX_ATTEMPTS = 3;
/** What waits for a peer that can't be reached; beyond, the oldest is dropped. */
export const MAX_QUEUED_MESSAGES = 10_000;
export const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
const SWEEP_EVERY_MS = 50;
/** A lane on which nothing was acknowledged for so long is connected anew. */
const LANE_SILENCE_MS = 10_000;

export interface LinkCounters {
	/** Messages handed to the link. */
	sent: number;
	/** Attempts after the first. */
	resent: number;
	/** Not acknowledged after {@link MAX_ATTEMPTS}, or not sent within the link's patience. */
	givenUp: number;
	/** The queue was full, or the message too large. */
	dropped: number;
}

export interface LinkOptions {
	from: string;
	incarnation: number;
	addresses: readonly Address[];
	/** The peer's manifest: may it see a message again that its previous incarnation may have seen? */
	duplicates: boolean;
	/**
	 * What could not be written for so long, to a peer that was reached before, is given up; null: it waits until the peer can be
	 * reached.
	 */
	patienceMs: number | null;
	/** Fractional Unix milliseconds. */
	now: () => number;
	random: () => number;
}

interface Outgoing {
	sequence: number;
	sentAt: number;
	label: string | null;
	body: Uint8Array;
	attempts: number;
	/** Where the last attempt went, and when. */
	lane: Lane | null;
	attemptedAt: number;
}

export class Link {
	readonly counters: LinkCounters = { sent: 0, resent: 0, givenUp: 0, dropped: 0 };
	readonly #options: LinkOptions;
	readonly #lanes: Lane[];
	/** Both by sequence; a message is in one of them until it is acknowledged or given up. */
	readonly #waiting = new Map<number, Outgoing>();
	readonly #inFlight = new Map<number, Outgoing>();
	readonly #heardAt = new Map<Lane, number>();
	readonly #sweeper: NodeJS.Timeout;
	#lowest = 1;
	#next = 1;
	#queuedBytes = 0;
	#turn = 0;
	#peerIncarnation: number | null = null;

	constructor(options: LinkOptions) {
		this.#options = options;
		this.#lanes = options.addresses.map((address, number) => {
			const lane: Lane = new Lane({
				number,
				address,
				from: options.from,
				incarnation: options.incarnation,
				welcomeRequired: !options.duplicates,
				random: options.random,
				onWelcome: (incarnation) => {
					this.#heardAt.set(lane, options.now());
					this.#welcomed(incarnation);
				},
				onAck: (sequence) => {
					this.#heardAt.set(lane, options.now());
					this.#forget(sequence);
				},
				onReady: () => this.#pump(),
				onBroken: () => this.#broken(lane),
			});
			return lane;
		});
		this.#sweeper = setInterval(() => this.#sweep(), SWEEP_EVERY_MS);
	}

	/** @param body encoded by `encodePlain` */
	send(body: Uint8Array, label: string | null): void {
		this.counters.sent += 1;
		const sequence = this.#next;
		this.#next += 1;
		const sentAt = this.#options.now();
		this.#queuedBytes += body.length;
		this.#waiting.set(sequence, { sequence, sentAt, label, body, attempts: 0, lane: null, attemptedAt: 0 });
		this.#keepBounds();
		this.#pump();
	}

	/** The peer has answered at least once. */
	get welcomed(): boolean {
		return this.#peerIncarnation !== null;
	}

	close(): void {
		clearInterval(this.#sweeper);
		for (const lane of this.#lanes) lane.close();
	}

	#keepBounds(): void {
		while (
			this.#waiting.size + this.#inFlight.size > MAX_QUEUED_MESSAGES ||
			this.#queuedBytes > MAX_QUEUED_BYTES
		) {
			const [oldest] = this.#waiting.size > 0 ? this.#waiting.keys() : this.#inFlight.keys();
			if (oldest === undefined) return;
			this.#forget(oldest);
			this.counters.dropped += 1;
		}
	}

	/** Writes what waits, for as long as a lane is ready. */
	#pump(): void {
		for (const message of this.#waiting.values()) {
			const lane = this.#nextLane(message.lane);
			if (lane === null) return;
			this.#attempt(message, lane);
		}
	}

	#attempt(message: Outgoing, lane: Lane): void {
		const { sequence, sentAt, label, body } = message;
		let bytes: Uint8Array;
		try {
			bytes = encodeFrame({ kind: "message", sequence, lowest: this.#lowestOpen(), sentAt, label, body });
		} catch {
			this.#forget(sequence);
			this.counters.dropped += 1;
			return;
		}
		if (message.attempts > 0) this.counters.resent += 1;
		message.attempts += 1;
		message.lane = lane;
		message.attemptedAt = this.#options.now();
		this.#waiting.delete(sequence);
		this.#inFlight.set(sequence, message);
		lane.write(bytes);
	}

	/** Round robin over the lanes that are ready; for a second attempt another one if there is any. */
	#nextLane(previous: Lane | null): Lane | null {
		const count = this.#lanes.length;
		let fallback: Lane | null = null;
		for (let step = 0; step < count; step += 1) {
			const lane = this.#lanes[(this.#turn + step) % count];
			if (lane === undefined || !lane.ready) continue;
			if (lane === previous) {
				fallback = lane;
				continue;
			}
			this.#turn = (this.#turn + step + 1) % count;
			return lane;
		}
		return fallback;
	}

	#sweep(): void {
		const now = this.#options.now();
		const silent = new Set<Lane>();
		for (const message of this.#inFlight.values()) {
			const { lane, attemptedAt } = message;
			if (now - attemptedAt < RESEND_AFTER_MS) continue;
			const heardAt = lane === null ? undefined : this.#heardAt.get(lane);
			if (lane !== null && heardAt !== undefined && now - heardAt > LANE_SILENCE_MS) silent.add(lane);
			this.#again(message);
		}
		for (const lane of silent) {
			this.#heardAt.set(lane, now);
			lane.reset();
		}
		this.#pump();
		this.#loseUnsent(now);
	}

	#loseUnsent(now: number): void {
		const { patienceMs } = this.#options;
		// A peer that was never reached may still be starting.
		if (patienceMs === null || !this.welcomed) return;
		for (const { sequence, sentAt } of this.#waiting.values()) {
			if (now - sentAt <= patienceMs) continue;
			this.#forget(sequence);
			this.counters.givenUp += 1;
		}
	}

	#broken(lane: Lane): void {
		for (const message of this.#inFlight.values()) if (message.lane === lane) this.#again(message);
		this.#pump();
	}

	#again(message: Outgoing): void {
		if (message.attempts >= MAX_ATTEMPTS) {
			this.#forget(message.sequence);
			this.counters.givenUp += 1;
			return;
		}
		this.#inFlight.delete(message.sequence);
		this.#waiting.set(message.sequence, message);
	}

	/**
	 * A restarted peer does not know what its previous incarnation was handed. If it must see nothing twice, then
	 * what was attempted before can't be attempted again.
	 */
	#welcomed(incarnation: number): void {
		const restarted = this.#peerIncarnation !== null && this.#peerIncarnation !== incarnation;
		this.#peerIncarnation = incarnation;
		if (!restarted || this.#options.duplicates) return;
		for (const message of [...this.#inFlight.values(), ...this.#waiting.values()]) {
			if (message.attempts === 0) continue;
			this.#forget(message.sequence);
			this.counters.givenUp += 1;
		}
	}

	#forget(sequence: number): void {
		const message = this.#inFlight.get(sequence) ?? this.#waiting.get(sequence);
		if (message === undefined) return;
		this.#queuedBytes -= message.body.length;
		this.#inFlight.delete(sequence);
		this.#waiting.delete(sequence);
	}

	#lowestOpen(): number {
		while (
			this.#lowest < this.#next &&
			!this.#waiting.has(this.#lowest) &&
			!this.#inFlight.has(this.#lowest)
		) {
			this.#lowest += 1;
		}
		return this.#lowest;
	}
}
