/**
 * Simulated links: decides for each message when it arrives, how often, or never. Every fault acts on single
 * messages, which a network of TCP connections can't be made to do.
 *
 * Without faults a message takes {@link BASE_DELAY_US} and none overtakes another. What can't be sent (the link
 * refuses, the receiver is down) waits with the sender, as in the SDK's transport, and is lost with it. `hold` keeps
 * messages in the network, `drop` loses them. Docs: docs/faults.md.
 */
import { encodePlain } from "../../../nodes/sdk/codec.ts";
import type { Link, MessageFate, PartitionMode } from "../../../scenarios/scenario.ts";
import { chosenLinks, type LinkAction, linkName } from "../../links/faults.ts";
import { cutLinks } from "../../links/shapes.ts";
import { type Agenda, RANK, toUs } from "./agenda.ts";
import type { SimMessage } from "./cluster.ts";

export const BASE_DELAY_US = 1_000;
/** A duplicate follows its message by up to this. */
const DUPLICATE_WITHIN_US = 250_000;
/** What waits with a sender for one link; beyond, the oldest is lost. */
const MAX_WAITING_MESSAGES = 10_000;

/** A message on its way, or a copy of it. */
export interface Parcel {
	readonly message: SimMessage;
	readonly sentAtUs: number;
	/** Its time is exact: no fault of links touches it. */
	readonly exact: boolean;
}

export interface Network {
	send(message: SimMessage): void;
	/** @returns names of the links that it touches, `r1->r2` */
	begin(number: number, action: LinkAction): string[];
	end(number: number): void;
	/** The receiver of a parcel that has just arrived is down. */
	sendBack(parcel: Parcel): void;
	nodeStarted(index: number): void;
	/** What waited with the node is lost. */
	nodeCrashed(index: number): void;
	/** Messages that take longer than they would without faults, and those that wait. */
	delayed(): number;
}

interface NetworkOptions {
	ids: readonly string[];
	/** Of labelled messages: see `Scenario.messages`. */
	fates: readonly MessageFate[];
	agenda: Agenda;
	/** Uniform in [0, 1): the members of partitions. */
	shapes: () => number;
	/** Uniform in [0, 1): what happens to each message. */
	luck: () => number;
	arrive(parcel: Parcel): void;
}

interface ActiveFault {
	action: LinkAction;
	/** Indices: sender × count + receiver. */
	links: ReadonlySet<number>;
}

interface LinkState {
	/** With the sender, for `refuse` and for receivers that are down. */
	waiting: Parcel[];
	/** In the network. */
	held: Parcel[];
	/** Under `bandwidth`, in the order in which they were sent. */
	throttled: Throttled[];
	/** When what is throttled will have gone through. */
	freeAtUs: number;
}

interface Throttled {
	parcel: Parcel;
	gone: boolean;
}

