/**
 * What a simulated run writes down: the states of replicas whenever they changed, deliveries, messages. Keeps each
 * replica's latest state for settling.
 *
 * Beyond {@link MAX_WATCHED_STEPS} a full record would be larger than anybody reads: then only a few states are
 * recorded at intervals, no deliveries and no messages, and a note says so. Final states are always all there.
 */
import type { Json, MessageRecord } from "../../../history/events.ts";
import { encodeView } from "../../../nodes/sdk/view-encoding.ts";
import { canonicalDelivered } from "../../observe.ts";
import type { UntimedEvent } from "../../recorder.ts";
import { type Agenda, RANK } from "./agenda.ts";
import type { Cluster, DeliveredJson } from "./cluster.ts";
import type { Parcel } from "./network.ts";

/** Replicas × operations. */
export const MAX_WATCHED_STEPS = 50_000;
const SAMPLE_EVERY_US = 1_000_000;
const SAMPLED_REPLICAS = 20;

export interface Watch {
	/** To be called after each step of a replica. */
	stepped(index: number): void;
	delivered(index: number, origin: string, number: number): void;
	received(parcel: Parcel): void;
	/** Records all states as final. */
	finish(): void;
	/** When anything changed last, of what a user could see. */
	changedAtUs(): number;
	deliveredSets(): number | null;
	pending(): number;
	/** Latest views by replica, as text; for progress. */
	views(): ReadonlyMap<string, string>;
}

interface WatchOptions {
	ids: readonly string[];
	cluster: Cluster;
	agenda: Agenda;
	/** A replica that claims durability changes nothing without persisting or delivering something. */
	durable: boolean;
	/** Replicas × operations of the run. */
	size: number;
	record: (event: UntimedEvent) => void;
	message: (record: MessageRecord) => void;
}

interface Latest {
	changes: number;
	incarnation: number;
	delivered: DeliveredJson | undefined;
	pending: number;
	view: string;
	deliveredText: string;
}

