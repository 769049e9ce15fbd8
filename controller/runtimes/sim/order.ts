/**
 * Holds whoever drives a cluster to the replicas' manifest (nodes/sdk/replica.ts): what may be handed over twice,
 * and in which order. Pure bookkeeping; it delays nothing and loses nothing by itself.
 *
 * `order: any, duplicates: true` costs nothing. Causal order is kept with the matrix of Raynal, Schiper and Toueg,
 * "The causal ordering abstraction and a simple way to implement it" (1991): every message carries, for every pair
 * of nodes, how many messages it follows. Quadratic in the number of nodes per message.
 */
import type { Manifest } from "../../../nodes/sdk/replica.ts";

export type Arrival = "ready" | "early" | "late";

interface Numbered {
	readonly from: number;
	readonly to: number;
	readonly incarnation: number;
	readonly sequence: number;
	readonly past: Int32Array | null;
}

export interface Order {
	/** To be called for every message of a step, before `stamp` for any of them: what a step sends, it sends at once. */
	leaves(from: number, to: number): void;
	/** @returns the `past` of the next message of the link */
	stamp(from: number, to: number): Int32Array | null;
	arrival(message: Numbered): Arrival;
	/** Notes that it is handed over. @returns false when it must not be */
	accept(message: Numbered): boolean;
}

export function createOrder(manifest: Manifest, count: number): Order {
	if (manifest.order === "causal") return causalOrder(count);
	if (manifest.order === "fifo") return linkOrder(count);
	return manifest.duplicates ? NO_ORDER : onceOnly(count);
}

const UNSTAMPED = { leaves: () => {}, stamp: () => null };
const NO_ORDER: Order = { ...UNSTAMPED, arrival: () => "ready", accept: () => true };

/** A receiver's restart does not make it forget: the network's promise is for the whole run. */
function onceOnly(count: number): Order {
	const seen = Array.from({ length: count * count }, () => new Set<number>());
	const setOf = ({ from, to }: Numbered) => seen[from * count + to] as Set<number>;
	const arrival = (message: Numbered): Arrival => (setOf(message).has(ordinal(message)) ? "late" : "ready");
	return {
		...UNSTAMPED,
		arrival,
		accept(message) {
			if (arrival(message) === "late") return false;
			setOf(message).add(ordinal(message));
			return true;
		},
	};
}

function linkOrder(count: number): Order {
	const last = new Float64Array(count * count);
	const arrival = (message: Numbered): Arrival => {
		const handed = last[message.from * count + message.to] as number;
		const own = ordinal(message);
		if (own <= handed) return "late";
		const isNext = own === handed + 1 || message.sequence === 1;
		return isNext ? "ready" : "early";
	};
	return {
		...UNSTAMPED,
		arrival,
		accept(message) {
			if (arrival(message) === "late") return false;
			last[message.from * count + message.to] = ordinal(message);
			return true;
		},
	};
}

function causalOrder(count: number): Order {
	/** By node: for every link, how many of its messages that node's next step follows. */
	const known = Array.from({ length: count }, () => new Int32Array(count * count));
	const stamped = new Int32Array(count * count);
	/** By link: the highest that was handed over. */
	const handed = new Int32Array(count * count);
	const arrival = ({ from, to, past }: Numbered): Arrival => {
		if (past === null) return "ready";
		for (let sender = 0; sender < count; sender++) {
			const link = sender * count + to;
			const before = (past[link] as number) - (sender === from ? 1 : 0);
			const done = handed[link] as number;
			if (sender === from && done > before) return "late";
			if (done < before) return "early";
		}
		return "ready";
	};
	return {
		leaves(from, to) {
			const matrix = known[from] as Int32Array;
			const link = from * count + to;
			matrix[link] = (matrix[link] as number) + 1;
		},
		stamp(from, to) {
			const link = from * count + to;
			const past = (known[from] as Int32Array).slice();
			past[link] = stamped[link] = (stamped[link] as number) + 1;
			return past;
		},
		arrival,
		accept(message) {
			if (arrival(message) === "late" || message.past === null) return false;
			const matrix = known[message.to] as Int32Array;
			for (let link = 0; link < matrix.length; link++) {
				const followed = message.past[link] as number;
				if (followed > (matrix[link] as number)) matrix[link] = followed;
				// Given up: what should have come before must not come after.
				if (link % count === message.to && followed > (handed[link] as number)) handed[link] = followed;
			}
			return true;
		},
	};
}

/** Grows over the incarnations of a sender. */
function ordinal({ incarnation, sequence }: Numbered): number {
	return incarnation * MESSAGES_PER_INCARNATION + sequence;
}

/** More than a link carries in one life of its sender. */
const MESSAGES_PER_INCARNATION = 2 ** 32;