export function createNetwork(options: NetworkOptions): Network {
	const { ids, agenda, luck } = options;
	const count = ids.length;
	const active = new Map<number, ActiveFault>();
	const states = new Map<number, LinkState>();
	const lastArrivalUs = new Float64Array(count * count);
	const isDown = new Uint8Array(count);
	const fates = fatesByMessage(options.fates, ids);
	/** Parcels sent before the latest reset of their link are lost. */
	const resetAtUs = new Map<number, number>();
	let delayed = 0;

	function stateOf(link: number): LinkState {
		let state = states.get(link);
		if (state === undefined) {
			state = { waiting: [], held: [], throttled: [], freeAtUs: 0 };
			states.set(link, state);
		}
		return state;
	}

	function* faultsOn(link: number): Generator<LinkAction> {
		for (const { action, links } of active.values()) if (links.has(link)) yield action;
	}

	/** A closed connection loses nothing that its sender still has; what is swallowed is gone whatever else holds. */
	function cutOf(link: number): PartitionMode | null {
		let mode: PartitionMode | null = null;
		for (const action of faultsOn(link)) {
			if (action.kind !== "partition" || mode === "refuse") continue;
			if (mode === null || action.mode !== "hold") mode = action.mode;
		}
		return mode;
	}

	function route(parcel: Parcel, link: number, copy: boolean): void {
		const cut = active.size === 0 ? null : cutOf(link);
		if (cut === "drop") return;
		if (cut === "refuse" || isDown[parcel.message.to] === 1) keepWaiting(parcel, link);
		else if (cut === "hold") {
			stateOf(link).held.push(parcel);
			delayed += 1;
		} else fly(parcel, link, copy);
	}

	function keepWaiting(parcel: Parcel, link: number): void {
		const { waiting } = stateOf(link);
		waiting.push(parcel);
		delayed += 1;
		if (waiting.length <= MAX_WAITING_MESSAGES) return;
		waiting.shift();
		delayed -= 1;
	}

	function fly(parcel: Parcel, link: number, copy: boolean): void {
		const nowUs = agenda.nowUs();
		let delayUs = BASE_DELAY_US;
		let inOrder = !copy;
		let bytesPerSecond = Infinity;
		if (active.size > 0) {
			for (const action of faultsOn(link)) {
				if (action.kind === "latency") {
					delayUs += toUs(Math.max(0, action.meanMs + (2 * luck() - 1) * action.jitterMs));
				} else if (action.kind === "reorder") {
					delayUs += toUs(luck() * action.spreadMs);
					inOrder = false;
				} else if (action.kind === "bandwidth") {
					bytesPerSecond = Math.min(bytesPerSecond, action.bytesPerSecond);
				}
			}
		}
		if (copy) delayUs += Math.round(luck() * DUPLICATE_WITHIN_US);
		if (bytesPerSecond < Infinity) throttle(parcel, link, bytesPerSecond, delayUs);
		else land(parcel, link, nowUs + delayUs, inOrder);
	}

	/** It goes through when what was sent before has; then it still takes its delay. */
	function throttle(parcel: Parcel, link: number, bytesPerSecond: number, delayUs: number): void {
		const state = stateOf(link);
		const bytes = encodePlain(parcel.message.body).length;
		const throughAtUs =
			Math.max(agenda.nowUs(), state.freeAtUs) + Math.ceil((bytes * 1_000_000) / bytesPerSecond);
		state.freeAtUs = throughAtUs;
		const entry: Throttled = { parcel, gone: false };
		state.throttled.push(entry);
		delayed += 1;
		agenda.at(throughAtUs, RANK.message, () => {
			if (entry.gone) return;
			entry.gone = true;
			state.throttled.shift();
			delayed -= 1;
			land(parcel, link, agenda.nowUs() + delayUs, true);
		});
	}

	function land(parcel: Parcel, link: number, timeUs: number, inOrder: boolean): void {
		const arrivesAtUs = inOrder ? Math.max(timeUs, lastArrivalUs[link] as number) : timeUs;
		if (inOrder) lastArrivalUs[link] = arrivesAtUs;
		const departsAtUs = agenda.nowUs();
		const isSlow = arrivesAtUs - departsAtUs > BASE_DELAY_US;
		if (isSlow) delayed += 1;
		agenda.at(arrivesAtUs, RANK.message, () => {
			if (isSlow) delayed -= 1;
			if (departsAtUs < (resetAtUs.get(link) ?? -1)) return;
			// Cut while it was under way.
			if (active.size > 0 && cutOf(link) !== null) route(parcel, link, false);
			else options.arrive(parcel);
		});
	}

	function flyExactly(message: SimMessage, times: readonly (number | null)[]): void {
		for (const timeUs of times) {
			if (timeUs === null) continue;
			const parcel: Parcel = { message, sentAtUs: agenda.nowUs(), exact: true };
			delayed += 1;
			agenda.at(timeUs, RANK.message, () => {
				delayed -= 1;
				options.arrive(parcel);
			});
		}
	}

	/** Lets go what has no reason to stay any more. */
	function release(link: number): void {
		const state = states.get(link);
		if (state === undefined) return;
		const cut = cutOf(link);
		if (cut === null) {
			const held = state.held.splice(0);
			delayed -= held.length;
			// It was in the network all the time.
			for (const parcel of held) land(parcel, link, agenda.nowUs(), true);
		}
		if (cut !== "refuse" && isDown[link % count] === 0) {
			const waiting = state.waiting.splice(0);
			delayed -= waiting.length;
			for (const parcel of waiting) route(parcel, link, false);
		}
		const isThrottled = [...faultsOn(link)].some(({ kind }) => kind === "bandwidth");
		if (!isThrottled && state.throttled.length > 0) {
			const throttled = state.throttled.splice(0);
			state.freeAtUs = 0;
			delayed -= throttled.length;
			for (const entry of throttled) {
				entry.gone = true;
				route(entry.parcel, link, false);
			}
		}
	}

	function reset(links: ReadonlySet<number>): void {
		for (const link of links) {
			resetAtUs.set(link, agenda.nowUs());
			const state = states.get(link);
			if (state === undefined) continue;
			for (const entry of state.throttled) entry.gone = true;
			delayed -= state.throttled.length + state.held.length;
			state.throttled = [];
			state.held = [];
			state.freeAtUs = 0;
		}
	}

	const linkIndex = ({ from, to }: Link) => ids.indexOf(from) * count + ids.indexOf(to);

	return {
		send(message) {
			const link = message.from * count + message.to;
			const times = message.number === 0 ? undefined : fates.get(link)?.get(message.number);
			if (times !== undefined) {
				flyExactly(message, times);
				return;
			}
			const parcel: Parcel = { message, sentAtUs: agenda.nowUs(), exact: false };
			if (active.size === 0) {
				route(parcel, link, false);
				return;
			}
			let copies = 1;
			for (const action of faultsOn(link)) {
				if (action.kind === "drop" && luck() < action.share) copies = 0;
				if (action.kind === "duplicate" && luck() < action.share && copies > 0) copies += 1;
				if (copies === 0) return;
			}
			for (let copy = 0; copy < copies; copy++) route(parcel, link, copy > 0);
		},
		begin(number, action) {
			const links =
				action.kind === "partition"
					? cutLinks(action.shape, ids, options.shapes)
					: chosenLinks(action.links, ids);
			const touched = new Set(links.map(linkIndex));
			if (action.kind === "reset") reset(touched);
			else active.set(number, { action, links: touched });
			return links.map(linkName);
		},
		end(number) {
			const fault = active.get(number);
			if (fault === undefined) return;
			active.delete(number);
			for (const link of fault.links) release(link);
		},
		sendBack(parcel) {
			// An exact delivery to a node that is down is an exact loss.
			if (!parcel.exact) keepWaiting(parcel, parcel.message.from * count + parcel.message.to);
		},
		nodeStarted(index) {
			isDown[index] = 0;
			for (let from = 0; from < count; from++) release(from * count + index);
		},
		nodeCrashed(index) {
			isDown[index] = 1;
			for (let to = 0; to < count; to++) {
				const state = states.get(index * count + to);
				if (state !== undefined) delayed -= state.waiting.splice(0).length;
			}
		},
		delayed: () => delayed,
	};
}

function fatesByMessage(
	fates: readonly MessageFate[],
	ids: readonly string[],
): Map<number, Map<number, (number | null)[]>> {
	const byLink = new Map<number, Map<number, (number | null)[]>>();
	for (const { link, number, atMs } of fates) {
		const index = ids.indexOf(link.from) * ids.length + ids.indexOf(link.to);
		const byNumber = byLink.get(index) ?? new Map<number, (number | null)[]>();
		byLink.set(index, byNumber);
		byNumber.set(number, [...(byNumber.get(number) ?? []), atMs === null ? null : toUs(atMs)]);
	}
	return byLink;
}