export function createWatch(options: WatchOptions): Watch {
	const { ids, cluster, agenda, record } = options;
	const isWhole = options.size <= MAX_WATCHED_STEPS;
	const latest = new Map<number, Latest>();
	const arrivals = createArrivals(ids.length);
	let changedAtUs = 0;
	let nextSample = 0;
	/** The last count of delivered sets: it holds until something changes. */
	let counted = { atUs: -1, sets: 0 };
	if (!isWhole) {
		record({
			event: "note",
			what: `more than ${MAX_WATCHED_STEPS} replicas × operations: states are sampled, deliveries and messages left out`,
		});
		sample();
	}

	function sample(): void {
		agenda.at(agenda.nowUs() + SAMPLE_EVERY_US, RANK.tick, () => {
			for (let turn = 0; turn < Math.min(SAMPLED_REPLICAS, ids.length); turn++) {
				const index = (nextSample + turn) % ids.length;
				if (cluster.nodes[index]?.replica !== null) recordState(index, false);
			}
			nextSample += SAMPLED_REPLICAS;
			sample();
		});
	}

	function recordState(index: number, final: boolean, view = encodeView(cluster.view(index))): void {
		const delivered = cluster.delivered(index);
		const pending = cluster.nodes[index]?.replica?.pending?.();
		record({
			event: "state",
			replica: ids[index] as string,
			view,
			...(delivered !== undefined && { delivered }),
			...(pending !== undefined && { pending }),
			final,
		});
	}

	/** What a copy shows after save and load, where that is not what the replica shows. */
	function recordReloaded(index: number): void {
		const replica = cluster.nodes[index]?.replica;
		if (replica?.reloadedView === undefined) return;
		const view = encodeView(replica.reloadedView());
		const delivered = cluster.delivered(index);
		if (delivered === undefined || areSame(view, encodeView(replica.view()))) return;
		record({ event: "state", replica: ids[index] as string, view, delivered, final: false, reloaded: true });
	}

	function look(index: number): void {
		const node = cluster.nodes[index];
		if (node === undefined || node.replica === null) return;
		const before = latest.get(index);
		const delivered = cluster.delivered(index);
		const pending = cluster.pending(index);
		const { changes, incarnation } = node;
		const isSame =
			before !== undefined &&
			options.durable &&
			before.changes === changes &&
			before.incarnation === incarnation &&
			(before.delivered === delivered || !isWhole) &&
			before.pending === pending;
		if (isSame) return;
		if (!isWhole && options.durable) {
			latest.set(index, { changes, incarnation, delivered, pending, view: "", deliveredText: "" });
			changedAtUs = agenda.nowUs();
			return;
		}
		const view = encodeView(cluster.view(index));
		const text = JSON.stringify(view);
		const deliveredText = delivered === undefined ? "" : JSON.stringify(delivered);
		latest.set(index, { changes, incarnation, delivered, pending, view: text, deliveredText });
		const isUnseen = before === undefined || before.view !== text || before.deliveredText !== deliveredText;
		if (isUnseen && isWhole) recordState(index, false, view);
		if (isUnseen || before.pending !== pending) changedAtUs = agenda.nowUs();
	}

	return {
		stepped: look,
		delivered(index, origin, number) {
			if (!isWhole) return;
			record({ event: "deliver", replica: ids[index] as string, update: `${origin}:${number}` });
		},
		received({ message, sentAtUs }) {
			const { from, to, sequence, label } = message;
			if (!isWhole || label === undefined) return;
			options.message({
				event: "message",
				from: ids[from] as string,
				to: ids[to] as string,
				sequence,
				lane: 0,
				sentAt: sentAtUs * 1_000,
				receivedAt: agenda.nowUs() * 1_000,
				...arrivals(message),
				label,
			});
		},
		finish() {
			for (const index of ids.keys()) {
				if (cluster.nodes[index]?.replica === null) continue;
				recordReloaded(index);
				recordState(index, true);
			}
		},
		changedAtUs: () => changedAtUs,
		deliveredSets() {
			if (counted.atUs === changedAtUs) return counted.sets;
			const sets = new Set<string>();
			for (const index of ids.keys()) {
				const delivered = cluster.delivered(index);
				if (delivered === undefined) return null;
				sets.add(canonicalDelivered(delivered));
			}
			counted = { atUs: changedAtUs, sets: sets.size };
			return sets.size;
		},
		pending: () => ids.reduce((sum, _, index) => sum + cluster.pending(index), 0),
		views() {
			const views = new Map<string, string>();
			for (const [index, { view }] of latest) views.set(ids[index] as string, view);
			return views;
		},
	};
}

/** Views that differ in the order of their keys at most; the checker decides about the rest. */
function areSame(one: Json, other: Json): boolean {
	return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(view: Json): Json {
	if (typeof view !== "object" || view === null || Array.isArray(view)) return view;
	return Object.entries(view).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** Whether a labelled message was overtaken on its link, or had come before. */
function createArrivals(count: number) {
	const links = new Map<number, { incarnation: number; highest: number; seen: Set<number> }>();
	return (message: { from: number; to: number; incarnation: number; sequence: number }) => {
		const { from, to, incarnation, sequence } = message;
		const link = from * count + to;
		let seen = links.get(link);
		if (seen === undefined || seen.incarnation < incarnation) {
			seen = { incarnation, highest: 0, seen: new Set() };
			links.set(link, seen);
		}
		// Of an earlier life of its sender: later ones have overtaken it.
		if (seen.incarnation > incarnation) return { overtaken: true, duplicate: false };
		const overtaken = seen.highest > sequence;
		const duplicate = seen.seen.has(sequence);
		seen.highest = Math.max(seen.highest, sequence);
		seen.seen.add(sequence);
		return { overtaken, duplicate };
	};
}
